"""A worker that stands still is alive for the kernel and dead for its clients: the supervisor ends it."""
import os
import signal

from harness import client
from harness.waiting import until
from harness.world import REQUIRED


def test_after_twenty_seconds_another_takes_its_place(world):
    """Stopped, not killed; the clients who came to it meanwhile are answered by its successor."""
    gateway = world.gateway("workers: 1\n" + REQUIRED, backend=world.recorder().address)
    hung, made = gateway.children()[0], world.context(world.issue())
    os.kill(hung, signal.SIGSTOP)
    waiting = client.tcp(gateway.port, timeout=60)
    until(lambda: gateway.children() not in ([hung], []), 40, "another worker")
    with made.wrap_socket(waiting, server_hostname="localhost") as connection:
        assert client.get(connection)[0] == 200
    slot = until(lambda: [s for s in gateway.status()["workers"] if s["state"] == "running"], 10, "it to run")[0]
    assert "hung" in slot["last_end"] and slot["restarts"] == 1
