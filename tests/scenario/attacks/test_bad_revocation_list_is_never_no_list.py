"""A list that cannot be believed refuses start and reload; what ran before goes on. CVE-2026-53434 (invalid configuration
of lists ignored), Keycloak GHSA-38cg-gg9j-q9j9 (signature of the list not checked)."""
import pytest

from cryptography import x509

from harness import client, crl, pki
from harness.world import REQUIRED

LISTED = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", revocation: { lists: "{list}" {rules} } }')


def forged(stage):
    """Signed by somebody else under the issuer's name."""
    return crl.write(stage.clients_ca, number=9, signer=pki.Authority(stage.folder, "Clients CA"))


def tampered(stage):
    """One bit of the signature."""
    path = crl.write(stage.clients_ca, number=9, pem=False)
    path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))
    return path


def text(content):
    """A file with this in it."""
    def make(stage):
        path = stage.folder / f"{len(list(stage.folder.iterdir()))}.crl"
        path.write_bytes(content if isinstance(content, bytes) else content(stage))
        return path
    return make


def cut(stage):
    """The first half of a good list."""
    whole = crl.write(stage.clients_ca, pem=False).read_bytes()
    return whole[:len(whole) // 2]


def spoiled(words, **options):
    """A list that is special in one way, and what is said about it."""
    return lambda stage: crl.write(stage.clients_ca, **options), words


CASES = {
    "signed by another key": (forged, "signature does not verify"),
    "altered": (tampered, "signature does not verify"),
    "of an unknown issuer": (lambda stage: crl.write(pki.Authority(stage.folder, "Stranger")), "issuer"),
    "not there": (lambda stage: stage.folder / "nowhere.crl", "nowhere.crl"),
    "empty": (text(b""), "no list"),
    "garbage": (text(b"\x30garbage"), "not a DER-encoded list"),
    "cut": (text(cut), "not a DER-encoded list"),
    "followed by other bytes": (text(lambda stage: crl.write(stage.clients_ca, pem=False).read_bytes() + b"\0"), "DER"),
    "a certificate": (lambda stage: stage.clients_ca.path, "no revocation list"),
    "too old": spoiled("too old", next_update=pki.now() - pki.HOUR / 2, number=9),
    "from the future": spoiled("future", this_update=pki.now() + pki.HOUR, number=9),
    "with an unknown critical extension": spoiled("critical", number=9, extensions=[
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00"), True)]),
    "with a critical number": spoiled("marked critical", number=None, extensions=[(x509.CRLNumber(9), True)]),
    "of attribute certificates": spoiled("attribute", number=9, extensions=[
        (x509.IssuingDistributionPoint(None, None, False, False, None, False, True), True)]),
    "a delta without a base": spoiled("delta", number=9, base=8),
    "going back": spoiled("went back", number=1),
}


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway with a good list, number 2, and the one whom it names."""
    revoked = stage.issue("revoked")
    path = crl.write(stage.clients_ca, [revoked], number=2)
    return stage.gateway(LISTED, backend=stage.recorder().address, list=path, rules=""), path, revoked


@pytest.mark.parametrize("case", CASES)
def test_the_reload_is_refused_and_the_old_list_goes_on(stage, scene, case):
    """With a sentence and the line of the configuration."""
    gateway, path, revoked = scene
    make, words = CASES[case]
    good = path.read_bytes()
    bad = make(stage)
    if bad.exists():
        path.write_bytes(bad.read_bytes())
    else:
        path.unlink()
    words = words if bad.exists() else str(path)
    done = gateway.reload()
    path.write_bytes(good)
    said = done.stdout + done.stderr
    assert done.returncode == 1 and words in said
    assert f"{gateway.path}:" in said
    assert client.refused_alert(gateway.port, stage.context(revoked)) == 44
    assert client.get_once(gateway.port, stage.context(stage.issue()))[0] == 200
    gateway.reloaded()


@pytest.mark.parametrize("case", set(CASES) - {"going back"})
def test_no_start_with_it(world, case):
    """There is nothing to go on with."""
    make, words = CASES[case]
    gateway = world.prepared(LISTED, backend=world.recorder().address, list=make(world), rules="")
    assert words in gateway.refuse_to_start()


@pytest.mark.parametrize("rules, served", [(", stale: soft", True), (", stale: grace, grace: 2h", True)])
def test_a_stale_list_counts_where_the_rules_say_so(world, rules, served):
    """And still names the revoked."""
    revoked = world.issue()
    path = crl.write(world.clients_ca, [revoked], this_update=pki.now() - 3 * pki.HOUR,
                     next_update=pki.now() - pki.HOUR)
    gateway = world.gateway(LISTED, backend=world.recorder().address, list=path, rules=rules)
    assert (client.get_once(gateway.port, world.context(world.issue()))[0] == 200) == served
    assert client.refused_alert(gateway.port, world.context(revoked)) == 44


def test_a_list_goes_stale_without_a_reload(world):
    """At its nextUpdate: open connections get 403, new ones an alert."""
    path = crl.write(world.clients_ca, next_update=pki.now() + 3 * pki.SECOND)
    gateway = world.gateway(LISTED, backend=world.recorder().address, list=path, rules="")
    settings = world.context(world.issue())
    with client.connect(gateway.port, settings) as connection:
        assert client.get(connection)[0] == 200
        client_status = 200
        while client_status == 200:
            client_status = client.get(connection)[0]
        assert client_status == 403
    assert client.refused_alert(gateway.port, settings) == 46
    gateway.refusal(reason="revocation-list-stale", stage="handshake")
    gateway.refusal(reason="revocation-list-stale", stage="request")
