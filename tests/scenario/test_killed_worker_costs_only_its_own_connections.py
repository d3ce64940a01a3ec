"""kill -9 of a worker under load: its connections end, the others do not notice, and new ones go on."""
import os
import signal

import pytest

from harness import client
from harness.load import Load
from harness.waiting import until
from harness.world import REQUIRED


@pytest.fixture(scope="module")
def gateway(stage):
    """Two workers."""
    return stage.gateway("workers: 2\n" + REQUIRED, backend=stage.recorder().address)


def connected(gateway, made, count):
    """So many connections that have been answered once."""
    made_ones = [client.connect(gateway.port, made) for _ in range(count)]
    for connection in made_ones:
        assert client.get(connection)[0] == 200
    return made_ones


def lives(connection):
    """Whether a connection still answers."""
    try:
        return client.get(connection)[0] == 200
    except (OSError, ConnectionError):
        return False


def test_the_other_workers_connections_live_on(stage, gateway):
    """Of sixteen connections those of one worker die, and those of the other are answered as if nothing were."""
    made = stage.context(stage.issue())
    connections = connected(gateway, made, 16)
    slots = {slot["pid"]: slot for slot in gateway.status()["workers"]}
    assert sorted(slots) == sorted(gateway.children())
    victim = gateway.children()[0]
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(gateway.children()) == 2 and victim not in gateway.children(), 20, "another worker")
    alive = sum(lives(connection) for connection in connections)
    assert 0 < alive < 16
    for connection in connections:
        connection.close()


def test_under_load_only_one_connection_of_each_client_fails(stage, gateway):
    """Each keep-alive client loses at most the connection it had; nobody who connects later is refused."""
    with Load(gateway.port, stage.context(stage.issue()), kept=4, fresh=3) as load:
        load.until_answered(200)
        assert not load.failures
        victim = gateway.children()[-1]
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(gateway.children()) == 2 and victim not in gateway.children(), 20, "another worker")
        load.until_answered(20)
        failed = len(load.failures)
        load.until_answered(300)
        assert len(load.failures) == failed, load.failures
    assert failed <= 7, load.failures


def test_status_tells_of_the_restart_and_its_cause(gateway):
    """Which slot, how often, and how the last one ended."""
    victim = gateway.children()[0]
    restarts = {slot["number"]: slot["restarts"] for slot in gateway.status()["workers"]}
    os.kill(victim, signal.SIGKILL)

    def restarted():
        changed = [slot for slot in gateway.status()["workers"] if slot["restarts"] > restarts[slot["number"]]]
        return changed and changed[0]["state"] == "running" and changed[0]
    slot = until(restarted, 20, "the status to show the restart")
    assert slot["pid"] != victim
    assert "signal 9" in slot["last_end"] or "SIGKILL" in slot["last_end"] or "Killed" in slot["last_end"]


def test_the_control_process_comes_back_as_well(stage, gateway):
    """Requests go on without it, and status answers again."""
    control = gateway.children("control")
    assert len(control) == 1
    os.kill(control[0], signal.SIGKILL)
    assert client.get_once(gateway.port, stage.context(stage.issue()))[0] == 200
    until(lambda: gateway.children("control") not in ([], control), 20, "another control process")
    assert len(gateway.status()["workers"]) == 2
    assert client.get_once(gateway.port, stage.context(stage.issue()), path="/after")[0] == 200
    assert gateway.access(path="/after")["status"] == 200


@pytest.mark.parametrize("version", client.VERSIONS)
def test_tickets_survive_their_worker(stage, gateway, version):
    """The keys are the supervisor's: any worker, also a new one, resumes."""
    made = stage.context(stage.issue(), version)
    with client.connect(gateway.port, made) as connection:
        assert client.get(connection)[0] == 200
        session = client.session_of(connection)
    before = gateway.children()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(gateway.children()) == 2 and not set(before) & set(gateway.children()), 30, "two new workers")
    for _ in range(6):
        with client.connect(gateway.port, made, session=session) as connection:
            assert client.get(connection)[0] == 200
            assert connection.session_reused
            session = client.session_of(connection)
