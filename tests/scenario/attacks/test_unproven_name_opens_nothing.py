"""Where a certificate is only asked for, and no chain is judged, its names are anybody's words: a rule for admin is not met by
whoever calls himself admin. CVE-2022-25640, CVE-2018-16886 (a name taken for a proof)."""
import pytest

from harness import client, pki

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{clients}" }
    {rules}
    hosts:
      - { names: proof.example.com, client_auth: { mode: any_with_proof } }
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""


def served(stage, gateway, certificate, host):
    """True when a request of this client is answered by the backend."""
    try:
        return client.get_once(gateway.port, stage.context(certificate), host=host)[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("rules", ["allow: { subject.cn: admin }", 'allow: { issuer.cn: "Clients *" }',
                                   "allow: { root.cn: Clients CA }", "allow: { certificate: verified }",
                                   "allow: { address: 127.0.0.0/8, unless: { subject.cn: guest } }"])
def test_self_made_names_meet_no_rule_that_allows(stage, rules):
    """The real one is let in where chains are judged; nobody by a name where they are not."""
    gateway = stage.gateway(CONFIG, backend=stage.recorder().address, rules=rules)
    forged = pki.Authority(stage.folder, "Clients CA").issue("admin")
    assert served(stage, gateway, stage.issue("admin"), "localhost")
    assert not served(stage, gateway, forged, "localhost")
    assert not served(stage, gateway, forged, "proof.example.com")
    assert not served(stage, gateway, stage.issue("admin"), "proof.example.com")


def test_a_proven_key_is_proven(stage):
    """Possession is what this mode proves: the fingerprint counts."""
    mine, other = (pki.Authority(stage.folder, "Nobody").issue("x") for _ in range(2))
    gateway = stage.gateway(CONFIG, backend=stage.recorder().address, rules=f"allow: {{ fingerprint: {mine.fingerprint} }}")
    assert served(stage, gateway, mine, "proof.example.com")
    assert not served(stage, gateway, other, "proof.example.com")
