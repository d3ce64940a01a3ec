"""A rule can be tried out: it is asked, what it would change stands in the records and is counted, and nobody notices."""
from harness import client
from harness.waiting import until
from harness.world import REQUIRED

RULED = REQUIRED.replace("    routes:\n", "{rules}\n    routes:\n")


def differences(gateway):
    """How often shadow rules would have decided otherwise."""
    return gateway.status()["counters"]["shadow_rule_differences"]


def test_what_it_would_refuse_is_served_and_recorded(world):
    """In the access record: which rule, which line; and counted."""
    gateway = world.gateway(RULED, backend=world.recorder().address,
                            rules="    deny: { name: no bobs, subject.cn: bob, shadow: true }")
    assert client.get_once(gateway.port, world.context(world.issue("bob")), path="/bob")[0] == 200
    assert client.get_once(gateway.port, world.context(world.issue("alice")), path="/alice")[0] == 200
    assert gateway.access(path="/bob")["shadow"] == {
        "would": "refuse", "rule": "no bobs", "config": gateway.place_of("deny: ", "{ name")}
    assert "shadow" not in gateway.access(path="/alice")
    until(lambda: differences(gateway) == 1, 5, "the difference to be counted")


def test_what_it_would_allow_is_refused_and_recorded(world):
    """In the refusal record."""
    gateway = world.gateway(RULED, backend=world.recorder().address,
                            rules="    allow: [ { subject.cn: alice }, { subject.cn: bob, shadow: true } ]")
    assert client.refused_alert(gateway.port, world.context(world.issue("bob"))) == 46
    record = gateway.refusal(reason="policy")
    assert record["shadow"] == {"would": "allow", "config": gateway.place_of(", ", "{ subject.cn: bob")}
    until(lambda: differences(gateway) == 1, 5, "the difference to be counted")


def test_a_first_list_of_who_is_allowed_keeps_nobody_out(world):
    """As long as it is a shadow."""
    gateway = world.gateway(RULED, backend=world.recorder().address,
                            rules="    allow: { subject.cn: alice, shadow: true }")
    assert client.get_once(gateway.port, world.context(world.issue("bob")), path="/bob")[0] == 200
    assert gateway.access(path="/bob")["shadow"]["would"] == "refuse"
