"""A CA may certify any text. A name that only looks like the one that a rule allows is not it, and one that cannot be read
is not overlooked by a rule that denies.

CVE-2025-66220 (NUL), CVE-2021-44533 (several values), CVE-2026-22747, CVE-2026-47838 (two common names),
CVE-2026-33248 (order, case, repeats), CVE-2022-21656 (one type of name taken for another), CVE-2018-16886 (a name of
another CA)."""
import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from harness import client, pki
from harness.world import REQUIRED

RULED = REQUIRED.replace("    routes:\n", "{rules}\n    routes:\n")
CN, OU = NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME


def name(*parts):
    """A subject of these (type, value[, string type])."""
    return x509.Name([x509.NameAttribute(part[0], part[1], _type=part[2] if len(part) > 2 else None)
                      for part in parts])


LOOKALIKES = {
    "NUL": name((CN, "admin\0.example.com")),
    "line break": name((CN, "admin\r\n")),
    "case": name((CN, "Admin")),
    "space": name((CN, "admin ")),
    "right to left": name((CN, "\u202eadmin")),
    "Cyrillic": name((CN, "\u0430dmin")),
    "separators in a value": name((CN, "alice,CN=admin")),
    "another type": name((OU, "admin")),
    "BMPString with a line break": name((CN, "admin\n", _ASN1Type.BMPString)),
    "T61String with bytes": name((CN, "admin\xff", _ASN1Type.T61String)),
    "a star": name((CN, "*")),
    "nobody": x509.Name([]),
}


@pytest.fixture(scope="module")
def gateways(stage):
    """One lets only admin in, one keeps only mallory out, one does both by patterns."""
    backend = stage.recorder().address
    rules = {"allows": "    allow: { subject.cn: admin }", "denies": "    deny: { subject.cn: mallory }",
             "excepts": '    allow: { issuer.cn: Clients CA, unless: { subject.cn: "mallory*" } }'}
    return {key: stage.gateway(RULED, backend=backend, rules=text) for key, text in rules.items()}


def passes(stage, gateway, **options):
    """True when a certificate with these options is served, False when it is refused by the policy."""
    certificate = stage.issue("", **options)
    try:
        return client.get_once(gateway.port, stage.context(certificate))[0] == 200
    except OSError:
        assert gateway.refusal(reason="policy")["presented"]["fingerprint_sha256"]
        return False


@pytest.mark.parametrize("key", LOOKALIKES)
def test_a_lookalike_is_not_let_in(stage, gateways, key):
    """The real one is."""
    assert passes(stage, gateways["allows"], subject=name((CN, "admin")))
    assert not passes(stage, gateways["allows"], subject=LOOKALIKES[key])


@pytest.mark.parametrize("encoding", [_ASN1Type.BMPString, _ASN1Type.PrintableString, _ASN1Type.UTF8String])
def test_the_same_name_in_another_encoding_is_the_same(stage, gateways, encoding):
    """What is compared is the text, not its bytes."""
    assert passes(stage, gateways["allows"], subject=name((CN, "admin", encoding)))
    assert not passes(stage, gateways["denies"], subject=name((CN, "mallory", encoding)))


@pytest.mark.parametrize("subject", [name((CN, "mallory\0")), name((CN, "mal\r\nlory")), name((CN, "")),
                                     name((CN, "\x01", _ASN1Type.T61String))],
                         ids=["NUL", "line break", "empty", "control character"])
def test_what_cannot_be_read_does_not_get_past_a_rule_that_denies(stage, gateways, subject):
    """Nor past the exception of one that allows: whether it is mallory cannot be told."""
    assert not passes(stage, gateways["denies"], subject=subject)
    assert not passes(stage, gateways["excepts"], subject=subject)
    assert passes(stage, gateways["denies"], subject=name((CN, "alice")))
    assert passes(stage, gateways["excepts"], subject=name((CN, "alice")))


def test_any_of_several_values_counts(stage, gateways):
    """Wherever it stands: first or last, alone or beside others in one part."""
    both = [name((CN, "alice"), (CN, "mallory")), name((CN, "mallory"), (CN, "alice")),
            x509.Name([x509.RelativeDistinguishedName([x509.NameAttribute(OU, "x"),
                                                       x509.NameAttribute(CN, "mallory")])])]
    for subject in both:
        assert not passes(stage, gateways["denies"], subject=subject)
        assert not passes(stage, gateways["excepts"], subject=subject)


def test_one_type_of_name_is_never_another(stage):
    """A mail address is no DNS name, a common name no alternative name."""
    gateway = stage.gateway(RULED, backend=stage.recorder().address, rules="    allow: { san.dns: admin.example.com }")
    mail = x509.SubjectAlternativeName([x509.RFC822Name("x@admin.example.com"),
                                        x509.UniformResourceIdentifier("https://admin.example.com")])
    assert not passes(stage, gateway, subject=name((CN, "admin.example.com")))
    assert not passes(stage, gateway, extensions=[(mail, False)])
    assert passes(stage, gateway, names=["ADMIN.example.com"])


def test_the_same_name_from_another_ca_is_another_s(stage):
    """A rule that says which CA it means."""
    other = pki.Authority(stage.folder, "Other CA")
    both = stage.folder / "both.pem"
    both.write_bytes(stage.clients_ca.certificate.pem + other.certificate.pem)
    gateway = stage.gateway(RULED, backend=stage.recorder().address, clients=both,
                            rules="    allow: { subject.cn: admin, root.cn: Clients CA }")
    assert client.get_once(gateway.port, stage.context(stage.issue("admin")))[0] == 200
    assert client.refused_alert(gateway.port, stage.context(other.issue("admin"))) == 46
