"""A certificate that was good when the connection began opens nothing once it is revoked: not by its ticket, not by its
connection; and nobody else notices. Cloudflare 2022 (revoked certificates resumed), CVE-2022-41316 (list not in force
for the first request)."""
import pytest

from harness import client, crl
from harness.waiting import until
from harness.world import REQUIRED

LISTED = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", revocation: { lists: "{list}" } }')


@pytest.fixture(scope="module")
def visits(stage):
    """With each version: tickets and open connections of one who is revoked now, and of one who is not."""
    path = crl.write(stage.clients_ca)
    backend = stage.recorder()
    gateway = stage.gateway(LISTED, backend=backend.address, list=path)
    made = {}
    for version in client.VERSIONS:
        for name in ("revoked", "spared"):
            certificate = stage.issue(name)
            settings = stage.context(certificate, version)
            connection = client.connect(gateway.port, settings)
            assert client.get(connection)[0] == 200
            with client.connect(gateway.port, settings, session=client.session_of(connection)) as again:
                assert client.get(again)[0] == 200 and again.session_reused
                made[name, version] = certificate, settings, client.session_of(again), connection
    revoked = [made["revoked", version][0] for version in client.VERSIONS]
    crl.write(stage.clients_ca, revoked, path=path, number=2)
    gateway.reloaded()
    return gateway, backend, made


@pytest.mark.parametrize("version", client.VERSIONS)
def test_the_ticket_of_the_revoked_is_refused(visits, version):
    """certificate_revoked, as without a ticket."""
    gateway, backend, made = visits
    _, settings, session, _ = made["revoked", version]
    before = len(backend.requests)
    assert client.refused_alert(gateway.port, settings, session=session) == 44
    assert len(backend.requests) == before


@pytest.mark.parametrize("version", client.VERSIONS)
def test_the_ticket_of_the_spared_still_resumes(visits, version):
    """A new list is no new policy."""
    gateway, _, made = visits
    _, settings, session, _ = made["spared", version]
    with client.connect(gateway.port, settings, session=session) as connection:
        assert client.get(connection)[0] == 200 and connection.session_reused


@pytest.mark.parametrize("version", client.VERSIONS)
def test_the_open_connection_of_the_revoked_was_closed(visits, version):
    """Without waiting for its next request."""
    _, _, made = visits
    connection = made["revoked", version][3]
    with connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize("version", client.VERSIONS)
def test_the_open_connection_of_the_spared_goes_on(visits, version):
    """Exactly the revoked ones are closed."""
    _, _, made = visits
    with made["spared", version][3] as connection:
        assert client.get(connection)[0] == 200


def test_the_closing_was_recorded(stage):
    """Stage session, with the identity."""
    certificate = stage.issue()
    path = crl.write(stage.clients_ca)
    gateway = stage.gateway(LISTED, backend=stage.recorder().address, list=path)
    with client.connect(gateway.port, stage.context(certificate)) as connection:
        assert client.get(connection)[0] == 200
        crl.write(stage.clients_ca, [certificate], path=path, number=2)
        gateway.reloaded()
        assert connection.recv(1) == b""
    record = gateway.refusal(reason="certificate-revoked", stage="session")
    assert record["identity"]["fingerprint"] == certificate.fingerprint


def test_a_revoked_client_loses_the_answer_that_it_waits_for(stage):
    """At once is the rule: what is under way may be what was stolen."""
    certificate = stage.issue()
    path = crl.write(stage.clients_ca)
    held = stage.recorder()
    gateway = stage.gateway(LISTED, backend=held.address, list=path)
    with client.connect(gateway.port, stage.context(certificate)) as connection:
        connection.sendall(client.request_bytes(method="POST", fields="Content-Length: 4\r\n") + b"ab")
        until(lambda: held.connections, 5, "the request to be under way")
        crl.write(stage.clients_ca, [certificate], path=path, number=2)
        gateway.reloaded()
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:
            pass
    record = gateway.refusal(reason="certificate-revoked", stage="request")
    assert record["identity"]["fingerprint"] == certificate.fingerprint


def test_a_revoked_client_gets_the_answer_where_the_setting_says_so(stage):
    """HTTP/1.1: the connection ends after the answer."""
    certificate = stage.issue()
    path = crl.write(stage.clients_ca)
    held = stage.recorder()
    gateway = stage.gateway(LISTED.replace('lists: "{list}"', 'lists: "{list}", close: after_answer'),
                            backend=held.address, list=path)
    with client.connect(gateway.port, stage.context(certificate)) as connection:
        connection.sendall(client.request_bytes(method="POST", fields="Content-Length: 4\r\n") + b"ab")
        until(lambda: held.connections, 5, "the request to be under way")
        crl.write(stage.clients_ca, [certificate], path=path, number=2)
        gateway.reloaded()
        connection.sendall(b"cd")
        status, fields, _ = client.read_answer(connection)
        assert (status, fields.get("connection")) == (200, "close")
        assert connection.recv(1) == b""
