"""A client with a good certificate reaches the backend, which is told the proven certificate."""
import base64

import pytest

from harness import client, pki
from harness.backend import fields_of
from harness.waiting import until


def encoded(der):
    """A byte sequence of RFC 9651."""
    return ":" + base64.b64encode(der).decode() + ":"


@pytest.fixture(scope="module")
def recorded(stage):
    """A gateway in front of a backend that keeps what it is told."""
    backend = stage.recorder()
    return stage.gateway(backend=backend.address), backend


@pytest.fixture(scope="module")
def with_nginx(stage):
    """The everyday pair: this gateway in front, nginx behind."""
    backend = stage.nginx()
    return stage.gateway(backend=backend.address), backend


@pytest.mark.parametrize("kind", ["ec", "p384", "p521", "rsa", "ed25519"])
@pytest.mark.parametrize("version", client.VERSIONS)
def test_the_backend_is_told_the_leaf(stage, recorded, version, kind):
    """Both versions of TLS, every kind of key; the field is exactly the leaf, and the access line knows who it was."""
    gateway, backend = recorded
    alice = stage.issue(kind=kind)
    status, _, body = client.get_once(gateway.port, stage.context(alice, version), path=f"/{alice.serial}")
    assert (status, body) == (200, b"ok")
    fields = fields_of(backend.to_path(f"/{alice.serial}")[0])
    assert fields["client-cert"] == [encoded(alice.der)]
    assert fields["client-cert-verdict"] == ["VERIFIED"]
    assert "client-cert-chain" not in fields
    identity = gateway.access(path=f"/{alice.serial}")["identity"]
    assert identity == {"subject": "CN=alice", "fingerprint": alice.fingerprint, "serial": alice.serial}


@pytest.mark.parametrize("usage", ["client", "both", None])
def test_every_usage_that_allows_client_authentication_is_good(stage, recorded, usage):
    """clientAuth alone or among others, or no word about usages at all (RFC 5280 section 4.2.1.12)."""
    gateway, backend = recorded
    assert client.get_once(gateway.port, stage.context(stage.issue(usage=usage)))[0] == 200
    assert fields_of(backend.last())["client-cert-verdict"] == ["VERIFIED"]


@pytest.mark.parametrize("version", ["--tlsv1.3", "--tls-max=1.2"])
def test_curl_reaches_nginx_which_logs_the_certificate(stage, with_nginx, version):
    """curl is told nothing but the certificate."""
    gateway, backend = with_nginx
    alice = stage.issue()
    options = [version] if version != "--tls-max=1.2" else ["--tls-max", "1.2"]
    code, output, errors = client.curl(gateway.port, stage.trust, *options, certificate=alice, path="/hello")
    assert (code, output) == (0, "hello from nginx\n"), errors
    until(lambda: backend.lines()[-1:] == [f"GET /hello|{encoded(alice.der)}|-|VERIFIED"], 5, "nginx's record")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_s_client_reaches_nginx_which_logs_the_certificate(stage, with_nginx, version):
    """The tool that everybody tries first; through an intermediate this time."""
    gateway, backend = with_nginx
    department = pki.Authority(stage.folder, "Department", issuer=stage.clients_ca)
    alice = department.issue("alice")
    output = client.s_client(gateway.port, stage.trust, version, certificate=alice)
    assert "hello from nginx" in output
    expected = f"{encoded(alice.der)}|{encoded(department.certificate.der)}|VERIFIED"
    until(lambda: backend.lines()[-1:] == [f"GET /|{expected}"], 5, "nginx's record")


def test_nginx_is_told_nothing_about_a_client_without_a_certificate(stage, with_nginx):
    """Nobody reaches it."""
    gateway, backend = with_nginx
    before = len(backend.lines())
    code, _, errors = client.curl(gateway.port, stage.trust, path="/hello")
    assert code != 0 and "alert" in errors
    assert len(backend.lines()) == before
