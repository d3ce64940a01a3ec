"""What a backend says beyond its answer is not taken for the answer to the next request, which may be another client's.

Response queue poisoning: one answer too many, and from then on every client gets the one before his."""
import threading

import pytest

from harness import client
from harness.backend import answer, read_head
from harness.waiting import until

EVIL = answer(b"evil", fields="X-Evil: yes\r\n")

# What the backend sends for /attack, and by which method it is asked.
TOO_MUCH = {
    "a second answer": (answer(b"first") + EVIL, "GET"),
    "a body that is longer than its length": (answer(b"first") + b"more", "GET"),
    "a body in the answer to HEAD": (answer(b"first") + EVIL, "HEAD"),
    "a body behind 204": (b"HTTP/1.1 204 No Content\r\n\r\n" + EVIL, "GET"),
    "a body behind 304": (b"HTTP/1.1 304 Not Modified\r\n\r\n" + EVIL, "GET"),
    "an answer behind the last chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + EVIL, "GET"),
    "an answer behind an empty body": (answer(b"") + EVIL, "GET"),
}


class Talkative:
    """Answers /attack with what it was given, later with `late` as well; everything else with its own target."""

    def __init__(self):
        self.given = b""
        self.late = None
        self.connection = None

    def __call__(self, connection):
        reader = connection.makefile("rb")
        while (head := read_head(reader)) is not None:
            self.connection = connection
            target = head.split(b" ", 2)[1]
            connection.sendall(self.given if target == b"/attack" else answer(target))
            if target == b"/attack" and self.late:
                self.late.wait(5)
                connection.sendall(EVIL)


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway in front of it, and two clients."""
    backend = Talkative()
    gateway = stage.gateway(backend=stage.backend(backend).address)
    return gateway, backend, stage.context(stage.issue("mallory")), stage.context(stage.issue("alice"))


def assert_served_right(gateway, made):
    """Ten requests, ten answers of their own."""
    with client.connect(gateway.port, made) as connection:
        for number in range(10):
            status, fields, body = client.get(connection, f"/{number}")
            assert (status, body) == (200, f"/{number}".encode()) and "x-evil" not in fields


@pytest.mark.parametrize("name", TOO_MUCH)
def test_at_once(scene, name):
    """In the same packet; the client that asked gets nothing of it either."""
    gateway, backend, mallory, alice = scene
    backend.given, method = TOO_MUCH[name]
    backend.late = None
    with client.connect(gateway.port, mallory) as connection:
        _, fields, body = client.ask(connection, client.request_bytes("/attack", method=method), method)
        assert "x-evil" not in fields and body in (b"first", b"")
        assert client.get(connection, "/own")[2] == b"/own"
    assert_served_right(gateway, alice)


def test_later(scene):
    """While the connection waits for its next use: it is closed."""
    gateway, backend, mallory, alice = scene
    backend.given, backend.late = answer(b"first"), threading.Event()
    with client.connect(gateway.port, mallory) as connection:
        assert client.get(connection, "/attack")[2] == b"first"
        asked = backend.connection
        backend.late.set()
        until(lambda: asked.fileno() < 0, 10, "the gateway to close the connection")
        assert_served_right(gateway, alice)
        assert client.get(connection, "/own")[2] == b"/own"
