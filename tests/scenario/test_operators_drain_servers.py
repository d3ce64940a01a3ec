"""`sallyport drain` gives a server nothing new and breaks nothing that is in progress there; `enable` brings it back."""
import os
import signal
import threading

import pytest

from harness import client
from harness.backend import answer
from harness.gateway import command
from harness.load import Load
from harness.named import balanced, named, who_answers, written
from harness.waiting import until


def say(gateway, verb, name):
    """The command, to its end."""
    return command(verb, name, "--socket", gateway.socket_path)


def said(gateway, verb, name):
    """The command, which has to succeed; what it printed."""
    done = say(gateway, verb, name)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answering(gateway, made, connections=8):
    """Who answers, over connections enough to reach every worker."""
    names = set()
    for _ in range(connections):
        with client.connect(gateway.port, made) as connection:
            names |= set(who_answers(connection, 4))
    return "".join(sorted(names))


@pytest.fixture(name="scene")
def of_two_workers(stage):
    """Two workers, two servers."""
    servers = named(stage, "ab")
    config = "workers: 2\n" + balanced(written(servers))
    return stage.gateway(config), stage.context(stage.issue()), servers, config


def test_under_load_nobody_notices(stage):
    """Out and in again, twice; once it has nothing left it gets no request, and no request fails."""
    servers = {name: stage.recorder(lambda request: answer(b"ok")) for name in "ab"}
    gateway = stage.gateway("workers: 2\n" + balanced(written(servers)))
    with Load(gateway.port, stage.context(stage.issue())) as load:
        for _ in range(2):
            load.until_answered(40)
            assert said(gateway, "drain", "app/a").startswith("app/a is drained; in progress there: ")
            until(lambda: said(gateway, "drain", "app/a") == "app/a is drained; in progress there: 0\n", 20, "the rest")
            before = len(servers["a"].requests)
            load.until_answered(100)
            assert len(servers["a"].requests) == before
            assert said(gateway, "enable", "app/a").startswith("app/a is enabled; ")
            until(lambda before=before: len(servers["a"].requests) > before, 20, "the server to be asked again")
    assert not load.failures


def test_what_is_in_progress_is_counted_and_finishes(stage):
    """A request that the server still works on: it is told of, and answered."""
    go_on = threading.Event()
    came = threading.Event()

    def slow(_):
        came.set()
        go_on.wait(30)
        return answer(b"s")
    servers = {"s": stage.recorder(slow), **named(stage, "q")}
    gateway = stage.gateway("workers: 2\n" + balanced(written(servers, q="backup: true")))
    made = stage.context(stage.issue())
    try:
        with client.connect(gateway.port, made) as waiting:
            waiting.sendall(client.request_bytes("/"))
            assert came.wait(20)
            assert said(gateway, "drain", "app/s") == "app/s is drained; in progress there: 1\n"
            assert answering(gateway, made, 4) == "q"
            go_on.set()
            assert client.read_answer(waiting)[2] == b"s"
            assert said(gateway, "drain", "app/s") == "app/s is drained; in progress there: 0\n"
    finally:
        go_on.set()


def test_it_outlives_reloads_workers_and_the_control_process(scene):
    """Also a reload that takes the server out and one that brings it back; each new worker knows it at once."""
    gateway, made, servers, config = scene
    said(gateway, "drain", "app/a")
    assert answering(gateway, made) == "b"
    gateway.reloaded(config + "# other\n")
    assert answering(gateway, made) == "b"
    gateway.reloaded("workers: 2\n" + balanced(written({"b": servers["b"]})))
    gateway.reloaded(config)
    assert answering(gateway, made) == "b"
    control = gateway.children("control")
    os.kill(control[0], signal.SIGKILL)
    until(lambda: gateway.children("control") not in ([], control), 20, "another control process")
    before = gateway.children()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(gateway.children()) == 2 and not set(before) & set(gateway.children()), 30, "two new workers")
    assert answering(gateway, made) == "b"
    assert said(gateway, "enable", "app/a").startswith("app/a is enabled; ")
    assert answering(gateway, made) == "ab"


@pytest.mark.parametrize("verb", ["drain", "enable"])
def test_an_unknown_name_is_an_error(scene, verb):
    """Of a server or a backend: exit 1, and nothing is kept of it. What is no name at all is exit 2."""
    gateway, made, _, _ = scene
    for name in ("app/nobody", "nobody/a", "app/a/b"):
        done = say(gateway, verb, name)
        assert done.returncode == 1 and "There is no such server" in done.stderr and done.stdout == ""
        assert say(gateway, verb, name).returncode == 1
    for name in ("app", "/a", "app/"):
        assert say(gateway, verb, name).returncode == 2
    assert answering(gateway, made) == "ab"


def test_a_server_without_a_name_goes_by_its_address(stage):
    """All of a backend's servers drained is 503, as if they were down."""
    backend = stage.recorder()
    gateway = stage.gateway(backend=backend.address)
    said(gateway, "drain", f"app/{backend.address}")
    made = stage.context(stage.issue())
    assert client.get_once(gateway.port, made)[0] == 503
    said(gateway, "enable", f"app/{backend.address}")
    assert client.get_once(gateway.port, made)[0] == 200
