"""Mode tcp: TLS ends at the gateway, and the bytes in it go to a server and back as they are, until both sides have ended."""
import hashlib
import os
import socket
import ssl
import threading

import pytest

from harness import client
from harness.gateway import free_port, memory_kib
from harness.waiting import until

CONFIG = """\
listeners:
  - name: bytes
    mode: tcp
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{clients}" }
    timeouts: { tunnel: 60s }
    backend: app
  - name: plain
    mode: tcp
    bind: 127.0.0.1:{plain}
    clear: true
    timeouts: { tunnel: 500ms }
    backend: app
backends:
  app: { servers: [ {backend} ], timeouts: { connect: 2s } }
"""
LARGE = os.urandom(1 << 20) * 8


def read_all(connection):
    """Everything up to the end of the other side."""
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def shout(connection):
    """Answers the digest of everything when the client has ended, and a large rest."""
    connection.sendall(hashlib.sha256(read_all(connection)).digest() + LARGE)


def echo(connection):
    """Gives back what comes."""
    while part := connection.recv(1 << 16):
        connection.sendall(part)


def reach(stage, gateway, front, **options):
    """A client's connection by either listener."""
    if front == "plain":
        return client.tcp(gateway.values["plain"])
    return client.connect(gateway.port, stage.context(stage.issue(), **options))


def test_a_client_that_has_ended_hears_the_rest(stage):
    """Half-close from the client: the server sees the end and answers megabytes after it."""
    server = stage.backend(shout)
    gateway = stage.gateway(CONFIG, backend=f'"{server.address}"', plain=free_port())
    with reach(stage, gateway, "plain") as connection:
        connection.sendall(LARGE)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == hashlib.sha256(LARGE).digest() + LARGE
    record = gateway.access(listener="plain", reason="closed")
    assert (record["mode"], record["backend"], record["server"]) == ("tcp", "app", server.address)
    assert (record["bytes_in"], record["bytes_out"]) == (len(LARGE), 32 + len(LARGE))
    assert record["ended_by"] == "client" and record["duration_us"] > 0
    until(lambda: gateway.status()["counters"]["tunnels"] == 0, 10, "the end of the tunnel")
    assert gateway.status()["counters"]["tunnel_bytes_in"] == len(LARGE)


@pytest.mark.parametrize("version", client.VERSIONS)
def test_close_notify_is_a_half_close(stage, version):
    """A client that ends its direction of TLS right behind its bytes hears the whole answer, and its orderly end."""
    server = stage.backend(shout)
    gateway = stage.gateway(CONFIG, backend=f'"{server.address}"', plain=free_port())
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = stage.context(stage.issue(), version).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with client.tcp(gateway.port) as raw:
        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    raw.sendall(outgoing.read())
                    incoming.write(raw.recv(1 << 16))
        until_done(tls.do_handshake)
        tls.write(b"said before the end")
        with pytest.raises(ssl.SSLWantReadError):
            tls.unwrap()
        raw.sendall(outgoing.read())
        received = b""
        while len(received) < 32 + len(LARGE):
            received += until_done(lambda: tls.read(1 << 16))
        with pytest.raises(ssl.SSLZeroReturnError):
            until_done(lambda: tls.read(1))
    assert received == hashlib.sha256(b"said before the end").digest() + LARGE


@pytest.mark.parametrize("front", ["plain", "bytes"])
def test_a_server_that_has_ended_hears_the_rest(stage, front):
    """Half-close from the server: the client sees the end, and what it says after that arrives."""
    heard = []

    def leave_early(connection):
        connection.sendall(b"bye")
        connection.shutdown(socket.SHUT_WR)
        heard.append(read_all(connection))

    server = stage.backend(leave_early)
    gateway = stage.gateway(CONFIG, backend=f'"{server.address}"', plain=free_port())
    with reach(stage, gateway, front) as connection:
        if front == "plain":
            assert read_all(connection) == b"bye"
            connection.sendall(b"one word more")
        else:
            assert connection.recv(16) == b"bye"
            connection.sendall(b"one word more")
            connection.unwrap()
    assert until(lambda: heard, 10, "the end of what the client says") == [b"one word more"]
    assert gateway.access(listener=front, reason="closed")["ended_by"] == "server"


def test_the_identity_is_in_the_record(stage):
    """Who it was, by which TLS; and nothing of HTTP is asked of the bytes."""
    server = stage.backend(echo)
    gateway = stage.gateway(CONFIG, backend=f'"{server.address}"', plain=free_port())
    alice = stage.issue("alice")
    for version in client.VERSIONS:
        with client.connect(gateway.port, stage.context(alice, version)) as connection:
            for word in (b"\x00", b"GET / HTTP/9\n", os.urandom(100000)):
                connection.sendall(word)
                received = b""
                while len(received) < len(word):
                    received += connection.recv(1 << 16)
                assert received == word
            connection.unwrap()
        record = until(lambda: [r for r in gateway.accesses() if r["tls"]["version"].endswith(version.name[-1])], 10,
                       "the record")[0]
        assert "CN=alice" in record["identity"]["subject"] and record["sni"] == "localhost"
    assert client.refused_alert(gateway.port, stage.context()) == 116


def test_another_server_is_tried(stage):
    """One that is not there costs nothing; when nobody is there the record says so, and the client is let go."""
    server = stage.backend(echo)
    gone = f"127.0.0.1:{free_port()}"
    gateway = stage.gateway(CONFIG, backend=f'"{gone}", "{server.address}"', plain=free_port())
    for _ in range(4):
        with reach(stage, gateway, "bytes") as connection:
            connection.sendall(b"x")
            assert connection.recv(1) == b"x"
    assert gateway.status()["counters"]["backend_retries"] >= 1
    gateway.reloaded(backend=f'"{gone}"')
    with reach(stage, gateway, "plain") as connection:
        assert connection.recv(1) == b""
    record = gateway.refusal(reason="backend-connect")
    assert (record["stage"], record["mode"], record["backend"], record["server"]) == ("connect", "tcp", "app", gone)
    assert gateway.access(reason="backend-connect")["bytes_in"] == 0
    assert gateway.status()["counters"]["tunnels_refused"] == 1


def test_a_tunnel_without_a_byte_ends(stage):
    """After timeouts.tunnel, which every byte puts off."""
    server = stage.backend(echo)
    gateway = stage.gateway(CONFIG, backend=f'"{server.address}"', plain=free_port())
    with reach(stage, gateway, "plain") as connection:
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
        assert connection.recv(1) == b""
    record = gateway.access(listener="plain", reason="idle")
    assert record["ended_by"] == "gateway" and record["duration_us"] >= 400000


@pytest.mark.parametrize("front", ["plain", "bytes"])
def test_a_slow_reader_bounds_memory(stage, front):
    """Hundreds of megabytes wait at the server, not in the gateway; then all of them arrive."""
    size = 256 << 20
    release = threading.Event()

    def pour(connection):
        block = bytes(1 << 20)
        for _ in range(size >> 20):
            connection.sendall(block)
        release.set()

    server = stage.backend(pour)
    gateway = stage.gateway(CONFIG.replace("tunnel: 500ms", "tunnel: 60s"), backend=f'"{server.address}"',
                            plain=free_port())
    with reach(stage, gateway, front) as connection:
        assert connection.recv(1) == b"\x00"
        assert not release.wait(0.5)
        worker = gateway.children()[0]
        before = memory_kib(worker)
        received = 1
        while received < size:
            received += len(connection.recv(1 << 20))
        assert memory_kib(worker) - before < 8192
    assert before < 60000
