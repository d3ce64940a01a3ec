"""Rules are in force at once: a reload that forbids a client closes its connections, and only those; tickets do not
help."""
import pytest

from harness import client
from harness.world import REQUIRED

RULED = REQUIRED.replace("    routes:\n", "{rules}\n    routes:\n")


@pytest.mark.parametrize("version", client.VERSIONS)
def test_only_the_forbidden_lose_their_connections(world, version):
    """Recorded with the line of the rule; the other connection goes on."""
    gateway = world.gateway(RULED, backend=world.recorder().address, rules="")
    alice, bob = (world.context(world.issue(name), version) for name in ("alice", "bob"))
    with client.connect(gateway.port, alice) as of_alice, client.connect(gateway.port, bob) as of_bob:
        assert client.get(of_alice)[0] == 200 and client.get(of_bob)[0] == 200
        session = client.session_of(of_bob)
        gateway.reloaded(rules="    deny: { name: bob left, subject.cn: bob }")
        assert of_bob.recv(1) == b""
        assert client.get(of_alice)[0] == 200
    record = gateway.refusal(reason="policy", stage="session")
    assert record["rule"] == "bob left" and record["config"] == gateway.place_of("deny: ", "{ name")
    assert client.refused_alert(gateway.port, bob, session=session) == 46


def test_rules_about_requests_hold_from_the_next_request_on(world):
    """The connection stays: other requests are still served on it."""
    gateway = world.gateway(RULED, backend=world.recorder().address, rules="")
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        assert client.get(connection, path="/a")[0] == 200
        gateway.reloaded(rules="    deny: { path: /a }")
        assert client.get(connection, path="/a")[0] == 403
        assert client.get(connection, path="/b")[0] == 200
