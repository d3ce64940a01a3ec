"""Reloads while clients ask: a new certificate, a new route, a broken file in between. No request fails."""
import signal
import ssl
import threading

import pytest

from harness import client, handdriven, pki
from harness.backend import answer
from harness.gateway import free_port
from harness.load import Load
from harness.world import REQUIRED

ROUTED = REQUIRED.replace("      - backend: app\nbackends:", "      - { path: /new, backend: other }\n"
                          "      - backend: app\nbackends:\n  other:\n    servers: [ \"{other}\" ]")


@pytest.fixture(scope="module")
def scene(stage):
    """Two workers; a second backend that the first configuration does not know."""
    backend, other = stage.recorder(), stage.recorder(lambda request: answer(b"new"))
    gateway = stage.gateway("workers: 2\n" + REQUIRED, backend=backend.address, other=other.address)
    return gateway, stage.context(stage.issue())


def served_certificate(gateway, made):
    """The certificate that the gateway shows."""
    with client.connect(gateway.port, made) as connection:
        return connection.getpeercert(binary_form=True)


def test_everything_changes_and_nobody_notices(stage, scene):
    """Keep-alive connections go over to the new configuration, too."""
    gateway, made = scene
    renewed = stage.servers_ca.issue("localhost", "server", names=["localhost"])
    with Load(gateway.port, made) as load, client.connect(gateway.port, made) as kept:
        assert client.get(kept, "/new")[2] == b"ok"
        load.until_answered(100)
        gateway.reloaded("workers: 2\n" + ROUTED)
        load.until_answered(50)
        assert client.get(kept, "/new")[2] == b"new"
        refused = gateway.reload("workers: 2\n" + REQUIRED + "nonsense: true\n")
        assert refused.returncode == 1
        load.until_answered(50)
        assert client.get(kept, "/new")[2] == b"new"
        gateway.reloaded("workers: 2\n" + ROUTED, server=renewed.path, server_key=renewed.key_path)
        load.until_answered(50)
        assert served_certificate(gateway, made) == renewed.der
        gateway.reloaded("workers: 2\n" + REQUIRED)
        load.until_answered(50)
        assert client.get(kept, "/new")[2] == b"ok"
    assert not load.failures


def test_many_reloads_in_a_row(scene):
    """Ten, while everything goes on; the generation counts them, the workers stay."""
    gateway, made = scene
    gateway.reloaded("workers: 2\n" + REQUIRED)
    workers, generation = gateway.children(), gateway.status()["generation"]
    with Load(gateway.port, made) as load:
        for _ in range(10):
            gateway.reloaded()
        load.until_answered(50)
    assert not load.failures
    assert gateway.children() == workers
    assert gateway.status()["generation"] == generation + 10


def test_a_signal_reloads_as_well(stage, scene):
    """SIGHUP; systemd is told of the beginning and the end."""
    gateway, made = scene
    renewed = stage.servers_ca.issue("localhost", "server", names=["localhost"])
    gateway.reloaded("workers: 2\n" + REQUIRED)
    gateway.configure("workers: 2\n" + REQUIRED, server=renewed.path, server_key=renewed.key_path)
    gateway.forget()
    gateway.signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in gateway.hear("RELOADING=1")
    gateway.hear("READY=1")
    assert served_certificate(gateway, made) == renewed.der


def test_a_request_in_progress_is_answered_by_what_it_began_with(stage):
    """The route is taken away while the backend thinks; the answer comes all the same."""
    asked, may_answer = threading.Event(), threading.Event()

    def slow(request):
        asked.set()
        may_answer.wait(20)
        return answer(b"slow")
    gateway = stage.gateway(ROUTED, backend=stage.recorder().address, other=stage.recorder(slow).address)
    made = stage.context(stage.issue())
    with client.connect(gateway.port, made) as connection:
        connection.sendall(client.request_bytes("/new"))
        assert asked.wait(10)
        gateway.reloaded(REQUIRED)
        may_answer.set()
        assert client.read_answer(connection)[2] == b"slow"
        assert client.get(connection, "/new")[2] == b"ok"


def test_a_listener_comes_and_goes(stage):
    """A second address is opened by a reload, and closed by another."""
    gateway = stage.gateway(backend=stage.recorder().address)
    made, second = stage.context(stage.issue()), free_port()
    both = f'bind: [ "127.0.0.1:{{port}}", "127.0.0.1:{second}" ]'
    gateway.reloaded(REQUIRED.replace("bind: 127.0.0.1:{port}", both))
    assert client.get_once(second, made)[0] == 200
    gateway.reloaded(REQUIRED)
    with pytest.raises(ConnectionRefusedError):
        client.connect(second, made)
    assert client.get_once(gateway.port, made)[0] == 200


def test_a_handshake_that_began_under_another_trust_is_not_let_in(stage):
    """Good when it began, and no longer when it ended; with the same trust it goes through."""
    backend = stage.recorder()
    gateway = stage.gateway(backend=backend.address)

    def reloading(values):
        def change(flight, data):
            if flight == 1:
                gateway.reloaded(REQUIRED, **values)
            return [data]
        return change
    made = stage.context(stage.issue())
    with handdriven.Connection(gateway.port, made, reloading({})) as connection:
        assert connection.handshake().get() == 200
    before = len(backend.requests)
    other = pki.Authority(stage.folder, "New clients CA").path
    with handdriven.Connection(gateway.port, made, reloading({"clients": other})) as connection:
        with pytest.raises((OSError, IndexError)):
            connection.handshake().get()
    assert len(backend.requests) == before
    assert gateway.refusal(stage="handshake")["reason"] == "draining"


def test_connections_whose_trust_is_gone_answer_nothing_more(stage):
    """An idle one ends; its next request is not answered by the backend."""
    backend = stage.recorder()
    gateway = stage.gateway(backend=backend.address)
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        assert client.get(connection)[0] == 200
        gateway.reloaded(clients=pki.Authority(stage.folder, "New clients CA").path)
        before = len(backend.requests)
        try:
            status = client.get(connection)[0]
            assert status in (408, 503)
        except (ConnectionError, ssl.SSLError):
            pass
        assert len(backend.requests) == before
