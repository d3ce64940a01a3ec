"""`Connection: Client-Cert` asks a proxy to drop its own word on who the client is. It is refused.

CVE-2024-45410, CVE-2026-29054 (lower case), CVE-2025-48865, CVE-2022-31813."""
import pytest

from harness import client, hosts
from harness.backend import fields_of

HOST = hosts.name("required")
PROTECTED = ["Client-Cert", "client-cert", "CLIENT_CERT", "Client-Cert-Chain", "Client-Cert-Verdict",
             "X-SSL-Client-Cert", "x_ssl_client_cert", "X-Forwarded-For", "x-forwarded-for", "X-Forwarded-Proto"]


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway, its backend, and a client's settings."""
    backend = stage.recorder()
    return hosts.start(stage, backend), backend, stage.context(stage.issue())


@pytest.mark.parametrize("path", ["/refuse", "/strip"])
@pytest.mark.parametrize("shape", ["{}", "close, {}", "{}, keep-alive", "keep-alive,\t{} ,x", "x\r\nConnection: {}"])
def test_naming_a_protected_field_is_refused(scene, path, shape):
    """Whatever the route says of stripping: nobody names these in good faith."""
    gateway, backend, made = scene
    before = len(backend.requests)
    for name in PROTECTED:
        line = f"Connection: {shape.format(name)}\r\n"
        assert client.get_once(gateway.port, made, path, HOST, line)[0] == 400, name
    assert len(backend.requests) == before
    assert gateway.refusal(reason="protected-field")["status"] == 400


def test_naming_a_field_of_its_own_drops_that_and_nothing_else(scene):
    """RFC 9110 section 7.6.1."""
    gateway, backend, made = scene
    line = "Connection: X-Hop, keep-alive\r\nX-Hop: for you\r\nX-End: for the backend\r\nKeep-Alive: 5\r\n"
    assert client.get_once(gateway.port, made, "/", HOST, line)[0] == 200
    fields = fields_of(backend.last())
    assert "x-hop" not in fields and "keep-alive" not in fields
    assert fields["x-end"] == ["for the backend"]
    assert fields["client-cert-verdict"] == ["VERIFIED"] and "client-cert" in fields
