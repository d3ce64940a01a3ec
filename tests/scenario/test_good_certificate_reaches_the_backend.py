"""A client with a good certificate reaches the backend, which is told the proven certificate."""
import base64
import ssl

import pytest

from harness import client
from harness.backend import fields_of


def encoded(der):
    """A byte sequence of RFC 9651."""
    return ":" + base64.b64encode(der).decode() + ":"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_backend_is_told_the_leaf(world, required, version):
    """Both versions of TLS; the field is exactly the leaf."""
    backend = world.recorder()
    gateway = world.gateway(required, backend=backend.address)
    alice = world.alice()
    with client.connect(gateway.port, client.context(world.trust, alice, version)) as connection:
        status, _, body = client.get(connection)
    assert (status, body) == (200, b"ok")
    fields = fields_of(backend.last())
    assert fields["client-cert"] == [encoded(alice.der)]
    assert fields["client-cert-verdict"] == ["VERIFIED"]
    assert "client-cert-chain" not in fields
    assert gateway.access(status=200)["identity"]["fingerprint"] == alice.fingerprint


def test_curl_reaches_nginx_which_logs_the_certificate(world, required):
    """The everyday pair: curl in front, nginx behind."""
    backend = world.nginx()
    gateway = world.gateway(required, backend=backend.address)
    alice = world.alice()
    code, output, errors = client.curl(gateway.port, world.trust, certificate=alice, path="/hello")
    assert (code, output) == (0, "hello from nginx\n"), errors
    assert backend.lines()[-1] == f"GET /hello|{encoded(alice.der)}|-|VERIFIED"


def test_openssl_s_client_reaches_nginx(world, required):
    """The tool that everybody tries first."""
    backend = world.nginx()
    gateway = world.gateway(required, backend=backend.address)
    output = client.s_client(gateway.port, world.trust, certificate=world.alice())
    assert "hello from nginx" in output
