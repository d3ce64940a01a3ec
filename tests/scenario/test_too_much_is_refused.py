"""Every limit has its answer: of a request's head, its fields, its target, its body, and of connections."""
import pytest
from cryptography import x509

from harness import client, pki
from harness.waiting import until

LIMITED = """\
limits: { connections: 12, connections_per_address: 4, handshakes: 3 }
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    limits: { request_head: 4KB, request_headers: 20, body: 1000 }
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
    limits: { response_head: 2KB, response_headers: 10 }
"""


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway with small limits, its backend and a client's settings."""
    answers = {b"/fields": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 11 + b"Content-Length: 0\r\n\r\n",
               b"/large": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 3000 + b"\r\nContent-Length: 0\r\n\r\n"}
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    backend = stage.recorder(lambda request: answers.get(request.split(b" ", 2)[1], ok))
    return stage.gateway(LIMITED, backend=backend.address), backend, stage.context(stage.issue())


def ask(scene, request):
    """The status of a request on a connection of its own, and how many whole ones reached the backend."""
    gateway, backend, made = scene
    before = len(backend.requests)
    with client.connect(gateway.port, made) as connection:
        status, _, _ = client.ask(connection, request)
    return status, len(backend.requests) - before


@pytest.mark.parametrize("size, status", [(3000, 200), (5000, 431), (60000, 431)])
def test_the_head(scene, size, status):
    """431 (RFC 6585 section 5)."""
    assert ask(scene, client.request_bytes(fields=f"X-Large: {'x' * size}\r\n")) == (status, int(status == 200))


@pytest.mark.parametrize("count, status", [(15, 200), (25, 431), (1000, 431)])
def test_the_number_of_fields(scene, count, status):
    """Small ones count as well."""
    assert ask(scene, client.request_bytes(fields="X: y\r\n" * count)) == (status, int(status == 200))


@pytest.mark.parametrize("size, status", [(2000, 200), (5000, 414), (60000, 414)])
def test_the_target(scene, size, status):
    """414 (RFC 9110 section 15.5.15)."""
    assert ask(scene, client.request_bytes("/" + "x" * size)) == (status, int(status == 200))


def test_whoever_does_not_stop_is_cut_off(scene):
    """Ten megabytes of head: the answer is given, a little more is read so that it arrives, then it ends."""
    gateway, backend, made = scene
    before = len(backend.requests)
    with client.connect(gateway.port, made) as connection, pytest.raises(OSError):
        connection.sendall(client.request_bytes(fields=f"X-Large: {'x' * 10_000_000}\r\n"))
    assert gateway.refusal(reason="request-fields-too-large")["status"] == 431
    assert len(backend.requests) == before


@pytest.mark.parametrize("size, status", [(0, 200), (1000, 200), (1001, 413), (10**15, 413)])
def test_the_body_by_its_length(scene, size, status):
    """413 before any of it is read."""
    body = b"x" * size if status == 200 else b""
    request = client.request_bytes("/", method="POST", fields=f"Content-Length: {size}\r\n") + body
    assert ask(scene, request) == (status, int(status == 200))


@pytest.mark.parametrize("chunks, status", [(10, 200), (11, 413), (2000, 413)])
def test_the_body_in_chunks(scene, chunks, status):
    """413 when it has become too large; the backend never has a whole request."""
    request = client.request_bytes("/", method="POST", fields="Transfer-Encoding: chunked\r\n")
    assert ask(scene, request + b"64\r\n" + b"x" * 100 + b"\r\n" + (b"64\r\n" + b"x" * 100 + b"\r\n") * (chunks - 1)
               + b"0\r\n\r\n") == (status, int(status == 200))


@pytest.mark.parametrize("path", ["/fields", "/large"])
def test_the_head_of_an_answer(scene, path):
    """502: the backend is to blame."""
    assert ask(scene, client.request_bytes(path))[0] == 502
    assert scene[0].refusal(reason="backend-too-large")["path"] == path


def test_an_identity_that_is_too_large_to_forward(stage, scene):
    """431 and never a part of it: a leaf of 9 KB, or five intermediates of 4 KB."""
    gateway, backend, _ = scene
    before = len(backend.requests)
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.55555.3")
    leaf = stage.issue(extensions=[(x509.UnrecognizedExtension(oid, bytes(9000)), False)])
    above = stage.clients_ca
    for number in range(5):
        filler = x509.UnrecognizedExtension(oid, bytes(4000))
        above = pki.Authority(stage.folder, f"Large {number}", issuer=above, extensions=[(filler, False)])
    for certificate in (leaf, above.issue("alice")):
        assert client.get_once(gateway.port, stage.context(certificate), "/identity")[0] == 431
        assert gateway.refusal(path="/identity")["reason"] == "identity-too-large"
        gateway.begin_records()
    assert len(backend.requests) == before


def test_each_refusal_is_recorded(scene):
    """With the reason that belongs to the status."""
    gateway = scene[0]
    ask(scene, client.request_bytes("/" + "x" * 5000))
    assert gateway.refusal(reason="request-uri-too-long")["status"] == 414
    ask(scene, client.request_bytes(fields="X: y\r\n" * 25))
    assert gateway.refusal(reason="request-fields-too-large")["status"] == 431
    ask(scene, client.request_bytes("/", method="POST", fields="Content-Length: 2000\r\n"))
    assert gateway.refusal(reason="body-too-large")["status"] == 413


def no_one_left(gateway):
    """Waits until every connection of the stories before is gone."""
    until(lambda: gateway.status()["counters"]["connections"] == 0, 10, "all connections to end")


def held(gateway, made, source, count):
    """So many answered connections from one address."""
    connections = [client.connect(gateway.port, made, source=source) for _ in range(count)]
    for connection in connections:
        assert client.get(connection)[0] == 200
    return connections


def turned_away(gateway, made, source):
    """Whether a connection from this address is closed before anything is said."""
    try:
        client.connect(gateway.port, made, source=source).close()
        return False
    except (ConnectionError, OSError):
        return True


def test_connections_of_one_address(scene):
    """The fifth is closed at once; another address is served; when one ends there is room again."""
    gateway, _, made = scene
    no_one_left(gateway)
    connections = held(gateway, made, "127.0.0.3", 4)
    assert turned_away(gateway, made, "127.0.0.3")
    assert gateway.refusal(reason="limit-connections-per-address")["client"].startswith("127.0.0.3:")
    assert not turned_away(gateway, made, "127.0.0.4")
    connections.pop().close()
    until(lambda: not turned_away(gateway, made, "127.0.0.3"), 10, "room for one more")
    for connection in connections:
        connection.close()


def test_connections_in_all(scene):
    """The thirteenth is closed at once, from whatever address."""
    gateway, _, made = scene
    no_one_left(gateway)
    connections = [one for host in (3, 4, 5) for one in held(gateway, made, f"127.0.0.{host}", 4)]
    assert turned_away(gateway, made, "127.0.0.6")
    assert gateway.refusal(reason="limit-connections")["client"].startswith("127.0.0.6:")
    assert all(client.get(connection)[0] == 200 for connection in connections)
    for connection in connections:
        connection.close()
    until(lambda: not turned_away(gateway, made, "127.0.0.6"), 10, "room again")


def test_handshakes_in_progress(scene):
    """Three may dally for a moment; the fourth is closed at once. Those who are through do not count."""
    gateway, _, made = scene
    no_one_left(gateway)
    served = held(gateway, made, "127.0.0.3", 2)

    def fourth_is_turned_away():
        dallying = [client.tcp(gateway.port, source=f"127.0.0.{host}") for host in (4, 5, 6)]
        is_away = turned_away(gateway, made, "127.0.0.7")
        for connection in dallying:
            connection.close()
        return is_away

    until(fourth_is_turned_away, 10, "one too many")
    assert gateway.refusal(reason="limit-handshakes")["client"].startswith("127.0.0.")
    assert all(client.get(connection)[0] == 200 for connection in served)
    for connection in served:
        connection.close()
