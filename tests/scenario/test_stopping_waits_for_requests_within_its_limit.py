"""SIGTERM: nothing new is taken, what is in progress is answered, up to the limit; a second one ends at once."""
import os
import signal
import socket
import threading
import time

import pytest

from harness import client
from harness.waiting import until
from harness.world import REQUIRED


class Slow:
    """A backend that answers when it is told to."""

    def __init__(self):
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, request):
        self.asked.set()
        self.may_answer.wait(30)
        return b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"


def begin(world, drain, **options):
    """A gateway with a request in progress. `options` are those of Popen."""
    slow = Slow()
    gateway = world.prepared(f"drain: {drain}\n" + REQUIRED, backend=world.recorder(slow).address)
    gateway.start(**options)
    made = world.context(world.issue())
    connection = client.connect(gateway.port, made)
    connection.sendall(client.request_bytes())
    assert slow.asked.wait(20)
    return gateway, made, slow, connection


def refuses(port):
    """Whether nobody listens any more."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_slow_request_is_answered(world):
    """And its connection closed with the answer; new and idle ones are not served meanwhile."""
    gateway, made, slow, busy = begin(world, "20s")
    idle = client.connect(gateway.port, made)
    gateway.signal(signal.SIGTERM)
    gateway.hear("STOPPING=1")
    until(lambda: refuses(gateway.port), 10, "the listener to close")
    with idle, pytest.raises((OSError, ConnectionError)):
        client.get(idle)
    assert gateway.process.poll() is None
    slow.may_answer.set()
    with busy:
        status, fields, body = client.read_answer(busy)
        assert (status, fields.get("connection"), body) == (200, "close", b"late")
    assert gateway.process.wait(10) == 0
    assert gateway.access(status=200)


def test_the_limit_ends_it(world):
    """A backend that never answers does not hold the gateway."""
    gateway, _, _, busy = begin(world, "1s")
    began = time.monotonic()
    gateway.signal(signal.SIGTERM)
    gateway.process.wait(15)
    assert 0.9 < time.monotonic() - began < 8
    with busy, pytest.raises(OSError):
        client.read_answer(busy)


def test_a_second_signal_ends_at_once(world):
    """The operator has no patience left."""
    gateway, _, _, busy = begin(world, "60s")
    gateway.signal(signal.SIGTERM)
    gateway.hear("STOPPING=1")
    began = time.monotonic()
    gateway.signal(signal.SIGTERM)
    gateway.process.wait(15)
    assert time.monotonic() - began < 6
    busy.close()


def test_an_idle_gateway_ends_at_once(world):
    """Connections that wait for nothing are closed in order: with a close_notify."""
    gateway = world.gateway("drain: 60s\n" + REQUIRED, backend=world.recorder().address)
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        assert client.get(connection)[0] == 200
        began = time.monotonic()
        gateway.signal(signal.SIGTERM)
        assert connection.recv(1) == b""
        assert gateway.process.wait(20) == 0
    assert time.monotonic() - began < 8
    assert not (gateway.socket_path).exists()


def test_an_interrupt_is_the_same(world):
    """Ctrl-C in a terminal."""
    gateway = world.gateway(backend=world.recorder().address)
    gateway.signal(signal.SIGINT)
    assert gateway.process.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_processes_is_the_same(world, number):
    """A terminal sends Ctrl-C, and systemd SIGTERM, to every process of the gateway: only the supervisor follows."""
    gateway, _, slow, busy = begin(world, "20s", start_new_session=True)
    os.killpg(gateway.process.pid, number)
    gateway.hear("STOPPING=1")
    slow.may_answer.set()
    with busy:
        assert client.read_answer(busy)[0] == 200
    assert gateway.process.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1])
def test_other_signals_to_all_processes_end_none(world, number):
    """A reload or a rotation of logs may be told to all of them, too."""
    gateway, _, slow, busy = begin(world, "20s", start_new_session=True)
    before = gateway.children(), gateway.children("control")
    os.killpg(gateway.process.pid, number)
    slow.may_answer.set()
    with busy:
        assert client.read_answer(busy)[0] == 200
    assert (gateway.children(), gateway.children("control")) == before
