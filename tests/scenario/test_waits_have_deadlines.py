"""Whoever keeps the gateway waiting longer than it was told to wait is sent away, with the reason in the record."""
import socket
import threading
import time

import pytest

from harness import client, handdriven
from harness.backend import OK, read_head

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    proxy_protocol: { from: 127.0.0.2/32 }
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    timeouts: { proxy_header: 700ms, client_hello: 700ms, handshake: 2s, request_head: 700ms, body_idle: 700ms,
                idle: 700ms }
    routes:
      - { path: /silent, backend: silent }
      - { path: /stalled, backend: stalled }
      - { path: /gone, backend: gone }
      - { path: /deaf, backend: deaf }
      - { path: /twice, backend: twice }
      - backend: app
backends:
  app:
    servers: [ "{backend}" ]
  silent:
    servers: [ "{silent}" ]
    timeouts: { response: 700ms }
    passive_health: { failures: 0 }
  stalled:
    servers: [ "{stalled}" ]
    timeouts: { body_idle: 700ms }
    passive_health: { failures: 0 }
  deaf:
    servers: [ "{deaf}" ]
    timeouts: { body_idle: 700ms }
  twice:
    servers: [ "{late}", "{full}" ]
    timeouts: { connect: 800ms, response: 700ms }
  gone:
    servers: [ "{full}" ]
    timeouts: { connect: 700ms }
    passive_health: { failures: 0 }
"""


def silent(connection):
    """Reads and never answers."""
    while connection.recv(65536):
        continue


def stalled(connection):
    """Stops in the middle of its answer."""
    reader = connection.makefile("rb")
    while read_head(reader) is not None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def late(connection):
    """Hangs up when it has thought for a while."""
    connection.recv(65536)
    time.sleep(0.2)


def deaf(connection):
    """Does not read."""
    threading.Event().wait(20)
    connection.close()


def full_server():
    """An address that lets nobody connect any more: its backlog is full."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listening.getsockname())
        fillers.append(filler)
    return listening, fillers


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway without patience, and a client's settings."""
    listening, fillers = full_server()
    gateway = stage.gateway(CONFIG, backend=stage.recorder().address, silent=stage.backend(silent).address,
                            stalled=stage.backend(stalled).address,
                            deaf=stage.backend(deaf).address, late=stage.backend(late).address,
                            full=f"127.0.0.1:{listening.getsockname()[1]}")
    yield gateway, stage.context(stage.issue())
    for one in [listening, *fillers]:
        one.close()


class Watch:
    """How long something took: as long as the setting, not much longer."""

    def __enter__(self):
        self.began = time.monotonic()

    def __exit__(self, kind, *_):
        took = time.monotonic() - self.began
        assert kind or 0.5 < took < 8, f"took {took:.2f} s"


def ended(connection):
    """Waits until the gateway closes."""
    with connection:
        try:
            while connection.recv(65536):
                continue
        except ConnectionResetError:
            pass


def test_the_proxy_header(scene):
    """From a load balancer that says nothing, or half of it."""
    gateway, _ = scene
    for said in (b"", b"PROXY TCP4 1.2.3.4"):
        with Watch():
            connection = client.tcp(gateway.port, source="127.0.0.2")
            connection.sendall(said)
            ended(connection)
        assert gateway.refusal(reason="proxy-header-timeout")["stage"] == "proxy_header"


def test_the_hello(scene):
    """From a client that connects and waits, or sends a byte now and then."""
    gateway, _ = scene
    with Watch():
        ended(client.tcp(gateway.port))
    assert gateway.refusal(reason="client-hello-timeout")["stage"] == "client_hello"
    with client.tcp(gateway.port) as connection, Watch():
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        try:
            while True:
                connection.sendall(b"\x00")
                connection.settimeout(0.1)
                try:
                    if not connection.recv(100):
                        break
                except socket.timeout:
                    continue
        except OSError:
            pass


def test_the_handshake(stage, scene):
    """A client that stops after the server's flight."""
    gateway, _ = scene

    def silence(flight, data):
        return [data] if flight == 0 else []
    made = stage.context(stage.issue())
    with handdriven.Connection(gateway.port, made, silence) as connection, Watch():
        connection.handshake()
        with pytest.raises(Exception):
            while True:
                if not connection.socket.recv(65536):
                    raise ConnectionError
    assert gateway.refusal(reason="handshake-timeout")["stage"] == "handshake"


def test_a_request_head(scene):
    """408, and the connection ends."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection, Watch():
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow:")
        status, fields, _ = client.read_answer(connection)
        assert (status, fields["connection"]) == (408, "close")
        assert connection.recv(1) == b""
    assert gateway.refusal(reason="request-timeout")["status"] == 408


def test_a_request_head_that_comes_in_drops(scene):
    """The time is that of the whole head."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection, Watch():
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        connection.settimeout(0.05)
        received = b""
        while b"\r\n" not in received:
            connection.sendall(b"x")
            try:
                received += connection.recv(1000)
            except socket.timeout:
                pass
    assert received.startswith(b"HTTP/1.1 408 ")


def test_a_request_body(scene):
    """Without progress for so long, from its beginning or in the middle: 408."""
    gateway, made = scene
    for said in (b"", b"half"):
        with client.connect(gateway.port, made) as connection:
            connection.sendall(client.request_bytes("/", method="POST", fields="Content-Length: 10\r\n"))
            with Watch():
                connection.sendall(said)
                assert client.read_answer(connection)[0] == 408
    assert gateway.refusal(reason="request-body-timeout")["status"] == 408


def test_a_slow_body_with_progress_passes(scene):
    """Longer than the time in all, never that long between two bytes."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        connection.sendall(client.request_bytes("/", method="POST", fields="Content-Length: 8\r\n"))
        for _ in range(8):
            time.sleep(0.12)
            connection.sendall(b"x")
        assert client.read_answer(connection)[0] == 200


def test_an_idle_connection(scene):
    """Closed without a word and without a record."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        assert client.get(connection)[0] == 200
        with Watch():
            assert connection.recv(1) == b""
    assert not gateway.refusals()


def test_a_client_that_does_not_read(stage):
    """The answer stands still until the client is given up."""
    def flood(connection):
        reader = connection.makefile("rb")
        read_head(reader)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            connection.sendall(bytes(65536))
    gateway = stage.gateway(CONFIG, backend=stage.backend(flood).address, silent="127.0.0.1:1", stalled="127.0.0.1:1",
                            deaf="127.0.0.1:1", late="127.0.0.1:1", full="127.0.0.1:2")
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        connection.sendall(client.request_bytes("/flood"))
        assert gateway.refusal(reason="client-stalled")["path"] == "/flood"


@pytest.mark.parametrize("path, status, reason", [("/silent", 504, "backend-timeout"),
                                                  ("/gone", 504, "backend-connect-timeout"),
                                                  ("/twice", 504, "backend-connect-timeout")])
def test_a_backend(scene, path, status, reason):
    """That does not answer, or does not take the connection; the second is tried once more first."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection, Watch():
        got, _, body = client.get(connection, path)
        assert got == status and f"reason: {reason}".encode() in body
    record = gateway.refusal(reason=reason)
    assert (record["status"], record["path"]) == (status, path)


def test_a_backend_that_does_not_read(scene):
    """The request stands still until the backend is given up."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        connection.sendall(client.request_bytes("/deaf", method="POST", fields="Content-Length: 100000000\r\n"))
        connection.settimeout(0.2)
        with pytest.raises(OSError):
            while True:
                connection.sendall(bytes(65536))
        assert gateway.refusal(reason="backend-timeout")["path"] == "/deaf"


def test_a_backend_that_stops_in_its_answer(scene):
    """Nothing can be said any more: the connection ends before the length is reached."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection, Watch():
        status, _, body = client.get(connection, "/stalled")
    assert (status, body) == (200, b"half")
    assert gateway.refusal(reason="backend-stalled")["path"] == "/stalled"


def test_meanwhile_others_are_served(scene):
    """A hundred who wait do not hold one who does not."""
    gateway, made = scene
    waiting = [client.tcp(gateway.port) for _ in range(100)]
    began = time.monotonic()
    assert client.get_once(gateway.port, made)[2] == OK[-2:]
    assert time.monotonic() - began < 4
    for connection in waiting:
        connection.close()
