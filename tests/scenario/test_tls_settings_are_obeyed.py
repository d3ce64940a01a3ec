"""What the operator says of versions, ciphers and groups holds, for a listener or for one of its hosts."""
import pytest

from harness import client

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    tls: { min_version: "1.3", ciphersuites: TLS_AES_256_GCM_SHA384, groups: "P-384:X25519" }
    hosts:
      - names: [ old.example.com ]
        tls: { min_version: "1.2", max_version: "1.2", ciphers: ECDHE-ECDSA-CHACHA20-POLY1305, groups: P-256 }
    client_auth: { mode: required, trust: "{clients}" }
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
"""


@pytest.fixture(scope="module")
def gateway(stage):
    """A listener for TLS 1.3 with one old host."""
    return stage.gateway(CONFIG, backend=stage.recorder().address)


def negotiated(stage, gateway, host, *arguments):
    """What openssl says of the connection."""
    return client.s_client(gateway.port, stage.trust, *arguments, certificate=stage.issue(), server_name=host)


def test_the_listeners_own(stage, gateway):
    """Its version, its cipher, the group that it prefers."""
    output = negotiated(stage, gateway, "localhost")
    assert "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384" in output and "HTTP/1.1 200 OK" in output
    output = negotiated(stage, gateway, "localhost", "-groups", "P-384")
    assert "ECDH, secp384r1, 384 bits" in output


def test_the_hosts_own(stage, gateway):
    """Another version and another cipher."""
    output = negotiated(stage, gateway, "old.example.com")
    assert "New, TLSv1.2, Cipher is ECDHE-ECDSA-CHACHA20-POLY1305" in output and "HTTP/1.1 200 OK" in output


@pytest.mark.parametrize("host, arguments, alert, reason", [
    ("localhost", ["-tls1_2"], 70, "tls-version"),
    ("old.example.com", ["-tls1_3"], 70, "tls-version"),
    ("localhost", ["-ciphersuites", "TLS_AES_128_GCM_SHA256"], 40, "tls-no-shared-cipher"),
    ("old.example.com", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], 40, "tls-no-shared-cipher"),
    ("localhost", ["-groups", "P-256"], 40, "tls-no-shared-cipher")])
def test_whoever_cannot_is_refused(stage, gateway, host, arguments, alert, reason):
    """With the alert that says what is missing."""
    assert client.alert_in(negotiated(stage, gateway, host, *arguments)) == alert
    assert gateway.refusal(sni=host)["reason"] == reason


def test_in_tls_1_2_the_groups_hold_for_certificates_as_well(stage, gateway):
    """The library refuses a client's key on a curve that is not among them; the record says where to look."""
    made = stage.context(stage.issue(kind="p384"), client.TLS12)
    assert client.refused_alert(gateway.port, made, server_name="old.example.com") == 47
    record = gateway.refusal(sni="old.example.com")
    assert record["reason"] == "tls-no-shared-cipher" and "tls.groups" in record["remedy"]


@pytest.mark.parametrize("tls", ['{ min_version: "1.1" }', "{ ciphers: NONSENSE }", "{ ciphersuites: TLS_NONSENSE }",
                                 "{ groups: P-257 }", '{ min_version: "1.3", max_version: "1.2" }'])
def test_nonsense_is_no_start(stage, tls):
    """With the line."""
    config = CONFIG.replace('{ min_version: "1.3", ciphersuites: TLS_AES_256_GCM_SHA384, groups: "P-384:X25519" }', tls)
    broken = stage.prepared(config, backend="127.0.0.1:1")
    assert f"{broken.path}:{broken.line_of('tls: ' + tls)}:" in broken.refuse_to_start()
