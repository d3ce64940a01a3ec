"""`client_auth.spiffe`: an X509-SVID is accepted under the bundle of its own trust domain, and under no other; bundles are
SPIFFE's JSON or PEM.

CVE-2022-21656 (a name of one type taken for another): only a URI is a SPIFFE id, and there is exactly one."""
import base64
import json

import pytest

from harness import client, crl, pki
from harness.backend import fields_of
from harness.gateway import command

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth:
      mode: required
      spiffe:
        trust_domains:
          - { name: example.org, bundle: "{org}" }
          - { name: example.com, bundle: "{com}" }
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""


def bundle(*authorities, **members):
    """A SPIFFE bundle in JSON, with a key for other uses in it."""
    keys = [{"kty": "EC", "use": "x509-svid", "x5c": [base64.b64encode(a.certificate.der).decode()]}
            for a in authorities]
    return json.dumps({"spiffe_sequence": 7, "spiffe_refresh_hint": 300,
                       "keys": [*keys, {"kty": "EC", "use": "jwt-svid", "kid": "x"}], **members})


def written(path, text):
    """A file with this text."""
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def scene(stage):
    """Two trust domains, one in JSON, one in PEM, whose CAs have the same name; a third that nobody trusts."""
    stage.org = pki.Authority(stage.folder, "SPIRE")
    stage.com = pki.Authority(stage.folder, "SPIRE")
    stage.net = pki.Authority(stage.folder, "SPIRE")
    backend = stage.recorder()
    gateway = stage.gateway(CONFIG, backend=backend.address, com=stage.com.path,
                            org=written(stage.folder / "example.org.json", bundle(stage.org)))
    return gateway, backend


def svid(authority, *names, **options):
    """A certificate with these names, as SPIRE makes them."""
    return authority.issue("workload", **{"usage": "both", "names": names, **options})


def below(authority, *names):
    """The same from an intermediate CA."""
    return pki.Authority(authority.folder, "Nested", issuer=authority).issue("workload", usage="both", names=names)


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("make", [
    lambda s: svid(s.org, "spiffe://example.org/web"),
    lambda s: svid(s.com, "spiffe://example.com/ns/a/sa/b"),
    lambda s: below(s.org, "spiffe://example.org/nested/web"),
    lambda s: svid(s.org, "spiffe://example.org/web", "web.example.org"),
], ids=["JSON bundle", "PEM bundle", "intermediate", "with a DNS name"])
def test_each_domain_is_believed_about_itself(stage, scene, make, version):
    """In full handshakes and resumed ones."""
    gateway, backend = scene
    made = stage.context(make(stage), version)
    session = None
    for turn in range(2):
        with client.connect(gateway.port, made, session=session) as connection:
            assert connection.session_reused == (turn > 0)
            assert client.get(connection)[0] == 200
            session = client.session_of(connection)
    assert fields_of(backend.last())["client-cert-verdict"] == ["VERIFIED"]


FORGED = [
    ("another domain's id", lambda s: svid(s.com, "spiffe://example.org/web"), "certificate-trust-domain", 48),
    ("by an intermediate", lambda s: below(s.com, "spiffe://example.org/web"), "certificate-trust-domain", 48),
    ("an unknown domain", lambda s: svid(s.org, "spiffe://example.net/web"), "certificate-trust-domain", 48),
    ("a longer name", lambda s: svid(s.org, "spiffe://example.org.example.com/web"), "certificate-trust-domain", 48),
    ("an untrusted CA", lambda s: svid(s.net, "spiffe://example.org/web"), "certificate-bad-signature", 42),
    ("two ids", lambda s: svid(s.org, "spiffe://example.org/web", "spiffe://example.org/db"),
     "certificate-no-svid", 43),
    ("two ids of two domains", lambda s: svid(s.com, "spiffe://example.com/x", "spiffe://example.org/web"),
     "certificate-no-svid", 43),
    ("no id", lambda s: svid(s.org, "web.example.org"), "certificate-no-svid", 43),
    ("the id as a DNS name", lambda s: svid(s.org, "example.org"), "certificate-no-svid", 43),
    ("a web address", lambda s: svid(s.org, "https://example.org/web"), "certificate-no-svid", 43),
    ("no path", lambda s: svid(s.org, "spiffe://example.org"), "certificate-no-svid", 43),
    ("upper case", lambda s: svid(s.org, "spiffe://Example.org/web"), "certificate-no-svid", 43),
    ("dots in the path", lambda s: svid(s.org, "spiffe://example.org/a/../web"), "certificate-no-svid", 43),
    ("expired", lambda s: svid(s.org, "spiffe://example.org/web", not_after=pki.now() - pki.HOUR),
     "certificate-expired", 45),
]


@pytest.mark.parametrize("make, reason, alert", [case[1:] for case in FORGED], ids=[case[0] for case in FORGED])
def test_what_is_no_svid_of_its_own_domain_is_refused(stage, scene, make, reason, alert):
    """With a reason and an alert."""
    gateway, backend = scene
    before, certificate = len(backend.requests), make(stage)
    assert client.refused_alert(gateway.port, stage.context(certificate)) == alert
    record = gateway.refusal(alert=alert, reason=reason)
    assert record["presented"]["fingerprint_sha256"] == certificate.fingerprint
    assert len(backend.requests) == before


def test_a_ca_in_two_bundles_speaks_for_both(world):
    """And a bundle that changes takes its sessions along at the reload."""
    shared, own = pki.Authority(world.folder, "Shared"), pki.Authority(world.folder, "Own")
    com = written(world.folder / "com.json", bundle(own, shared))
    gateway = world.gateway(CONFIG, backend=world.recorder().address, org=shared.path, com=com)
    contexts = [world.context(svid(shared, f"spiffe://example.{name}/web")) for name in ("org", "com")]
    for made in contexts:
        assert client.get_once(gateway.port, made)[0] == 200
    with client.connect(gateway.port, contexts[1]) as connection:
        assert client.get(connection)[0] == 200
        session = client.session_of(connection)
    written(com, bundle(own))
    gateway.reloaded()
    assert client.get_once(gateway.port, contexts[0])[0] == 200
    assert client.refused_alert(gateway.port, contexts[1], session=session) == 48


def test_revocation_lists_count_below_bundles(world):
    """A list of a bundle's CA."""
    org, com = (pki.Authority(world.folder, name) for name in ("Org", "Com"))
    good, bad = (svid(org, f"spiffe://example.org/{name}") for name in ("good", "bad"))
    path = crl.write(org, [bad])
    config = CONFIG.replace("      mode: required\n",
                            "      mode: required\n      revocation: { lists: [ \"{list}\" ], missing: allow }\n")
    gateway = world.gateway(config, backend=world.recorder().address, com=com.path, list=path,
                            org=written(world.folder / "org.json", bundle(org)))
    assert client.get_once(gateway.port, world.context(good))[0] == 200
    assert client.refused_alert(gateway.port, world.context(bad)) == 44


@pytest.mark.parametrize("text, complaint", [
    ("{}", "no SPIFFE bundle"),
    ('{"keys": []}', "it has no key for x509-svid"),
    ('{"keys": [{"use": "x509-svid", "x5c": ["AAAA"]}]}', "the certificate is malformed"),
    ('{"keys": [{"use": "x509-svid", "x5c": [', "it is no JSON"),
    ("-----BEGIN CERTIFICATE-----\n", "a block has no end"),
], ids=lambda text: text[:30])
def test_a_broken_bundle_is_an_error(world, text, complaint):
    """With the file's name."""
    org = written(world.folder / "org.json", text)
    gateway = world.prepared(CONFIG, backend="127.0.0.1:9", org=org, com=world.clients_ca.path)
    done = command("check", "-c", gateway.path)
    assert done.returncode == 1 and str(org) in done.stderr and complaint in done.stderr, done.stderr


@pytest.mark.parametrize("name, more, complaint", [
    ("Example.org", "", "is no trust domain"),
    ("example.com", "", "is given twice"),
    ("example.org", 'trust: "{com}"', 'there are both "trust" and "spiffe"'),
])
def test_what_makes_no_sense_is_an_error(world, name, more, complaint):
    """A name that no SPIFFE id has, one domain twice, and a trust that could speak for any domain."""
    config = CONFIG.replace("name: example.org", f"name: {name}").replace("mode: required\n", f"mode: required\n      {more}\n")
    gateway = world.prepared(config, backend="127.0.0.1:9", org=world.clients_ca.path, com=world.servers_ca.path)
    done = command("check", "-c", gateway.path)
    assert done.returncode == 1 and complaint in done.stderr, done.stderr
