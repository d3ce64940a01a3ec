"""Who is in the list gets certificate_revoked and a record; everybody else is served; the rules decide about the rest."""
import pytest

from harness import client, crl, pki
from harness.world import REQUIRED

LISTED = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", revocation: {{ lists: ["{list}"] {rules} }} }}'
                          .replace("{{", "{").replace("}}", "}"))


def listed(world, path, rules="", **values):
    """A gateway that looks clients up in the list at `path`."""
    return world.gateway(LISTED, backend=world.recorder().address, list=path, rules=rules, **values)


@pytest.mark.parametrize("pem", [True, False], ids=["PEM", "DER"])
@pytest.mark.parametrize("version", client.VERSIONS)
def test_revoked_gets_its_alert_and_record_others_are_served(world, version, pem):
    """Alert 44, reason certificate-revoked."""
    revoked, good = world.issue("revoked"), world.issue("good")
    gateway = listed(world, crl.write(world.clients_ca, [revoked], pem=pem))
    assert client.get_once(gateway.port, world.context(good, version))[0] == 200
    assert client.refused_alert(gateway.port, world.context(revoked, version)) == 44
    record = gateway.refusal(reason="certificate-revoked", stage="handshake")
    assert record["presented"]["fingerprint_sha256"] == revoked.fingerprint
    assert record["alert"] == 44 and record["depth"] == 0


def test_hold_is_told_apart(world):
    """Reason certificate-on-hold."""
    held = world.issue("held")
    gateway = listed(world, crl.write(world.clients_ca, [held], reason=crl.HOLD))
    assert client.refused_alert(gateway.port, world.context(held)) == 44
    gateway.refusal(reason="certificate-on-hold")


def intermediate_world(world):
    """An intermediate, and a client under it."""
    middle = pki.Authority(world.folder, "Middle", world.clients_ca)
    return middle, middle.issue("under the middle")


def test_a_revoked_intermediate_refuses_what_it_issued(world):
    """Depth 1, and which certificate it is."""
    middle, leaf = intermediate_world(world)
    gateway = listed(world, crl.write(world.clients_ca, [middle.certificate]))
    assert client.refused_alert(gateway.port, world.context(leaf)) == 44
    record = gateway.refusal(reason="certificate-revoked")
    assert record["depth"] == 1 and record["failed"]["fingerprint_sha256"] == middle.certificate.fingerprint


def test_no_list_of_an_issuer_refuses_unless_allowed(world):
    """certificate_unknown; with `missing: allow` it passes."""
    _, leaf = intermediate_world(world)
    path = crl.write(world.clients_ca)
    gateway = listed(world, path)
    assert client.refused_alert(gateway.port, world.context(leaf)) == 46
    gateway.refusal(reason="revocation-list-missing")
    gateway.reloaded(rules=", missing: allow")
    assert client.get_once(gateway.port, world.context(leaf))[0] == 200


def test_an_intermediate_s_list_needs_the_intermediate(world):
    """Its certificate is named by `issuers`; without it, the list is refused at load."""
    middle, leaf = intermediate_world(world)
    spared = middle.issue("spared")
    both = world.folder / "both.crl"
    both.write_bytes(crl.write(world.clients_ca).read_bytes() + crl.write(middle, [leaf]).read_bytes())
    refused = world.prepared(LISTED, backend=world.recorder().address, list=both, rules="")
    assert "no certificate of its issuer is known" in refused.refuse_to_start()
    gateway = listed(world, both, rules=f', issuers: "{middle.path}"')
    assert client.refused_alert(gateway.port, world.context(leaf)) == 44
    assert client.get_once(gateway.port, world.context(spared))[0] == 200


def test_leaf_scope_asks_only_about_the_leaf(world):
    """The intermediate's own list is enough then."""
    middle, leaf = intermediate_world(world)
    revoked = middle.issue("revoked")
    issuers = f', issuers: "{middle.path}"'
    gateway = listed(world, crl.write(middle, [revoked]), rules=issuers)
    assert client.refused_alert(gateway.port, world.context(leaf)) == 46
    gateway.reloaded(rules=issuers + ", scope: leaf")
    assert client.get_once(gateway.port, world.context(leaf))[0] == 200
    assert client.refused_alert(gateway.port, world.context(revoked)) == 44


def test_the_list_of_a_revoked_intermediate_is_not_believed(world):
    """Whom it names is revoked; but nobody is good by it, not even where only the leaf is asked about."""
    middle, leaf = intermediate_world(world)
    revoked = middle.issue("revoked")
    both = world.folder / "both.crl"
    both.write_bytes(crl.write(world.clients_ca, [middle.certificate]).read_bytes()
                     + crl.write(middle, [revoked]).read_bytes())
    gateway = listed(world, both, rules=f', issuers: "{middle.path}", scope: leaf')
    assert client.refused_alert(gateway.port, world.context(leaf)) == 46
    assert client.refused_alert(gateway.port, world.context(revoked)) == 44


def test_a_delta_list_adds_and_takes_away(world):
    """On its base; without its base it is refused."""
    first, second, third = (world.issue(name) for name in ("first", "second", "third"))
    full = crl.write(world.clients_ca, [first], number=5, reason=crl.HOLD)
    adds = crl.write(world.clients_ca, [second], number=6, base=5)
    refused = world.prepared(LISTED, backend=world.recorder().address, list=adds, rules="")
    assert "delta list" in refused.refuse_to_start()
    gateway = listed(world, f'{full}", "{adds}')
    assert client.refused_alert(gateway.port, world.context(first)) == 44
    assert client.refused_alert(gateway.port, world.context(second)) == 44
    assert client.get_once(gateway.port, world.context(third))[0] == 200
    removes = crl.write(world.clients_ca, [first], number=7, base=5, reason=crl.REMOVE)
    gateway.reloaded(list=f'{full}", "{removes}')
    assert client.get_once(gateway.port, world.context(first))[0] == 200
