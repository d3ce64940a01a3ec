"""Who is revoked is refused by the first look at him: as the first client after the start, as the first of a worker that took
the place of another, and as the first after a reload. CVE-2022-41316 (lists were loaded after the first request)."""
import os
import signal

import pytest

from harness import client, crl
from harness.waiting import until
from harness.world import REQUIRED

LISTED = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", revocation: { lists: "{list}" } }')


@pytest.fixture
def scene(world):
    """A gateway that nobody has come to yet, the one whom its list names, and the list."""
    revoked = world.issue("revoked")
    path = crl.write(world.clients_ca, [revoked])
    backend = world.recorder()
    return world.gateway(LISTED, backend=backend.address, list=path), world.context(revoked), path, backend


def test_the_first_after_the_start(scene):
    """Nobody else came before."""
    gateway, settings, _, backend = scene
    assert client.refused_alert(gateway.port, settings) == 44
    assert not backend.requests


def test_the_first_of_a_new_worker(world, scene):
    """It has the list before it accepts."""
    gateway, settings, _, backend = scene
    worker = gateway.children()[0]
    os.kill(worker, signal.SIGKILL)
    until(lambda: worker not in gateway.children() and gateway.children(), 20, "another worker")
    assert client.refused_alert(gateway.port, settings) == 44
    assert not backend.requests
    assert client.get_once(gateway.port, world.context(world.issue()))[0] == 200


def test_the_first_after_a_reload(world, scene):
    """The command comes back when the new list counts."""
    gateway, _, path, backend = scene
    late = world.issue("late")
    settings = world.context(late)
    assert client.get_once(gateway.port, settings)[0] == 200
    for number in range(2, 6):
        crl.write(world.clients_ca, [] if number % 2 else [late], path=path, number=number)
        gateway.reloaded()
        served = len(backend.requests)
        if number % 2:
            assert client.get_once(gateway.port, settings)[0] == 200
        else:
            assert client.refused_alert(gateway.port, settings) == 44
            assert len(backend.requests) == served
