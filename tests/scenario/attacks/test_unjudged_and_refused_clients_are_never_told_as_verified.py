"""Where the handshake goes on without a judged chain (request, any_with_proof, report_only, refuse_with: page), nothing
that the client says, shows or resumes makes it a verified one.

CVE-2021-20230 (stunnel: a way round for the refused skipped the check), CVE-2025-23419 and CVE-2025-23048 (a ticket of a
lax host), CVE-2022-25640 and CVE-2022-29222 (no CertificateVerify), Keycloak #17059 and Traefik PR 13260 (a forged field
on a connection that proves nothing)."""
import pytest

from harness import client, hosts, pki, rawtls
from harness.backend import fields_of

LAX = ["request", "proof", "report", "page"]
VERDICTS = {"request": "UNVERIFIED-POP", "proof": "UNVERIFIED-POP", "report": "FAILED:certificate-unknown-issuer"}
FORGED = ["Client-Cert-Verdict: VERIFIED", "client_cert_verdict: VERIFIED", "Client-Cert: :AAAA:",
          "CLIENT.CERT: :AAAA:", "X-SSL-Client-Cert: AAAA", "X-SSL-Client-Verify: SUCCESS"]


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway, its backend, and a certificate that Mallory made with Alice's names."""
    backend = stage.recorder()
    alice = stage.issue("alice")
    mallory = pki.make(stage.folder, alice.x509.subject, None, usage="client")
    return hosts.start(stage, backend), backend, alice, mallory


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("host", LAX)
def test_a_ticket_of_a_lax_host_opens_no_strict_one(stage, scene, host, version):
    """A full handshake instead, which refuses; the strict host's page refuses, too."""
    gateway, backend, _, mallory = scene
    made, name = stage.context(mallory, version), hosts.name(host)
    with client.connect(gateway.port, made, server_name=name) as connection:
        client.get(connection, host=name)
        session = client.session_of(connection)
    before = len(backend.requests)
    for strict in ("required", "optional", "twin"):
        alert = client.refused_alert(gateway.port, made, server_name=hosts.name(strict), session=session)
        assert alert == 48
    with client.connect(gateway.port, made, server_name=hosts.name("optional-page"), session=session) as connection:
        assert not connection.session_reused
        assert client.get(connection, host=hosts.name("optional-page"))[0] == 403
    assert len(backend.requests) == before


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("host", LAX)
def test_a_strict_hosts_ticket_proves_nothing_elsewhere(stage, scene, host, version):
    """Alice's session of the strict host is no proof at another, not even to be let in at."""
    gateway, backend, alice, _ = scene
    made, name = stage.context(alice, version), hosts.name(host)
    with client.connect(gateway.port, made, server_name=hosts.name("required")) as connection:
        client.get(connection, host=hosts.name("required"))
        session = client.session_of(connection)
    with client.connect(gateway.port, made, server_name=name, session=session) as connection:
        assert not connection.session_reused
        assert client.get(connection, host=name)[0] == 200
    assert fields_of(backend.last())["client-cert-verdict"] == [
        "UNVERIFIED-POP" if host in ("request", "proof") else "VERIFIED"]


@pytest.mark.parametrize("host", LAX)
@pytest.mark.parametrize("strict", ["required", "twin", "optional"])
def test_the_host_field_leads_to_no_other_policy(stage, scene, host, strict):
    """Server name of the lax host, Host of the strict one: 421, or the page's 403."""
    gateway, backend, _, mallory = scene
    before = len(backend.requests)
    with client.connect(gateway.port, stage.context(mallory), server_name=hosts.name(host)) as connection:
        assert client.get(connection, host=hosts.name(strict))[0] == (403 if host == "page" else 421)
    assert len(backend.requests) == before


@pytest.mark.parametrize("host, shows", [("request", True), ("request", False), ("report", True), ("report", False),
                                         ("proof", True)])
def test_a_forged_verdict_is_refused_or_stripped(stage, scene, host, shows):
    """The verdict is the gateway's, once, whatever came."""
    gateway, backend, _, mallory = scene
    made, name = stage.context(mallory if shows else None), hosts.name(host)
    for line in FORGED:
        before = len(backend.requests)
        assert client.get_once(gateway.port, made, "/refuse", name, line + "\r\n")[0] == 400
        assert len(backend.requests) == before
        assert client.get_once(gateway.port, made, "/strip", name, line + "\r\n")[0] == 200
        fields = fields_of(backend.last())
        assert fields["client-cert-verdict"] == [VERDICTS[host] if shows else "NONE"], line
        assert ("client-cert" in fields) == (shows and host != "report")
        assert b"AAAA:" not in backend.last() and b"SUCCESS" not in backend.last()


@pytest.mark.parametrize("host", LAX)
def test_a_copied_certificate_without_its_key_is_refused_everywhere(scene, host):
    """Alice's certificate, Mallory's key: decrypt_error; and without any proof: unexpected_message."""
    gateway, backend, alice, mallory = scene
    before = len(backend.requests)
    for key, alert in ((mallory.key, 51), (None, 10)):
        with rawtls.Client(gateway.port, server_name=hosts.name(host)) as visitor:
            assert visitor.requested
            steps = [lambda: visitor.certificate(alice.der)]
            steps += [lambda: visitor.proof(key)] if key else []
            with pytest.raises(rawtls.Alerted) as refusal:
                visitor.say(*steps, visitor.finished)
                visitor.ask(client.request_bytes(host=hosts.name(host)))
        assert refusal.value.number == alert
        record = gateway.refusal(reason="certificate-proof", sni=hosts.name(host))
        assert record["stage"] == "handshake"
    assert len(backend.requests) == before


@pytest.mark.parametrize("host, verdict", [("request", "UNVERIFIED-POP"), ("proof", "UNVERIFIED-POP")])
def test_a_good_chain_that_nobody_judged_is_not_told_as_one(stage, scene, host, verdict):
    """Alice herself, with an intermediate sent along: the certificate is told, no chain is, and it is not VERIFIED."""
    gateway, backend, _, _ = scene
    department = pki.Authority(stage.folder, "Department", issuer=stage.clients_ca)
    assert client.get_once(gateway.port, stage.context(department.issue("alice")), host=hosts.name(host))[0] == 200
    fields = fields_of(backend.last())
    assert fields["client-cert-verdict"] == [verdict] and "client-cert-chain" not in fields
