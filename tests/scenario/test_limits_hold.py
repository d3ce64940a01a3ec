"""Limits of connections: what is over is refused at once, whoever brings it and whichever worker it comes to."""
import ssl

from harness import client
from harness.waiting import until
from harness.world import REQUIRED

WITH_A_HOST = REQUIRED.replace("    routes:", "    hosts: [ { names: example.com, limits: { connections: 2 } } ]\n    routes:")
BEHIND_A_PROXY = REQUIRED.replace("    certificates:", "    proxy_protocol: { from: [ 127.0.0.2/32 ] }\n    certificates:")


def open_connections(gateway, count):
    """So many TCP connections, whatever becomes of them."""
    made = [client.tcp(gateway.port) for _ in range(count)]
    until(lambda: gateway.status()["counters"]["connections_accepted"] == count, 10, "all to be accepted")
    return made


def close_all(connections):
    """Closes them."""
    for connection in connections:
        connection.close()


def answered(gateway, made, address):
    """A connection by the proxy for a client at `address` that was answered, or None."""
    connection = None
    try:
        connection = client.connect(gateway.port, made, source="127.0.0.2",
                                    before=f"PROXY TCP4 {address} 192.0.2.1 1000 443\r\n".encode())
        assert client.get(connection)[0] == 200
    except (ssl.SSLError, OSError):
        return None
    return connection


def test_the_workers_share_the_limit(world):
    """Four connections are four, not four for each of the four workers; and room that is free again is given."""
    gateway = world.gateway("workers: 4\nlimits: { connections: 4 }\n" + REQUIRED, backend="127.0.0.1:9")
    connections = open_connections(gateway, 40)
    assert gateway.status()["counters"]["connections"] <= 4
    until(lambda: len(gateway.refusals()) >= 36, 10, "the refusals of all others")
    close_all(connections)
    until(lambda: gateway.status()["counters"]["connections"] == 0, 10, "all to be gone")


def test_handshakes_have_their_own_limit(world):
    """Clients that say nothing take what is there of it."""
    gateway = world.gateway("workers: 1\nlimits: { handshakes: 3 }\n" + REQUIRED, backend="127.0.0.1:9")
    connections = open_connections(gateway, 10)
    assert gateway.status()["counters"]["handshakes_in_progress"] == 3
    assert gateway.refusal(reason="limit-handshakes")
    close_all(connections)


def test_whoever_dallies_makes_room(world):
    """Connections that hold all handshakes and say nothing are ended one by one for clients that come."""
    gateway = world.gateway("workers: 1\nlimits: { handshakes: 5 }\n" + REQUIRED, backend=world.recorder().address)
    made = world.context(world.issue())
    connections = open_connections(gateway, 5)

    def served():
        try:
            return client.get_once(gateway.port, made)[0] == 200
        except (ssl.SSLError, OSError):
            return False

    until(served, 10, "a client to be served")
    record = gateway.refusal(reason="handshake-given-up")
    assert record["stage"] == "client_hello"
    close_all(connections)


def test_a_client_behind_a_proxy_is_counted_for_itself(world):
    """The limit is that of the address in the PROXY header; the proxy's own is not counted."""
    gateway = world.gateway("limits: { connections_per_address: 3 }\n" + BEHIND_A_PROXY, backend=world.recorder().address)
    made = world.context(world.issue())
    one = [answered(gateway, made, "203.0.113.1") for _ in range(5)]
    two = [answered(gateway, made, "203.0.113.2") for _ in range(3)]
    assert [connection is not None for connection in one] == [True, True, True, False, False]
    assert all(two)
    assert gateway.refusal(stage="proxy_header")["client"].startswith("203.0.113.1:")
    close_all([*one[:3], *two])


def test_a_host_has_its_own_limit(world):
    """The third connection for it is closed before the handshake; others do not notice; whoever leaves makes room."""
    gateway = world.gateway("workers: 1\n" + WITH_A_HOST, backend=world.recorder().address)
    made = world.context(world.issue())

    def at_host():
        try:
            return client.connect(gateway.port, made, server_name="example.com")
        except (ssl.SSLError, OSError):
            return None

    held = [at_host(), at_host()]
    assert all(held) and at_host() is None
    record = gateway.refusal(reason="limit-host-connections")
    assert (record["sni"], record["stage"]) == ("example.com", "client_hello") and record["config"]
    assert client.get_once(gateway.port, made, host="localhost")[0] == 200
    held.pop().close()
    held.append(until(at_host, 10, "room for one more"))
    assert all(client.get(connection, host="example.com")[0] == 200 for connection in held)
    close_all(held)
