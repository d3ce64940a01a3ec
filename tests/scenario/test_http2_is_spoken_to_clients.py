"""HTTP/2 in front: chosen by ALPN or begun with prior knowledge, many requests on a connection, each judged by itself."""
import pytest

from harness import client, h2client, websocket
from harness.app import App
from harness.backend import OK, body_of, fields_of
from harness.gateway import command
from harness.ports import free_port
from harness.waiting import until
from harness.world import REQUIRED

DATA, GOAWAY, END_STREAM = 0, 7, 1
CLEAR = """\
  - name: clear
    bind: "127.0.0.1:{clear_port}"
    clear: true
    routes:
      - backend: app
backends:
"""
MORE = """\
    tls: { alpn: [h2, http/1.1] }
    hosts:
      - { names: open.example.com, client_auth: { mode: off } }
    routes:
      - { path: /closed, backend: app, deny: { subject.cn: alice } }
      - { path: /socket, backend: socket }
"""
CONFIG = (REQUIRED.replace("    routes:\n", MORE).replace("backends:\n", CLEAR)
          + '  socket:\n    servers: [ "{socket}" ]\n')


@pytest.fixture(scope="module")
def place(stage):
    """A gateway with HTTP/2, its backend, and alice."""
    app = stage.keep(App())
    gateway = stage.gateway(CONFIG, clear_port=free_port(), backend=app.address,
                            socket=stage.backend(websocket.echo).address)
    return gateway, app, stage.issue("alice")


def connect(stage, place_, certificate=None, server_name="localhost"):
    """An HTTP/2 client over TLS."""
    made = stage.context(certificate or place_[2], alpn=("h2", "http/1.1"))
    connection = client.connect(place_[0].port, made, server_name)
    assert connection.selected_alpn_protocol() == "h2"
    return h2client.Client(connection)


def test_alpn_chooses(stage, place):
    """A client that does not offer h2 gets HTTP/1.1."""
    gateway, _, alice = place
    with connect(stage, place) as asking:
        assert asking.answer(asking.open(path="/two")).status == 200
    with client.connect(gateway.port, stage.context(alice)) as connection:
        assert client.get(connection, "/one")[0] == 200
    assert (gateway.access(path="/two")["protocol"], gateway.access(path="/one")["protocol"]) == ("HTTP/2", "HTTP/1.1")


def test_curl_speaks_it(stage, place):
    """As everybody's client does."""
    gateway, _, alice = place
    _, told, _ = client.curl(gateway.port, stage.trust, "--http2", "-d", "hello", "-w", "|%{http_version}", certificate=alice)
    assert told.endswith("hello|2")


def test_prior_knowledge_without_tls(place):
    """The first bytes say which version it is, in whatever pieces they come."""
    gateway = place[0]
    port = gateway.values["clear_port"]
    with h2client.Client(client.tcp(port), scheme="http") as asking:
        assert asking.answer(asking.open(path="/known")).status == 200
    with client.tcp(port) as connection:
        for octet in b"PRI * HTTP/1.1\r\nHost: localhost\r\n\r\n":
            connection.sendall(bytes([octet]))
        assert client.read_answer(connection)[0] == 501
    with client.tcp(port) as connection:
        assert client.get(connection, "/plain")[0] == 200


def test_many_requests_share_a_connection(stage, place):
    """100 at a time with bodies, answered as they were asked."""
    with connect(stage, place) as asking:
        numbers = [asking.open("POST", f"/{i}", end=False) for i in range(100)]
        for i, number in enumerate(numbers):
            asking.send(number, f"body {i}".encode())
        for i, number in enumerate(numbers):
            stream = asking.answer(number)
            assert (stream.status, bytes(stream.body)) == (200, f"body {i}".encode())


def test_large_bodies_pass_both_ways(stage, place):
    """More than any window holds."""
    body = bytes(range(256)) * 4096 * 3
    with connect(stage, place) as asking:
        number = asking.open("POST", "/large", end=False)
        asking.send(number, body)
        assert bytes(asking.answer(number).body) == body


def test_each_request_is_judged(stage, place):
    """One is refused by its route, one has no route's client authentication; the others are answered."""
    gateway = place[0]
    with connect(stage, place) as asking:
        closed, other = asking.open(path="/closed/x"), asking.open(path="/fine")
        assert (asking.answer(closed).status, asking.answer(other).status) == (403, 200)
        asking.authority = "open.example.com"
        assert asking.answer(asking.open(path="/coalesced")).status == 421
        asking.authority = "localhost"
        assert asking.answer(asking.open(path="/again")).status == 200
    assert gateway.refusal(reason="misdirected")["identity"]["subject"] == "CN=alice"


def test_the_identity_is_told_and_not_believed(stage, place):
    """The backend's request is HTTP/1.1 with our fields; a client's own claim is refused."""
    gateway, app, _ = place
    with connect(stage, place) as asking:
        assert asking.answer(asking.open("POST", "/told", [("cookie", "a=1"), ("cookie", "b=2")], end=True)).status == 200
        assert asking.answer(asking.open(path="/claimed", fields=[("client-cert", ":AA==:")])).status == 400
    request, = app.to_path("/told")
    fields = fields_of(request)
    assert fields["client-cert-verdict"] == ["VERIFIED"] and fields["cookie"] == ["a=1; b=2"]
    assert fields["host"] == ["localhost"] and body_of(request) == b"" and request.startswith(b"POST /told HTTP/1.1\r\n")
    assert not app.to_path("/claimed") and gateway.access(path="/claimed")["reason"] == "protected-field"


def test_websocket_over_a_stream(stage, place):
    """Extended CONNECT becomes the handshake that an HTTP/1.1 backend knows (RFC 8441)."""
    gateway, _, _ = place
    with connect(stage, place) as asking:
        transport = h2client.WebSocketTransport(asking)
        other = asking.open(path="/beside")
        with websocket.Agreed(transport) as opened:
            assert "client-cert-verdict" in opened.receive()
            opened.send("over HTTP/2")
            assert opened.receive() == "over HTTP/2"
            assert asking.answer(other).status == 200
    assert gateway.access(path="/socket")["status"] == 101


def test_a_revoked_client_loses_its_streams(world):
    """Within a request; those of others go on."""
    held = world.backend(lambda connection: connection.recv(65536) and connection.recv(1))
    gateway = world.gateway(REQUIRED.replace("    routes:", "    tls: { alpn: [h2, http/1.1] }\n    routes:"),
                            backend=held.address)
    alice, bob = world.issue("alice"), world.issue("bob")

    def opened(who):
        made = h2client.Client(client.connect(gateway.port, world.context(who, alpn=("h2",))))
        return made, [made.open(path=f"/{i}") for i in range(5)]

    hers, _ = opened(alice)
    his, his_streams = opened(bob)
    until(lambda: len(held.open) == 10, 10, "all requests at the backend")
    with hers, his:
        assert command("revoke", alice.fingerprint, "--socket", gateway.socket_path).returncode == 0
        with pytest.raises(h2client.Refused):
            while True:
                hers.receive()
        for connection in list(held.open):
            connection.sendall(OK)
        assert all(his.answer(number).status == 200 for number in his_streams)
    until(lambda: len([r for r in gateway.accesses() if r.get("reason") == "denied"]) == 5, 10, "five records")


def test_a_reload_says_goodbye_where_the_host_changed(world):
    """GOAWAY; what is in progress ends."""
    config = REQUIRED.replace("    routes:", "    tls: { alpn: [h2, http/1.1] }\n    routes:")
    held = world.backend(lambda connection: connection.recv(65536) and connection.recv(1))
    gateway = world.gateway(config, backend=held.address)
    connection = client.connect(gateway.port, world.context(world.issue(), alpn=("h2",)))
    with h2client.Client(connection) as asking:
        asking.open()
        until(lambda: held.open, 10, "the request at the backend")
        gateway.reloaded(config.replace("mode: required", "mode: required, depth: 1"))
        frames = frames_of(connection)
        assert next(kind for kind, _ in frames if kind == GOAWAY)
        for waiting in list(held.open):
            waiting.sendall(OK)
        assert next(flags for kind, flags in frames if kind == DATA) & END_STREAM


def frames_of(connection):
    """(type, flags) of every frame that comes (RFC 9113 section 4.1): the library takes none after a GOAWAY."""
    reader = connection.makefile("rb")
    while len(head := reader.read(9)) == 9:
        reader.read(int.from_bytes(head[:3], "big"))
        yield head[3], head[4]
