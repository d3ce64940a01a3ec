"""Requests go on in WebSocket when client and backend agree, and then bytes pass both ways until each side has ended; what
is no WebSocket handshake stays an ordinary request."""
import base64
import hashlib
import json
import socket
import threading

import pytest

from harness import client, websocket
from harness.backend import read_head
from harness.ports import free_port
from harness.waiting import until
from harness.world import REQUIRED

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
HANDSHAKE = ("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n" "\r\n")
ROUTES = """\
    routes:
      - { path: /closed, backend: app, websocket: false }
      - { path: /echo, backend: echo }
"""
CLEAR = """\
  - name: clear
    bind: "127.0.0.1:{clear_port}"
    clear: true
    routes:
      - backend: app
  - name: impatient
    bind: "127.0.0.1:{impatient_port}"
    clear: true
    timeouts: { tunnel: 500ms }
    routes:
      - backend: app
backends:
"""
CONFIG = (REQUIRED.replace("    routes:\n", ROUTES).replace("backends:\n", CLEAR) + '  echo:\n    servers: [ "{echo}" ]\n')


def granted(head):
    """The 101 that answers the request `head`, and the key that was in it."""
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    proof = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    return (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: " + proof + b"\r\n\r\n"), key


class Raw:
    """A backend that agrees and then does what the request's path says, byte by byte."""

    def __init__(self):
        self.heads = []
        self.received = {}

    def serve(self, connection):
        """One connection."""
        reader = connection.makefile("rb")
        if (head := read_head(reader)) is None:
            return
        path = head.split(b" ")[1].decode()
        self.heads.append(head)
        answer, _ = granted(head) if b"Sec-WebSocket-Key" in head else (b"", b"")
        getattr(self, path.strip("/").replace("-", "_"))(connection, reader, answer)

    def talk(self, connection, reader, answer):
        """Speaks at once, then in turn."""
        connection.sendall(answer + b"welcome")
        assert reader.read(5) == b"hello"
        connection.sendall(b"goodbye")
        self.received["/talk"] = reader.read()

    def ends_first(self, connection, reader, answer):
        """Ends its direction and goes on reading."""
        connection.sendall(answer + b"last words")
        connection.shutdown(socket.SHUT_WR)
        self.received["/ends-first"] = reader.read()

    def ends_last(self, connection, reader, answer):
        """Answers when the client has ended its direction."""
        connection.sendall(answer)
        asked = reader.read()
        connection.sendall(asked[::-1])

    def flood(self, connection, reader, answer):
        """Sends and receives more than any buffer holds, the receiving only when the client is ready for it."""
        connection.sendall(answer)
        total = 0
        sender = threading.Thread(target=connection.sendall, args=(bytes(8 << 20),))
        sender.start()
        while total < 8 << 20 and (part := reader.read(1 << 16)):
            total += len(part)
        self.received["/flood"] = total
        sender.join()

    def silent(self, connection, reader, answer):
        """Agrees and says nothing."""
        connection.sendall(answer)
        self.received["/silent"] = reader.read()

    @staticmethod
    def lies(connection, reader, answer):
        """Proves nothing."""
        connection.sendall(answer.replace(b"Accept: ", b"Accept: x"))
        reader.read()

    @staticmethod
    def h2c(connection, reader, answer):
        """Goes on in something else."""
        connection.sendall(answer.replace(b"Upgrade: websocket", b"Upgrade: h2c"))
        reader.read()

    @staticmethod
    def wants_another(connection, reader, _):
        """Knows another version only (RFC 6455 section 4.4)."""
        connection.sendall(b"HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
                           b"Sec-WebSocket-Version: 7\r\nContent-Length: 3\r\n\r\nno\n")
        reader.read()

    @staticmethod
    def ordinary(connection, reader, _):
        """Answers what is no handshake."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
        reader.read()

    def unasked(self, connection, _reader, _answer):
        """Goes on in WebSocket though nobody asked for it."""
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           b"Sec-WebSocket-Accept: " + ACCEPT.encode() + b"\r\n\r\n")


@pytest.fixture(scope="module")
def place(stage):
    """A gateway before a raw backend and one of wsproto's."""
    raw = Raw()
    gateway = stage.gateway(CONFIG, clear_port=free_port(), impatient_port=free_port(),
                            backend=stage.backend(raw.serve).address,
                            echo=stage.backend(websocket.echo).address)
    return gateway, raw, stage.context(stage.issue())


def ask(place_, path, request=HANDSHAKE):
    """A connection that has sent a request, and its reader."""
    gateway, _, settings = place_
    connection = client.connect(gateway.port, settings)
    connection.sendall(request.format(path=path).encode())
    return connection, connection.makefile("rb")


def test_messages_pass_and_the_identity_was_told(place):
    """A real client and a real server; pings, text and bytes, and a goodbye in order."""
    gateway, _, settings = place
    with websocket.Client(client.connect(gateway.port, settings), path="/echo") as socket_:
        assert json.loads(socket_.receive())["client-cert-verdict"] == "VERIFIED"
        for message in ("text", b"bytes", "x" * 70000, b""):
            socket_.send(message)
            assert socket_.receive() == message
        assert socket_.close() == 1000
    record = gateway.access(path="/echo", status=101)
    assert record["bytes_in"] > 70000 and record["identity"]["subject"] == "CN=alice"


def test_the_handshake_is_the_connections_own(place):
    """The client gets the proof of its key; the backend got another key; everything else passed."""
    connection, reader = ask(place, "/talk")
    with connection, reader:
        status, fields = client.read_head(reader)
        assert (status, fields["sec-websocket-accept"], fields["upgrade"]) == (101, ACCEPT, "websocket")
        assert fields["sec-websocket-protocol"] == "chat"
        assert reader.read(7) == b"welcome"
        connection.sendall(b"hello")
        assert reader.read(7) == b"goodbye"
    head = next(head for head in place[1].heads if b"/talk" in head)
    assert KEY.encode() not in head and b"\r\nSec-WebSocket-Version: 13\r\n" in head and b"\r\nUpgrade: websocket\r\n" in head


def test_each_direction_ends_by_itself(place):
    """Who has ended its direction still hears the other."""
    with client.tcp(place[0].values["clear_port"]) as connection:
        connection.sendall(HANDSHAKE.format(path="/ends-first").encode())
        reader = connection.makefile("rb")
        assert client.read_head(reader)[0] == 101
        assert reader.read() == b"last words"
        connection.sendall(b"still heard")
        connection.shutdown(socket.SHUT_WR)
        until(lambda: place[1].received.get("/ends-first") == b"still heard", 10, "the client's words after the end")
    with client.tcp(place[0].values["clear_port"]) as connection:
        connection.sendall(HANDSHAKE.format(path="/ends-last").encode())
        reader = connection.makefile("rb")
        assert client.read_head(reader)[0] == 101
        connection.sendall(b"abc")
        connection.shutdown(socket.SHUT_WR)
        assert reader.read() == b"cba"


def test_nothing_is_lost_between_a_slow_and_a_fast_side(place):
    """8 MiB each way, and the client reads only when it has sent everything."""
    gateway = place[0]
    connection, reader = ask(place, "/flood")
    with connection, reader:
        assert client.read_head(reader)[0] == 101
        connection.sendall(bytes(8 << 20))
        assert len(client.read_exactly(reader, 8 << 20)) == 8 << 20
    record = gateway.access(path="/flood")
    assert (record["bytes_in"], record["bytes_out"]) == (8 << 20, 8 << 20) == (place[1].received["/flood"], 8 << 20)


def test_silence_has_an_end(place):
    """timeouts.tunnel ends what neither side uses."""
    gateway = place[0]
    with client.tcp(gateway.values["impatient_port"]) as connection:
        connection.sendall(HANDSHAKE.format(path="/silent").encode())
        reader = connection.makefile("rb")
        assert client.read_head(reader)[0] == 101
        assert reader.read() == b""
    assert gateway.access(path="/silent")["reason"] == "tunnel-idle"


@pytest.mark.parametrize("path,status,reason", [("/lies", 502, "backend-upgrade"), ("/h2c", 502, "backend-upgrade"),
                                                ("/closed", 403, "upgrade-refused"), ("/wants-another", 426, None)])
def test_what_is_not_agreed_is_answered(place, path, status, reason):
    """A backend that proves nothing is a bad gateway, a route may forbid it, and any other answer is the backend's."""
    connection, reader = ask(place, path)
    with connection, reader:
        got, fields = client.read_head(reader)
        assert got == status
        if reason is None:
            assert (fields["sec-websocket-version"], fields["upgrade"]) == ("7", "websocket")
    assert place[0].access(path=path).get("reason") == reason


def test_who_does_not_wait_gets_nothing_through(place):
    """Bytes before the answer, such as a second request, reach no backend."""
    gateway, raw, _ = place
    connection, reader = ask(place, "/silent", HANDSHAKE + "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with connection, reader:
        assert client.read_head(reader)[0] == 400
    assert gateway.access(path="/silent", status=400)["reason"] == "upgrade-early"
    assert not any(b"smuggled" in head for head in raw.heads)
    assert not any(b"smuggled" in part for part in raw.received.values() if isinstance(part, bytes))


@pytest.mark.parametrize("change", [("Upgrade: websocket", "Upgrade: h2c"), ("GET {path}", "POST {path}"),
                                    ("Connection: Upgrade\r\n", ""), ("HTTP/1.1", "HTTP/1.0"),
                                    ("Upgrade: websocket", "Upgrade: websocket, h2c")])
def test_what_is_no_handshake_is_an_ordinary_request(place, change):
    """The wish for another protocol is not passed on."""
    before = len(place[1].heads)
    connection, reader = ask(place, "/ordinary", HANDSHAKE.replace(*change))
    with connection, reader:
        assert client.read_head(reader)[0] == 200
    head, = place[1].heads[before:]
    assert b"\r\nupgrade:" not in head.lower() and b"upgrade" not in head.lower().split(b"\r\nconnection:")[-1][:20]


def test_a_bad_key_is_refused(place):
    """The handshake is malformed."""
    connection, reader = ask(place, "/ordinary", HANDSHAKE.replace(KEY, "short"))
    with connection, reader:
        assert client.read_head(reader)[0] == 400
    assert place[0].refusal(reason="upgrade-malformed")["status"] == 400


def test_nobody_is_upgraded_unasked(place):
    """A 101 that nobody asked for breaks HTTP."""
    connection, reader = ask(place, "/unasked", "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with connection, reader:
        assert client.read_head(reader)[0] == 502
