"""What a host demands of its clients' certificates beyond a good chain: kinds of keys, digests, policies, pins, depth,
a complete chain, and an extended key usage from a date on. Each host has its own demands."""
import base64
import datetime
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from harness import client, pki
from harness.gateway import command

POLICY = "1.3.6.1.4.1.55555.7.1"

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    hosts:
      - { names: [ p256.example.com ], client_auth: { key_types: [ p256 ] } }
      - { names: [ rsa4096.example.com ], client_auth: { min_rsa_bits: 4096 } }
      - { names: [ sha384.example.com ], client_auth: { min_signature_digest: sha384 } }
      - { names: [ policy.example.com ], client_auth: { certificate_policies: "{policy}" } }
      - { names: [ leaf-pin.example.com ], client_auth: { pins: { certificates: "{leaf_pin}" } } }
      - { names: [ key-pin.example.com ], client_auth: { pins: { keys: "sha256/{key_pin}" } } }
      - { names: [ ca-pin.example.com ], client_auth: { pins: { certificates: [ "{ca_pin}" ] } } }
      - { names: [ shallow.example.com ], client_auth: { depth: 0 } }
      - { names: [ partial.example.com ], client_auth: { trust: "{department}" } }
      - { names: [ complete.example.com ], client_auth: { trust: "{department}", complete_chain: true } }
      - { names: [ lenient.example.com ], client_auth: { extended_key_usage: ignored,
                   extended_key_usage_until: "{future}" } }
      - { names: [ past.example.com ], client_auth: { extended_key_usage: ignored,
                   extended_key_usage_until: "{past}" } }
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""


def day(offset):
    """A date so many days from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)).date().isoformat()


def spki_pin(certificate):
    """SHA-256 of the public key in base64, as curl and others write it."""
    key = certificate.x509.public_key().public_bytes(serialization.Encoding.DER,
                                                     serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


def pairs(certificate):
    """The fingerprint as `openssl x509 -fingerprint` prints it."""
    digits = certificate.fingerprint.upper()
    return ":".join(digits[i:i + 2] for i in range(0, 64, 2))


@pytest.fixture(scope="module")
def clients(stage):
    """The clients of the stories, by name."""
    department = pki.Authority(stage.folder, "Department", issuer=stage.clients_ca)
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(POLICY), None)])
    return {
        "alice": stage.issue("alice"),
        "p384": stage.issue("p384", kind="p384"),
        "rsa2048": stage.issue("rsa2048", kind="rsa"),
        "sha384": stage.issue("sha384", digest=hashes.SHA384()),
        "policy": stage.issue("policy", extensions=[(policies, False)]),
        "department": department.issue("bob"),
        "server": stage.issue("server", usage="server"),
        "unsaid": stage.issue("unsaid", usage=None),
        "department_ca": department.certificate,
    }


@pytest.fixture(scope="module")
def gateway(stage, clients):
    """The gateway with a host for each demand."""
    names = ["p256", "rsa4096", "sha384", "policy", "leaf-pin", "key-pin", "ca-pin", "shallow", "partial", "complete",
             "lenient", "past"]
    server = stage.servers_ca.issue("example.com", "server", names=[f"{name}.example.com" for name in names])
    return stage.gateway(CONFIG, backend=stage.recorder().address, policy=POLICY, server=server.path,
                         server_key=server.key_path, leaf_pin=pairs(clients["alice"]),
                         key_pin=spki_pin(clients["alice"]), ca_pin=stage.clients_ca.certificate.fingerprint,
                         department=clients["department_ca"].path, future=day(30), past=day(-2))


CASES = [
    ("p256", "alice", None), ("p256", "p384", ("certificate-weak-key", 43)),
    ("rsa4096", "rsa2048", ("certificate-weak-key", 43)), ("rsa4096", "alice", None),
    ("sha384", "sha384", None), ("sha384", "alice", ("certificate-weak-key", 43)),
    ("policy", "policy", None), ("policy", "alice", ("certificate-policy", 42)),
    ("leaf-pin", "alice", None), ("leaf-pin", "sha384", ("certificate-not-pinned", 42)),
    ("key-pin", "alice", None), ("key-pin", "sha384", ("certificate-not-pinned", 42)),
    ("ca-pin", "alice", None), ("ca-pin", "department", None),
    ("shallow", "alice", None), ("shallow", "department", ("certificate-chain-too-long", 48)),
    ("partial", "department", None), ("partial", "alice", ("certificate-unknown-issuer", 48)),
    ("complete", "department", ("certificate-unknown-issuer", 48)),
    ("lenient", "server", None), ("lenient", "unsaid", None), ("lenient", "alice", None),
    ("past", "server", ("certificate-wrong-usage", 43)), ("past", "unsaid", ("certificate-wrong-usage", 43)),
    ("past", "alice", None),
]


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("host,who,refusal", CASES, ids=lambda value: str(value))
def test_each_host_has_its_own_demands(stage, gateway, clients, host, who, refusal, version):
    """Let in, or refused with reason and alert."""
    context = stage.context(clients[who], version)
    name = f"{host}.example.com"
    if refusal is None:
        assert client.get_once(gateway.port, context, host=name)[0] == 200
        return
    reason, alert = refusal
    assert client.refused_alert(gateway.port, context, server_name=name) == alert
    assert gateway.refusal(reason=reason, sni=name)["presented"]["fingerprint_sha256"] == clients[who].fingerprint


def test_check_reminds_of_the_date(gateway):
    """While it is to come, and when it is past; neither is an error."""
    done = command("check", "-c", gateway.path)
    assert done.returncode == 0, done.stderr
    coming, past = done.stderr.splitlines()
    line = gateway.line_of("lenient.example.com")
    assert coming.startswith(f"{gateway.path}:{line}:") and f"after {day(30)}, in 30 days" in coming
    assert f'"extended_key_usage_until" {day(-2)} is past' in past


@pytest.mark.parametrize("setting,complaint", [
    ("key_types: [ dsa ]", "expected rsa, p256, p384, p521 or ed25519"),
    ("pins: { keys: abcd }", "expected a SHA-256 digest"),
    ("certificate_policies: [ anyPolicy ]", "expected an object identifier"),
    ("extended_key_usage_until: 2027-02-30", "there is no such day"),
    ("extended_key_usage: required, extended_key_usage_until: 2027-03-31", "has no effect"),
])
def test_what_is_not_understood_is_an_error(world, setting, complaint):
    """With its line."""
    config = f"""\
listeners:
  - name: public
    bind: 127.0.0.1:{{port}}
    certificates:
      - {{ certificate: "{{server}}", private_key: "{{server_key}}" }}
    client_auth: {{ mode: required, trust: "{{clients}}", {setting} }}
    routes: [ {{ backend: app }} ]
backends:
  app: {{ servers: [ 127.0.0.1:9 ] }}
"""
    gateway = world.prepared(config)
    done = command("check", "-c", gateway.path)
    assert done.returncode == 1
    assert f"{gateway.path}:{gateway.line_of('client_auth')}:" in done.stderr and complaint in done.stderr
