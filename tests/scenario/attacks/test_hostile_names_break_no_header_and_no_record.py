"""A CA may certify any text. Whatever stands in a name: one field stays one field, one record stays one line of JSON.

CVE-2023-27493 (names unescaped in headers), CVE-2025-66220 (NUL), CVE-2021-44532, CVE-2021-44533 (quotes, several
values), CVE-2026-22747 (two common names)."""
import base64
import json
import re

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from harness import client, pki
from harness.backend import fields_of
from harness.waiting import until

NAMES = {
    "line breaks": pki.common_name("alice\r\nX-Admin: yes\r\n\r\nGET /admin HTTP/1.1"),
    "NUL": pki.common_name("alice\0.example.com"),
    "quotes and backslashes": pki.common_name("\"alice\"\\,\"admin\":true,{}';--"),
    "separators": pki.common_name("alice,OU=admins;CN=root+O=x<>#"),
    "UTF-8": pki.common_name("Ålice Müller 愛 🗝"),
    "right to left": pki.common_name("alice\u202ednim\u2066da\u200b"),
    "control characters": pki.common_name("\x01\x07\x1b[2J\x7f\x85"),
    "BMPString": pki.common_name("ali\r\nce 愛", _ASN1Type.BMPString),
    "UniversalString": pki.common_name("ali\r\nce 🗝", _ASN1Type.UniversalString),
    "T61String": pki.common_name("alice\xff\xfe\r\n", _ASN1Type.T61String),
    "not what PrintableString may hold": pki.common_name("alice\r\n\0é", _ASN1Type.PrintableString),
    "two common names": x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice"),
                                   x509.NameAttribute(NameOID.COMMON_NAME, "admin")]),
    "two values in one part": x509.Name([x509.RelativeDistinguishedName([
        x509.NameAttribute(NameOID.COMMON_NAME, "alice"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "x+CN=admin")])]),
    "a great many parts": x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x" * 60)] * 60),
    "nobody": x509.Name([]),
}


@pytest.fixture(scope="module")
def recorded(stage):
    """A gateway and its backend."""
    backend = stage.recorder()
    config = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
    forward: { profiles: [ rfc9440, x_ssl_client_cert ] }
"""
    return stage.gateway(config, backend=backend.address), backend


def assert_tame(text):
    """Nothing that moves a cursor, ends a line or turns the reading direction."""
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]", text), repr(text)


@pytest.mark.parametrize("name", NAMES)
def test_of_a_good_certificate(stage, recorded, name):
    """The backend gets exactly our fields, the access log exactly one line."""
    gateway, backend = recorded
    alice = stage.issue(subject=NAMES[name])
    before = len(gateway.accesses())
    assert client.get_once(gateway.port, stage.context(alice), path=f"/{alice.serial}")[0] == 200
    request = backend.to_path(f"/{alice.serial}")[0]
    der = base64.b64encode(alice.der).decode()
    fields = fields_of(request)
    assert (fields["client-cert"], fields["x-ssl-client-cert"]) == ([f":{der}:"], [der])
    assert set(fields) <= {"host", "x-forwarded-for", "x-forwarded-proto", "client-cert", "x-ssl-client-cert",
                           "client-cert-verdict"}
    record = gateway.access(path=f"/{alice.serial}")
    assert len(gateway.accesses()) == before + 1
    assert_tame(record["identity"].get("subject", ""))
    assert record["identity"]["fingerprint"] == alice.fingerprint


@pytest.mark.parametrize("name", NAMES)
def test_of_a_bad_certificate(stage, recorded, name):
    """The refusal record, with names of subject and issuer."""
    gateway, _ = recorded
    certificate = pki.Authority(stage.folder, "", subject=NAMES[name]).issue("", subject=NAMES[name])
    before = len(gateway.refusals())
    assert client.refused_alert(gateway.port, stage.context(certificate)) in (48, 42)
    records = _refusals_of(gateway, certificate)
    assert len(records) == 1 and len(gateway.refusals()) == before + 1
    for part in ("subject", "issuer"):
        assert_tame(records[0]["presented"].get(part, ""))


def _refusals_of(gateway, certificate):
    def found():
        return [record for record in gateway.refusals()
                if record.get("presented", {}).get("fingerprint_sha256") == certificate.fingerprint]
    return until(found, 10, "the refusal")


@pytest.mark.parametrize("name", [x509.UniformResourceIdentifier("spiffe://x/\r\nX-Admin: yes"),
                                  x509.DNSName("a\0b.example.com")], ids=["line break in a URI", "NUL in a DNS name"])
def test_alternative_names_that_are_none_are_refused(stage, recorded, name):
    """Text of any kind stands in a subject; these have a syntax, and a reader that takes them for less is misled."""
    gateway, backend = recorded
    alice = stage.issue(extensions=[(x509.SubjectAlternativeName([name]), False)])
    before = len(backend.requests)
    assert client.refused_alert(gateway.port, stage.context(alice)) == 42
    assert len(backend.requests) == before
    assert gateway.refusal(reason="certificate-malformed")["presented"]["serial"]


def test_what_a_client_asks_for_is_escaped_as_well(stage, recorded):
    """Path, host and server name are a stranger's words, too."""
    gateway, _ = recorded
    made = stage.context(stage.issue())
    path = "/quote\"and\\back?x={\"a\":1}"
    status = client.get_once(gateway.port, made, path=path)[0]
    if status == 200:
        assert gateway.access(path=path)["status"] == 200
    lines = (gateway.folder / "access.log").read_text().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
