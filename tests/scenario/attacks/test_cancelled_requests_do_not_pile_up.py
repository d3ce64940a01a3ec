"""Rapid reset (CVE-2023-44487): a client that asks and cancels at once loses its connection after `resets` of them, whatever
code it cancels with, and nothing of what it asked for is still under way."""
import threading

import pytest

from harness import client, h2client
from harness.waiting import until
from harness.world import REQUIRED

ALLOWED = 20
CONFIG = REQUIRED.replace("    routes:\n", f"    tls: {{ alpn: [h2] }}\n    http2: {{ resets: {ALLOWED} }}\n    routes:\n")
NO_ERROR, CANCEL = 0, 8


@pytest.mark.parametrize("code", [NO_ERROR, CANCEL])
def test_cancelled_requests_do_not_pile_up(world, code):
    """The server answers nobody before the end of the story."""
    ended = threading.Event()
    world.ended.append(ended.set)
    gateway = world.gateway(CONFIG, backend=world.recorder(lambda request: ended.wait(60) and None).address)

    def in_progress():
        return gateway.status()["counters"]["requests_in_progress"]

    connection = client.connect(gateway.port, world.context(world.issue("alice"), alpn=("h2",)))
    with h2client.Client(connection) as asking:
        for _ in range(ALLOWED):
            asking.give_up(asking.open(path="/held"), code)
        asking.open(path="/last")
        until(lambda: in_progress() == 1, 10, "the end of all requests but one")
        asking.give_up(asking.open(path="/held"), code)
        with pytest.raises(h2client.Refused):
            while True:
                asking.receive()
    assert gateway.refusal(reason="http2-resets")["identity"]["subject"] == "CN=alice"
    until(lambda: in_progress() == 0, 10, "the end of all requests")
