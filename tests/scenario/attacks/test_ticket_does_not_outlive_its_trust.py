"""When the trust or the demands change, tickets from before are judged by what holds now.

CVE-2025-68121 (ClientCAs changed between two handshakes), CVE-2022-21654 (resumed without validating again)."""
import pytest

from harness import client, pki
from harness.backend import fields_of
from harness.world import REQUIRED

OPTIONAL = REQUIRED.replace("mode: required", "mode: optional")
OFF = REQUIRED.replace('client_auth: { mode: required, trust: "{clients}" }', 'client_auth: { mode: "off" }')


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway that is reloaded again and again."""
    backend = stage.recorder()
    return stage.gateway(backend=backend.address), backend


def ticket(gateway, made):
    """A ticket from a full handshake."""
    with client.connect(gateway.port, made) as connection:
        assert client.get(connection)[0] == 200
        return client.session_of(connection)


def resumed(gateway, made, session):
    """Whether a request with this ticket resumes; it has to be answered."""
    with client.connect(gateway.port, made, session=session) as connection:
        assert client.get(connection)[0] == 200
        return connection.session_reused


@pytest.mark.parametrize("version", client.VERSIONS)
def test_another_trust_refuses_the_old_client(stage, scene, version):
    """A full handshake, and unknown_ca."""
    gateway, backend = scene
    gateway.reloaded(REQUIRED, clients=stage.clients_ca.path)
    made = stage.context(stage.issue(), version)
    session = ticket(gateway, made)
    gateway.reloaded(clients=pki.Authority(stage.folder, "New clients CA").path)
    before = len(backend.requests)
    assert client.refused_alert(gateway.port, made, session=session) == 48
    assert gateway.refusal(reason="certificate-unknown-issuer")["presented"]["subject"] == "CN=alice"
    assert len(backend.requests) == before


@pytest.mark.parametrize("version", client.VERSIONS)
def test_a_trust_that_was_added_to_keeps_the_client(stage, scene, version):
    """It is another trust, so it is judged anew; and found good."""
    gateway, backend = scene
    gateway.reloaded(REQUIRED, clients=stage.clients_ca.path)
    made = stage.context(stage.issue(), version)
    session = ticket(gateway, made)
    both = stage.folder / "both.pem"
    both.write_bytes(stage.clients_ca.certificate.pem + pki.Authority(stage.folder, "Second").certificate.pem)
    gateway.reloaded(clients=both)
    resumed(gateway, made, session)
    assert fields_of(backend.last())["client-cert-verdict"] == ["VERIFIED"]


@pytest.mark.parametrize("version", client.VERSIONS)
def test_a_reload_that_changes_nothing_of_it_keeps_the_ticket(stage, scene, version):
    """The keys stay, too."""
    gateway, _ = scene
    gateway.reloaded(REQUIRED, clients=stage.clients_ca.path)
    made = stage.context(stage.issue(), version)
    session = ticket(gateway, made)
    gateway.reloaded()
    assert resumed(gateway, made, session)


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("lax", [OFF, OPTIONAL], ids=["off", "optional"])
def test_a_ticket_from_laxer_times_opens_nothing(stage, scene, version, lax):
    """Given out without a certificate; now one is required."""
    gateway, backend = scene
    gateway.reloaded(lax, clients=stage.clients_ca.path)
    made = stage.context(None, version)
    session = ticket(gateway, made)
    assert resumed(gateway, made, session)
    session = ticket(gateway, made)
    gateway.reloaded(REQUIRED)
    before = len(backend.requests)
    assert client.refused_alert(gateway.port, made, session=session) == (40 if version == client.TLS12 else 116)
    assert len(backend.requests) == before


def test_without_tickets_none_is_given(stage, scene):
    """tickets: { enabled: false }"""
    gateway, _ = scene
    gateway.reloaded("tickets: { enabled: false }\n" + REQUIRED, clients=stage.clients_ca.path)
    for version in client.VERSIONS:
        with client.connect(gateway.port, stage.context(stage.issue(), version)) as connection:
            assert client.get(connection)[0] == 200
            assert not connection.session or not connection.session.has_ticket
