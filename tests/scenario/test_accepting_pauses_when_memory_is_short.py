"""When a worker has as much memory as limits.memory allows, it accepts nobody until there is room again, and idle
connections make room."""
import pytest

from harness import client
from harness.gateway import SANITIZED
from harness.waiting import until
from harness.world import REQUIRED


@pytest.mark.skipif(SANITIZED, reason="what a sanitizer allocates is not counted")
def test_memory_is_made_room_in(world):
    """Idle clients come until it is too much; those who are idle longest leave, and all who come are answered."""
    gateway = world.gateway("workers: 1\nlimits: { memory: 5MB }\n" + REQUIRED, backend=world.recorder().address)
    made = world.context(world.issue())
    held = []
    while len(held) < 1000 and gateway.status()["counters"]["accept_pauses"] == 0:
        for _ in range(50):
            held.append(client.connect(gateway.port, made, nagle=False))
            assert client.get(held[-1])[0] == 200
    record = gateway.refusal(reason="accept-paused-memory")
    assert record["stage"] == "accept" and " bytes in use, of " in record["detail"]
    assert gateway.refusal(reason="idle-closed-early")
    assert client.get_once(gateway.port, made, timeout=60)[0] == 200
    for connection in held:
        connection.close()
    until(lambda: gateway.status()["counters"]["accept_paused"] == 0, 20, "accepting to go on")
