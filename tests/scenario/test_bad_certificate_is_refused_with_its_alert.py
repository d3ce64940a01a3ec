"""Every fault of a client's certificate has its own alert and its own reason in the record.

CVE-2022-21657 (extended key usage ignored), CVE-2021-3450 (an issuer that is no CA), CVE-2022-21656 (a certificate for
another purpose)."""
import dataclasses

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from harness import client, pki
from harness.pki import DAY
from harness.waiting import until

UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")


@dataclasses.dataclass
class Fault:
    """What is wrong, and what is to be said about it. depth: of the certificate that fails. versions: in which a client
    can show it."""
    name: str
    reason: str
    alert: int
    make: object
    depth: int = 0
    alert12: int = 0
    versions: tuple = client.VERSIONS


def under(world, usage="client", **options):
    """A client's certificate of an intermediate authority that the options spoil."""
    return pki.Authority(world.folder, "Department", issuer=world.clients_ca, **options).issue("alice", usage)


def of_an_imposter(world):
    """The right name of the issuer, the wrong key."""
    return pki.Authority(world.folder, "Clients CA").issue("alice")


def of_a_leaf(world):
    """A client's certificate that was used as if it were a CA's."""
    bob = world.issue("bob")
    return pki.Authority.acting(bob, world.clients_ca).issue("alice")


def constrained(world):
    """The CA may certify names below example.com only."""
    limits = x509.NameConstraints([x509.DNSName("example.com")], None)
    authority = pki.Authority(world.folder, "Department", issuer=world.clients_ca, extensions=[(limits, True)])
    return authority.issue("alice", names=["alice.example.org"])


def too_deep(world):
    """Two authorities where one may have none below it."""
    upper = pki.Authority(world.folder, "Upper", issuer=world.clients_ca, path_length=0)
    return pki.Authority(world.folder, "Lower", issuer=upper).issue("alice")


def too_long(world):
    """Three intermediates where the configuration allows two."""
    above = world.clients_ca
    for number in range(3):
        above = pki.Authority(world.folder, f"Level {number}", issuer=above)
    return above.issue("alice")


def too_many(world):
    """Eleven certificates sent along."""
    return world.issue().with_chain(*[pki.Authority(world.folder, f"{n}").certificate for n in range(11)])


FAULTS = [
    Fault("none", "certificate-missing", 116, lambda w: None, alert12=40),
    Fault("expired", "certificate-expired", 45, lambda w: w.issue(not_after=pki.now() - pki.HOUR)),
    Fault("not yet valid", "certificate-not-yet-valid", 42,
          lambda w: w.issue(not_before=pki.now() + pki.HOUR, not_after=pki.now() + DAY)),
    Fault("foreign CA", "certificate-unknown-issuer", 48, lambda w: pki.Authority(w.folder, "Foreign").issue("alice")),
    Fault("self-signed", "certificate-unknown-issuer", 48, lambda w: pki.Authority(w.folder, "alice").certificate),
    Fault("imposter of the CA", "certificate-bad-signature", 42, of_an_imposter),
    Fault("tampered signature", "certificate-bad-signature", 42, lambda w: w.issue().tampered()),
    Fault("for servers only", "certificate-wrong-usage", 43, lambda w: w.issue(usage="server")),
    Fault("for e-mail only", "certificate-wrong-usage", 43, lambda w: w.issue(usage="email")),
    Fault("for anything at all", "certificate-wrong-usage", 43, lambda w: w.issue(usage="any")),
    Fault("for key agreement only", "certificate-wrong-usage", 43, lambda w: w.issue(key_usage="agreement")),
    Fault("issued by a leaf", "certificate-issuer-not-ca", 48, of_a_leaf, depth=1),
    Fault("expired intermediate", "certificate-expired", 45,
          lambda w: under(w, not_after=pki.now() - pki.HOUR), depth=1),
    Fault("tampered intermediate", "certificate-bad-signature", 42, lambda w: tampered_above(w), depth=1),
    Fault("path length", "certificate-chain-too-long", 48, too_deep, depth=2),
    Fault("longer than client_auth.depth", "certificate-chain-too-long", 48, too_long, depth=None),
    Fault("more certificates than are read", "certificate-too-large", 42, too_many, depth=None),
    Fault("RSA of 1024 bits", "certificate-weak-key", 43, lambda w: w.issue(kind="rsa1024")),
    Fault("SHA-1", "certificate-weak-key", 43, lambda w: w.issue(digest=hashes.SHA1())),
    Fault("curve that nobody chose", "certificate-weak-key", 43, lambda w: w.issue(kind="k256"),
          versions=(client.TLS12,)),
    Fault("weak intermediate", "certificate-weak-key", 43, lambda w: under(w, kind="rsa1024"), depth=1),
    Fault("unknown critical extension", "certificate-critical-extension", 43,
          lambda w: w.issue(extensions=[(UNKNOWN, True)])),
    Fault("name outside of its CA's", "certificate-name-constraint", 42, constrained),
]


def tampered_above(world):
    """The leaf is good, its issuer's certificate was altered."""
    authority = pki.Authority(world.folder, "Department", issuer=world.clients_ca)
    return authority.issue("alice").with_chain(authority.certificate.tampered())


@pytest.fixture(scope="module")
def recorded(stage):
    """A gateway in front of a backend that is to see nothing of it all."""
    backend = stage.recorder()
    config = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: {mode}, trust: "{clients}", depth: 2 }
    routes:
      - backend: app
backends:
  app:
    servers: [ "{backend}" ]
"""
    required = stage.gateway(config, backend=backend.address, mode="required")
    optional = stage.gateway(config, backend=backend.address, mode="optional")
    return required, optional, backend


def context(stage, certificate, version):
    """A client that would send anything."""
    return stage.context(certificate, version, ciphers="DEFAULT:@SECLEVEL=0")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_it_is_refused_in_both_versions(stage, recorded, fault):
    """The alert on the wire, the record in the log, nothing at the backend."""
    gateway, _, backend = recorded
    certificate = fault.make(stage)
    for version in fault.versions:
        expected = fault.alert12 if fault.alert12 and version == client.TLS12 else fault.alert
        before = len(gateway.refusals())
        alert = client.refused_alert(gateway.port, context(stage, certificate, version))
        record = _next_refusal(gateway, before)
        assert (record["reason"], alert, record.get("alert")) == (fault.reason, expected, expected), record
        if certificate and fault.depth is not None:
            assert record["depth"] == fault.depth
        if certificate:
            assert record["presented"]["fingerprint_sha256"] == certificate.fingerprint
    assert not backend.requests


COMMON = [fault for fault in FAULTS if fault.name in (
    "none", "expired", "not yet valid", "foreign CA", "tampered signature", "for servers only")]


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("fault", COMMON, ids=lambda fault: fault.name)
def test_openssl_s_client_shows_the_alert(stage, recorded, fault, version):
    """What an operator sees who tries it by hand; curl says the same in words."""
    gateway, _, backend = recorded
    certificate = fault.make(stage)
    output = client.s_client(gateway.port, stage.trust, version, certificate=certificate)
    expected = fault.alert12 if fault.alert12 and version == "-tls1_2" else fault.alert
    assert f"SSL alert number {expected}" in output
    assert gateway.refusal(alert=expected)["reason"] == fault.reason
    code, _, errors = client.curl(gateway.port, stage.trust, certificate=certificate)
    assert code in (35, 56) and client.alert_in(errors) == fault.alert
    assert not backend.requests


@pytest.mark.parametrize("fault", FAULTS[1:], ids=lambda fault: fault.name)
def test_optional_does_not_mean_that_a_bad_one_passes(stage, recorded, fault):
    """CVE-2020-35509 and its kin: the faults count wherever a certificate is looked at."""
    _, gateway, backend = recorded
    made = context(stage, fault.make(stage), fault.versions[-1])
    assert client.refused_alert(gateway.port, made) == fault.alert
    assert not backend.requests


def test_optional_lets_pass_who_shows_none_and_who_shows_a_good_one(stage, recorded):
    """The other side of it."""
    _, gateway, _ = recorded
    plain = stage.recorder()
    gateway.reloaded(backend=plain.address)
    assert client.get_once(gateway.port, stage.context())[0] == 200
    assert b"Client-Cert-Verdict: NONE\r\n" in plain.last()
    assert client.get_once(gateway.port, stage.context(stage.issue()))[0] == 200
    assert b"Client-Cert-Verdict: VERIFIED\r\n" in plain.last()


def _next_refusal(gateway, before):
    """The one record that came since there were `before`."""
    records = until(lambda: gateway.refusals()[before:], 10, "a refusal record")
    assert len(records) == 1, records
    return records[0]
