"""Keep-alive and pipelining: one connection, many requests, answers in their order."""
import ssl

import pytest

from harness import client, handdriven
from harness.backend import answer, body_of, fields_of
from harness.waiting import until


def echo(request):
    """Answers with the target and the body."""
    return answer(request.split(b" ", 2)[1] + b"|" + body_of(request))


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway, a backend that echoes, and a client's settings."""
    backend = stage.recorder(echo)
    return stage.gateway(backend=backend.address), backend, stage.context(stage.issue())


def test_one_after_the_other(scene):
    """Fifty on one connection; the backend is reached over one connection, too."""
    gateway, backend, made = scene
    with client.connect(gateway.port, made) as connection:
        client.get(connection, "/first")
        before = backend.connections
        for number in range(50):
            assert client.get(connection, f"/{number}")[2] == f"/{number}|".encode()
    assert backend.connections == before


def test_all_at_once(scene):
    """Pipelined in one write, with bodies of both framings among them."""
    gateway, _, made = scene
    requests, expected = b"", []
    for number in range(30):
        if number % 3 == 0:
            requests += client.request_bytes(f"/{number}", method="POST", body=b"x" * number)
            expected.append(f"/{number}|{'x' * number}".encode())
        elif number % 3 == 1:
            requests += client.request_bytes(f"/{number}")
            expected.append(f"/{number}|".encode())
        else:
            requests += client.request_bytes(f"/{number}", method="PUT", fields="Transfer-Encoding: chunked\r\n")
            requests += b"3\r\nabc\r\n0\r\n\r\n"
            expected.append(None)
    with client.connect(gateway.port, made) as connection:
        connection.sendall(requests)
        for number, body in enumerate(expected):
            status, _, got = client.read_answer(connection)
            assert status == 200 and got.startswith(f"/{number}|".encode())
            assert body is None and b"abc" in got or got == body


def test_byte_by_byte(scene):
    """The same request in as many TLS records as it has bytes."""
    gateway, _, made = scene
    with client.connect(gateway.port, made) as connection:
        for byte in client.request_bytes("/slow", method="POST", body=b"hello"):
            connection.sendall(bytes([byte]))
        assert client.read_answer(connection)[2] == b"/slow|hello"


@pytest.mark.parametrize("request_line, fields, stays", [
    ("HTTP/1.1", "", True), ("HTTP/1.1", "Connection: close\r\n", False),
    ("HTTP/1.1", "Connection: Close, x\r\n", False),
    ("HTTP/1.0", "", False), ("HTTP/1.0", "Connection: keep-alive\r\n", None)])
def test_the_client_says_whether_it_stays(scene, request_line, fields, stays):
    """close closes after the answer; HTTP/1.0 closes unless it asks, and then may be closed all the same."""
    gateway, backend, made = scene
    with client.connect(gateway.port, made) as connection:
        connection.sendall(f"GET /x {request_line}\r\nHost: localhost\r\n{fields}\r\n".encode())
        status, got, body = client.read_answer(connection)
        assert (status, body) == (200, b"/x|")
        if stays is None:
            stays = got.get("connection") == "keep-alive"
        if stays:
            assert client.get(connection, "/again")[0] == 200
        else:
            assert got.get("connection") == "close"
            assert connection.recv(1) == b""
    assert backend.last().split(b"\r\n")[0].endswith(b" HTTP/1.1")


def test_a_refused_request_does_not_end_the_next(scene):
    """404 or 400 for what it means; the connection goes on when its framing is known."""
    gateway, _, made = scene
    with client.connect(gateway.port, made) as connection:
        status, fields, _ = client.get(connection, "/x", fields="Client-Cert: :AAAA:\r\n")
        assert status == 400
        if fields.get("connection") != "close":
            assert client.get(connection, "/y")[2] == b"/y|"


def test_a_malformed_request_ends_the_connection(scene):
    """Nobody knows where the next one would begin."""
    gateway, backend, made = scene
    before = len(backend.to_path("/next"))
    with client.connect(gateway.port, made) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nbad name: x\r\n\r\n" + client.request_bytes("/next"))
        status, fields, _ = client.read_answer(connection)
        assert (status, fields["connection"]) == (400, "close")
        assert connection.recv(1) == b""
    assert len(backend.to_path("/next")) == before
    assert gateway.refusal(reason="field-name")["stage"] == "request"


def test_the_target_arrives_as_it_was_sent(scene):
    """Query, escapes and all; an absolute target in origin form."""
    gateway, backend, made = scene
    for target in ("/a/b?c=d&e=%20f", "/%41%2f", "/?", "//x//y/", "/a/../b"):
        with client.connect(gateway.port, made) as connection:
            assert client.get(connection, target)[0] == 200
        assert backend.last().startswith(f"GET {target} HTTP/1.1\r\n".encode())
    assert client.get_once(gateway.port, made, "https://localhost/absolute?x=1")[0] == 200
    assert backend.last().startswith(b"GET /absolute?x=1 HTTP/1.1\r\n")
    with client.connect(gateway.port, made) as connection:
        assert client.ask(connection, b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 200
    assert backend.last().startswith(b"OPTIONS * HTTP/1.1\r\n")


def test_fields_arrive_in_order_and_hop_by_hop_ones_do_not(scene):
    """RFC 9110 section 7.6.1. That trailers are welcome the gateway says for itself (section 10.1.4)."""
    gateway, backend, made = scene
    fields = ("Accept: a\r\nX-One: 1\r\nx-two: 2\r\nX-One: 3\r\nTE: trailers, deflate\r\nKeep-Alive: 5\r\n"
              "Proxy-Connection: x\r\nUpgrade: h2c\r\nCookie: a=b\r\n")
    assert client.get_once(gateway.port, made, "/fields", fields=fields)[0] == 200
    got = fields_of(backend.last())
    assert (got["x-one"], got["x-two"], got["cookie"]) == (["1", "3"], ["2"], ["a=b"])
    assert not {"keep-alive", "proxy-connection", "upgrade"} & set(got)
    assert (got["te"], got["connection"]) == (["trailers"], ["TE"])
    assert got["host"] == ["localhost"]


def test_who_has_said_everything_may_say_so(scene):
    """A close_notify right behind a request: the answer comes all the same, and then the end."""
    gateway, _, made = scene
    with handdriven.Connection(gateway.port, made, handdriven.unchanged) as connection:
        connection.handshake()
        connection.tls.write(client.request_bytes("/last"))
        with pytest.raises(ssl.SSLWantReadError):
            connection.tls.unwrap()
        assert connection.read().endswith(b"/last|")


def test_who_leaves_in_the_middle_is_accounted_for(stage):
    """Half a body, then nothing: the backend never has a whole request, and the access line says who went."""
    backend = stage.recorder()
    gateway = stage.gateway(backend=backend.address)
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        connection.sendall(client.request_bytes("/left", method="POST", fields="Content-Length: 10\r\n") + b"half")
        until(lambda: backend.connections == 1, 10, "the backend to be asked")
    record = gateway.access(path="/left")
    assert (record["status"], record["reason"], record["bytes_in"]) == (499, "client-gone", 4)
    assert not backend.requests and not gateway.refusals()


def test_connect_is_not_served(scene):
    """501; nobody tunnels through."""
    gateway, _, made = scene
    with client.connect(gateway.port, made) as connection:
        assert client.ask(connection, b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n")[0] in (400, 501)
