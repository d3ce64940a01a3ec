"""max_connections: no server gets more than that at once; who comes then waits in order, and is told when it is in vain."""
from harness import client
from harness.holding import Holding
from harness.named import balanced
from harness.waiting import until


def scene(stage, rules, limit):
    """A gateway before one server that holds requests and takes so many at once; a client's settings."""
    holding = Holding()
    server = f'{{ address: "{stage.backend(holding).address}", name: one, max_connections: {limit} }}'
    return stage.gateway(balanced([server], rules)), holding, stage.context(stage.issue())


def send(gateway, made, path):
    """A connection on which a request is on its way."""
    connection = client.connect(gateway.port, made)
    connection.sendall(client.request_bytes(path))
    return connection


def in_progress(gateway):
    """Requests that the gateway has accepted and not answered."""
    return gateway.status()["counters"]["requests_in_progress"]


def test_requests_wait_in_order(stage):
    """One at the server, three in the queue; one of those that wait goes away, the others are served as they came."""
    gateway, holding, made = scene(stage, "queue: { max: 3, timeout: 20s }", limit=1)
    connections = []
    for number in range(4):
        connections.append(send(gateway, made, f"/held/{number}"))
        until(lambda: in_progress(gateway) == number + 1, 10, "the request to be taken")
    until(lambda: holding.held == 1, 10, "the server to be full")
    with client.connect(gateway.port, made) as connection:
        status, _, body = client.get(connection, "/held/4")
        assert status == 503 and b"reason: backend-queue-full\n" in body
    connections[2].close()
    until(lambda: in_progress(gateway) == 3, 10, "the one that went to be forgotten")
    assert len(holding.requests) == 1
    holding.free.set()
    for number in (0, 1, 3):
        assert client.read_answer(connections[number])[0] == 200
    assert [request.split()[1].decode() for request in holding.requests] == ["/held/0", "/held/1", "/held/3"]
    assert holding.most == 1
    assert gateway.refusal(reason="backend-queue-full")["backend"] == "app"
    for connection in connections:
        connection.close()


def test_who_waits_too_long_is_told(stage):
    """503 with its reason; the connection goes on, and the place is free again."""
    gateway, holding, made = scene(stage, "queue: { max: 1, timeout: 300ms }", limit=1)
    held = send(gateway, made, "/held")
    until(lambda: holding.held == 1, 10, "the server to be full")
    with client.connect(gateway.port, made) as connection:
        for _ in range(2):
            status, _, body = client.get(connection, "/late")
            assert status == 503 and b"reason: backend-queue-timeout\n" in body
        holding.free.set()
        assert client.read_answer(held)[0] == 200
        assert client.get(connection, "/late")[0] == 200
    assert gateway.refusal(path="/late")["reason"] == "backend-queue-timeout"
    held.close()


def test_many_are_served_through_a_narrow_door(stage):
    """Forty clients, one request at a time behind: nobody fails, and never two at once."""
    gateway, holding, made = scene(stage, "queue: { max: 100, timeout: 20s }", limit=1)
    holding.free.set()
    connections = [send(gateway, made, "/held") for _ in range(40)]
    assert {client.read_answer(connection)[0] for connection in connections} == {200}
    assert holding.most == 1 and len(holding.requests) == 40
    for connection in connections:
        connection.close()
