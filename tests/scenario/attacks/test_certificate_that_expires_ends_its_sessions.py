"""A certificate that was good at the handshake and is no longer opens nothing: not by its ticket, not by its
connection. CVE-2020-35509 (one path that did not look at the dates), Cloudflare 2022 (resumed though revoked)."""
import pytest

from harness import client, pki
from harness.waiting import until

LIFE = 3 * pki.SECOND


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway and its backend."""
    backend = stage.recorder()
    return stage.gateway(backend=backend.address), backend


@pytest.fixture(scope="module")
def visits(stage, scene):
    """With each version: a ticket, and a connection that stays open, of a certificate that has expired since."""
    gateway, _ = scene
    made = {}
    certificates = {version: stage.issue(not_after=pki.now() + LIFE) for version in client.VERSIONS}
    for version, certificate in certificates.items():
        settings = stage.context(certificate, version)
        connection = client.connect(gateway.port, settings)
        assert client.get(connection)[0] == 200
        with client.connect(gateway.port, settings, session=client.session_of(connection)) as again:
            assert client.get(again)[0] == 200 and again.session_reused
            made[version] = certificate, settings, client.session_of(again), connection
    last = max(certificate.x509.not_valid_after for certificate in certificates.values())
    until(lambda: pki.now() > last + pki.SECOND, 10, "the certificates to expire")
    return made


@pytest.mark.parametrize("version", client.VERSIONS)
def test_the_ticket_is_refused(scene, visits, version):
    """certificate_expired, as without a ticket."""
    gateway, backend = scene
    certificate, settings, session, _ = visits[version]
    before = len(backend.requests)
    assert client.refused_alert(gateway.port, settings, session=session) == 45
    assert gateway.refusal(reason="certificate-expired", stage="handshake")["presented"]["fingerprint_sha256"] \
        == certificate.fingerprint
    assert len(backend.requests) == before


@pytest.mark.parametrize("version", client.VERSIONS)
def test_the_open_connection_answers_nothing_more(scene, visits, version):
    """403, and the connection ends."""
    gateway, backend = scene
    certificate, _, _, connection = visits[version]
    before = len(backend.requests)
    with connection:
        status, fields, _ = client.get(connection, path="/late")
        assert (status, fields.get("connection")) == (403, "close")
        assert connection.recv(1) == b""
    assert len(backend.requests) == before
    record = gateway.refusal(reason="certificate-expired", stage="request")
    assert record["identity"]["fingerprint"] == certificate.fingerprint
