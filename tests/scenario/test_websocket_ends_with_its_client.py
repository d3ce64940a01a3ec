"""A WebSocket keeps the identity that it was opened with: it ends with that at once, outlives reloads that leave host and
trust alone, and is given the time of a drain when the gateway stops."""
import signal

import pytest

from harness import client, websocket
from harness.gateway import command
from harness.world import REQUIRED

AFTER_ANSWER = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", revocation: { close: after_answer } }')


def open_socket(gateway, settings):
    """A WebSocket that works."""
    opened = websocket.Client(client.connect(gateway.port, settings))
    opened.receive()
    assert echoes(opened)
    return opened


def echoes(opened):
    """Whether it still works."""
    opened.send("ping")
    return opened.receive() == "ping"


@pytest.mark.parametrize("config", [REQUIRED, AFTER_ANSWER], ids=["at_once", "after_answer"])
def test_a_revoked_client_loses_it_at_once(world, config):
    """A WebSocket has no end of its own to wait for; those of others go on."""
    gateway = world.gateway(config, backend=world.backend(websocket.echo).address)
    alice, bob = world.issue("alice"), world.issue("bob")
    with open_socket(gateway, world.context(alice)) as hers, open_socket(gateway, world.context(bob)) as his:
        done = command("revoke", alice.fingerprint, "--socket", gateway.socket_path)
        assert done.returncode == 0 and "1 connection closed" in done.stdout, done.stdout + done.stderr
        with pytest.raises(websocket.Ended):
            hers.receive()
        assert echoes(his)
    assert gateway.access(status=101, reason="denied")["identity"]["subject"] == "CN=alice"


def test_a_reload_keeps_it_while_its_host_stands(world):
    """New routes do not touch it; a host with another client authentication ends it within the drain."""
    gateway = world.gateway("drain: 500ms\n" + REQUIRED, backend=world.backend(websocket.echo).address)
    with open_socket(gateway, world.context(world.issue())) as opened:
        gateway.reloaded("drain: 500ms\n" + REQUIRED.replace("      - backend: app\n",
                                                            "      - { path: /other, backend: app }\n"))
        assert echoes(opened)
        gateway.reloaded("drain: 500ms\n" + REQUIRED.replace("mode: required", "mode: required, depth: 1"))
        with pytest.raises(websocket.Ended):
            opened.receive()
    assert gateway.access(status=101)["reason"] == "draining"


def test_stopping_gives_it_the_time_of_a_drain(world):
    """It goes on until then, and is ended."""
    gateway = world.gateway("drain: 1500ms\n" + REQUIRED, backend=world.backend(websocket.echo).address)
    with open_socket(gateway, world.context(world.issue())) as opened:
        gateway.signal(signal.SIGTERM)
        gateway.hear("STOPPING=1")
        assert echoes(opened)
        with pytest.raises(websocket.Ended):
            opened.receive()
    assert gateway.process.wait(20) == 0
