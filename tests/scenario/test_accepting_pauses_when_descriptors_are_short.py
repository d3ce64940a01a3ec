"""When a worker has hardly any descriptors left, those who are served go on being served, idle ones make room, others
wait; and when there is room again everybody is served."""
import pathlib
import resource
import socket

import pytest

from harness import client
from harness.load import Load
from harness.waiting import until
from harness.world import REQUIRED

LIMIT = 80


def scarce(world):
    """A gateway whose one worker may have few descriptors open, and a client's settings."""
    limits = f"workers: 1\nlimits: {{ handshakes: 0, descriptors: {LIMIT} }}\n"
    gateway = world.gateway(limits + REQUIRED, backend=world.recorder().address)
    assert f"Max open files            {LIMIT} " in pathlib.Path(f"/proc/{gateway.children()[0]}/limits").read_text()
    return gateway, world.context(world.issue())


@pytest.fixture(autouse=True)
def own_descriptors():
    """The clients of these stories need a thousand and more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] < 4096:
        pytest.skip("this user may not open 4,096 files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(4096, before[0]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def counter(gateway, name):
    """One counter of `status`."""
    return gateway.status()["counters"][name]


def test_idle_connections_make_room(world):
    """More clients than there could be descriptors stay connected after their answer: all of them are answered, and
    a busy connection never fails."""
    gateway, made = scarce(world)
    with Load(gateway.port, made, kept=2, fresh=0) as load:
        load.until_answered(10)
        held = []
        for _ in range(LIMIT + LIMIT // 4):
            held.append(client.connect(gateway.port, made, nagle=False))
            assert client.get(held[-1])[0] == 200
        load.until_answered(10)
    assert not load.failures
    assert gateway.refusal(reason="idle-closed-early")["stage"] == "session"
    assert counter(gateway, "connections") < LIMIT
    for connection in held:
        connection.close()


def test_a_thousand_who_say_nothing(world):
    """Accepting pauses, with a record; the busy go on; whoever comes gets through, since the slow make room; at the end
    nobody is left."""
    gateway, made = scarce(world)
    with Load(gateway.port, made, kept=2, fresh=0) as load:
        load.until_answered(10)
        silent = []
        for _ in range(1000):
            silent.append(socket.socket())
            silent[-1].setblocking(False)
            silent[-1].connect_ex(("127.0.0.1", gateway.port))
        record = gateway.refusal(reason="accept-paused-descriptors")
        assert record["stage"] == "accept" and " descriptors in use, of " in record["detail"]
        load.until_answered(10)
        assert gateway.refusal(reason="handshake-given-up")["stage"] == "client_hello"
        for connection in silent:
            connection.close()
        assert client.get_once(gateway.port, made, timeout=60)[0] == 200
        load.until_answered(10)
    assert not load.failures
    until(lambda: counter(gateway, "connections") == 0, 20, "all to be gone")
    until(lambda: counter(gateway, "accept_paused") == 0, 10, "accepting to go on")
    assert counter(gateway, "accept_pauses") >= 1
