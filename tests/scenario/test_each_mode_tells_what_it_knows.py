"""Each mode of client authentication lets in whom it says, and the backend is told what is known and no more: VERIFIED,
NONE, UNVERIFIED-POP with the certificate, or FAILED with a reason and without it. In both versions, full and resumed."""
import base64

import pytest

from harness import client, hosts, pki
from harness.backend import fields_of


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway with a host for each mode, and its backend."""
    backend = stage.recorder()
    return hosts.start(stage, backend), backend


@pytest.fixture(scope="module")
def clients(stage):
    """Who comes: with nothing, with a good certificate, and with some that no chain leads to or that are over."""
    return {
        "nobody": None,
        "alice": stage.issue("alice"),
        "self-made": pki.make(stage.folder, pki.common_name("alice"), None, usage="client"),
        "foreign": pki.Authority(stage.folder, "Foreign").issue("mallory"),
        "expired": stage.issue("late", not_after=pki.now() - pki.HOUR),
        "server": stage.issue("server", usage="server"),
    }


MISSING, POP = ("refused", 116), "UNVERIFIED-POP"
CASES = [
    ("off", "nobody", "NONE"), ("off", "alice", "NONE"), ("off", "foreign", "NONE"),
    ("request", "nobody", "NONE"), ("request", "alice", POP), ("request", "self-made", POP),
    ("request", "foreign", POP), ("request", "expired", POP), ("request", "server", POP),
    ("optional", "nobody", "NONE"), ("optional", "alice", "VERIFIED"), ("optional", "foreign", ("refused", 48)),
    ("required", "nobody", MISSING), ("required", "alice", "VERIFIED"), ("required", "foreign", ("refused", 48)),
    ("proof", "nobody", MISSING), ("proof", "alice", POP), ("proof", "self-made", POP), ("proof", "expired", POP),
    ("report", "nobody", "NONE"), ("report", "alice", "VERIFIED"),
    ("report", "foreign", "FAILED:certificate-unknown-issuer"),
    ("report", "self-made", "FAILED:certificate-unknown-issuer"),
    ("report", "expired", "FAILED:certificate-expired"), ("report", "server", "FAILED:certificate-wrong-usage"),
    ("page", "alice", "VERIFIED"), ("optional-page", "nobody", "NONE"), ("optional-page", "alice", "VERIFIED"),
]


def told_of(request):
    """The gateway's identity fields in a request at the backend."""
    return {name: value for name, value in fields_of(request).items() if "client-cert" in name}


def expected_of(verdict, certificate):
    """What the profiles rfc9440 and x_ssl_client_cert say with this verdict."""
    told = {"client-cert-verdict": [verdict]}
    if verdict in ("VERIFIED", POP):
        der = base64.b64encode(certificate.der).decode()
        told |= {"client-cert": [f":{der}:"], "x-ssl-client-cert": [der]}
    return told


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("mode, who, expected", CASES, ids=lambda value: str(value))
def test_the_backend_is_told_so(stage, scene, clients, mode, who, expected, version):
    """And again when the session is resumed."""
    gateway, backend = scene
    certificate, name = clients[who], hosts.name(mode)
    made = stage.context(certificate, version)
    if isinstance(expected, tuple):
        alert = 40 if expected == MISSING and version == client.TLS12 else expected[1]
        assert client.refused_alert(gateway.port, made, server_name=name) == alert
        return
    session = None
    for turn in range(3):
        with client.connect(gateway.port, made, server_name=name, session=session) as connection:
            assert connection.session_reused == (turn > 0)
            assert client.get(connection, host=name)[0] == 200
            assert told_of(backend.last()) == expected_of(expected, certificate)
            session = client.session_of(connection)


@pytest.mark.parametrize("mode", ["request", "proof"])
def test_curl_is_let_in_with_a_certificate_of_its_own_making(stage, scene, clients, mode):
    """The record says what is proven of it."""
    gateway, backend = scene
    own = clients["self-made"]
    code, output, errors = client.curl(gateway.port, stage.trust, certificate=own, host=hosts.name(mode), path="/curl")
    assert (code, output) == (0, "ok"), errors
    assert told_of(backend.last())["client-cert-verdict"] == [POP]
    record = gateway.access(path="/curl")
    assert (record["identity"]["fingerprint"], record["identity"]["proof"]) == (own.fingerprint, "possession")


@pytest.mark.parametrize("mode", ["request", "proof", "report"])
def test_openssl_is_asked_for_a_certificate(stage, scene, clients, mode):
    """And no names of CAs are told where none counts."""
    gateway, _ = scene
    output = client.s_client(gateway.port, stage.trust, certificate=clients["alice"], server_name=hosts.name(mode))
    assert "HTTP/1.1 200" in output
    assert ("Acceptable client certificate CA names" in output) == (mode == "report")


@pytest.mark.parametrize("mode", ["request", "proof"])
def test_a_key_that_proves_nothing_is_refused(stage, scene, mode):
    """Whoever can compute the key of a small RSA certificate is its owner as well as anybody."""
    gateway, _ = scene
    weak = stage.context(stage.issue("weak", kind="rsa1024"), ciphers="DEFAULT:@SECLEVEL=0")
    assert client.refused_alert(gateway.port, weak, server_name=hosts.name(mode)) == 43
    assert gateway.refusal(sni=hosts.name(mode))["reason"] == "certificate-weak-key"


PINNED = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: any_with_proof, pins: { certificates: "{pin}" } }
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""


def test_pins_make_known_certificates_of_self_made_ones(stage, clients):
    """any_with_proof with pins: these certificates and no others, without any CA."""
    gateway = stage.gateway(PINNED, backend=stage.recorder().address, pin=clients["self-made"].fingerprint)
    assert client.get_once(gateway.port, stage.context(clients["self-made"]))[0] == 200
    assert client.refused_alert(gateway.port, stage.context(clients["alice"])) == 42
    assert gateway.refusal(reason="certificate-not-pinned")["presented"]["fingerprint_sha256"] \
        == clients["alice"].fingerprint
