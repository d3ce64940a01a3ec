"""One host has an RSA and an ECDSA certificate; each client gets the one that it can check."""
import ssl

import pytest

from harness import client, pki

BOTH = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{rsa}", private_key: "{rsa_key}" }
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes:
      - backend: app
backends:
  app:
    servers: [ "{backend}" ]
"""


@pytest.fixture(scope="module")
def gateway(stage):
    """The gateway with two certificates."""
    rsa = stage.servers_ca.issue("localhost", "server", names=["localhost"], kind="rsa")
    return stage.gateway(BOTH, backend=stage.recorder().address, rsa=rsa.path, rsa_key=rsa.key_path)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("algorithm, kind", [("rsa_pss_rsae_sha256", "RSA-PSS"), ("ecdsa_secp256r1_sha256", "ECDSA")])
@pytest.mark.parametrize("client_kind", ["ec", "rsa"])
def test_the_client_chooses_by_its_signature_algorithms(stage, gateway, version, algorithm, kind, client_kind):
    """The client's own certificate may be of either kind, too."""
    others = "ecdsa_secp256r1_sha256" if client_kind == "ec" else "rsa_pss_rsae_sha256"
    output = client.s_client(gateway.port, stage.trust, version, "-sigalgs", algorithm, "-client_sigalgs", others,
                             certificate=stage.issue(kind=client_kind))
    assert f"Peer signature type: {kind}" in output
    assert "HTTP/1.1 200 OK" in output


def test_a_client_that_can_check_neither_is_refused(stage, gateway):
    """Nothing in common: handshake_failure, and the record says where to look."""
    output = client.s_client(gateway.port, stage.trust, "-tls1_3", "-sigalgs", "ed25519", certificate=stage.issue())
    assert client.alert_in(output) == 40
    assert gateway.refusal(reason="tls-no-shared-cipher")["alert"] == 40


def test_two_certificates_of_one_kind_are_refused_at_the_start(stage):
    """The second would never be shown: that is an error of the configuration."""
    rsa = stage.servers_ca.issue("localhost", "server", names=["localhost"])
    said = stage.prepared(BOTH, backend="127.0.0.1:1", rsa=rsa.path, rsa_key=rsa.key_path).refuse_to_start()
    assert "type of key already" in said


def test_a_key_of_another_certificate_is_refused_at_the_start(stage):
    """The error names both files."""
    other = pki.Authority(stage.folder, "Other").issue("other", "server")
    gateway = stage.prepared(backend="127.0.0.1:1", server_key=other.key_path)
    said = gateway.refuse_to_start()
    assert str(other.key_path) in said and f"{gateway.path}:{gateway.line_of('private_key')}:" in said


def test_older_versions_of_tls_are_refused(stage, gateway):
    """TLS 1.1 gets protocol_version."""
    made = stage.context(stage.issue(), ciphers="DEFAULT:@SECLEVEL=0")
    made.minimum_version, made.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    assert client.refused_alert(gateway.port, made) == 70
    assert gateway.refusal(reason="tls-version")["alert"] == 70
