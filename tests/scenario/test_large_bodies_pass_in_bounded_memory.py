"""64 MB in each direction, with a slow reader and a slow writer: all of it arrives, and the worker stays small."""
import hashlib
import threading

import pytest

from harness import client
from harness.backend import read_head
from harness.gateway import memory_kib

PIECE = bytes(range(256)) * 256
PIECES = 1024
SIZE = len(PIECE) * PIECES
WHOLE = hashlib.sha256(PIECE * PIECES).hexdigest()
ROOM_KIB = 8192


class Half:
    """A backend that sends and takes large bodies. `gate` holds its reading back in the middle until it is opened."""

    def __init__(self):
        self.gate = threading.Event()
        self.taken = ""

    def __call__(self, connection):
        reader = connection.makefile("rb")
        while (head := read_head(reader)) is not None:
            if head.startswith(b"POST"):
                self._take(reader, slowly=b"/slow" in head)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            else:
                self._give(connection, chunked=b"/chunked" in head)

    def _take(self, reader, slowly):
        hashed, left = hashlib.sha256(), SIZE
        while left > 0:
            if slowly and left < SIZE // 2:
                self.gate.wait(60)
            data = reader.read(min(left, 65536))
            hashed.update(data)
            left -= len(data)
        self.taken = hashed.hexdigest()

    @staticmethod
    def _give(connection, chunked):
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {SIZE}"
        connection.sendall(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        for _ in range(PIECES):
            connection.sendall(b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
        if chunked:
            connection.sendall(b"0\r\n\r\n")


class Scene:
    """The gateway, its one worker, the backend, and a client."""

    def __init__(self, stage):
        self.backend = Half()
        self.gateway = stage.gateway(backend=stage.backend(self.backend).address)
        self.made = stage.context(stage.issue())
        self.worker = self.gateway.children()[0]

    def connect(self):
        """A client's connection."""
        return client.connect(self.gateway.port, self.made, timeout=60)

    def grown(self, before):
        """By how much the worker has grown since."""
        return memory_kib(self.worker) - before


@pytest.fixture(scope="module")
def scene(stage):
    """The scene of this file, warmed up."""
    made = Scene(stage)
    with made.connect() as connection:
        client.ask(connection, client.request_bytes("/"))
    return made


def upload(connection, path):
    """Sends the whole body and reads the answer."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {SIZE}\r\n\r\n"
    connection.sendall(head.encode())
    for _ in range(PIECES):
        connection.sendall(PIECE)
    return client.read_answer(connection)[0]


@pytest.mark.parametrize("path", ["/", "/chunked"])
def test_a_large_answer(scene, path):
    """As fast as the client reads."""
    before = memory_kib(scene.worker)
    with scene.connect() as connection:
        status, _, body = client.ask(connection, client.request_bytes(path))
    assert (status, hashlib.sha256(body).hexdigest()) == (200, WHOLE)
    assert scene.grown(before) < ROOM_KIB


def test_a_large_request(scene):
    """As fast as the backend reads."""
    before = memory_kib(scene.worker)
    with scene.connect() as connection:
        assert upload(connection, "/") == 200
    assert scene.backend.taken == WHOLE
    assert scene.grown(before) < ROOM_KIB


def test_a_client_that_stops_reading_holds_nobody(scene):
    """The rest waits at the backend, not in the worker; others are served; then it goes on."""
    before = memory_kib(scene.worker)
    with scene.connect() as slow:
        slow.sendall(client.request_bytes("/"))
        reader = slow.makefile("rb", buffering=0)
        assert client.read_head(reader)[0] == 200
        hashed = hashlib.sha256(client.read_exactly(reader, 100000))
        with scene.connect() as other:
            status, _, body = client.ask(other, client.request_bytes("/"))
            assert (status, len(body)) == (200, SIZE)
        assert scene.grown(before) < ROOM_KIB
        hashed.update(client.read_exactly(reader, SIZE - 100000))
    assert hashed.hexdigest() == WHOLE


def test_a_backend_that_stops_reading_holds_nobody(scene):
    """The rest waits at the client."""
    before, result = memory_kib(scene.worker), []
    scene.backend.gate.clear()

    def slowly():
        with scene.connect() as connection:
            result.append(upload(connection, "/slow"))
    thread = threading.Thread(target=slowly)
    thread.start()
    with scene.connect() as other:
        assert client.ask(other, client.request_bytes("/"))[0] == 200
    assert scene.grown(before) < ROOM_KIB and not result
    scene.backend.gate.set()
    thread.join(60)
    assert result == [200] and scene.backend.taken == WHOLE
