"""`mode: report_only` is the rehearsal of `required`: everybody is let in, everything is checked, and the record says who
would have been refused and why: in full handshakes, resumed ones, and on open connections."""
import pytest

from harness import client, crl, pki
from harness.backend import fields_of
from harness.gateway import command
from harness.waiting import until

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth:
      mode: {mode}
      trust: "{clients}"
      revocation: { lists: [ "{list}" ] }
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""


@pytest.fixture(name="scene")
def gateway_and_backend(world):
    """A gateway under report_only whose list names nobody yet."""
    backend = world.recorder()
    path = crl.write(world.clients_ca, path=world.folder / "clients.crl")
    return world.gateway(CONFIG, backend=backend.address, mode="report_only", list=path), backend


def verdict_of(backend):
    """What the backend was told last."""
    return fields_of(backend.last())["client-cert-verdict"]


@pytest.mark.parametrize("version", client.VERSIONS)
def test_what_required_would_refuse_is_recorded(world, scene, version):
    """Per request in the access log, counted by reason, and never as a refusal."""
    gateway, backend = scene
    cases = [
        (None, "certificate-missing", "NONE"),
        (pki.Authority(world.folder, "Foreign").issue("mallory"), "certificate-unknown-issuer", None),
        (world.issue("late", not_after=pki.now() - pki.HOUR), "certificate-expired", None),
        (world.issue("weak", kind="rsa1024"), "certificate-weak-key", None),
        (world.issue("good"), None, "VERIFIED"),
    ]
    for number, (certificate, reason, verdict) in enumerate(cases):
        made = world.context(certificate, version, ciphers="DEFAULT:@SECLEVEL=0")
        path = f"/{number}"
        assert client.get_once(gateway.port, made, path)[0] == 200
        assert verdict_of(backend) == [verdict or f"FAILED:{reason}"]
        record = gateway.access(path=path)
        assert record.get("would_refuse") == reason and "reason" not in record
        if certificate and reason:
            assert record["presented"]["fingerprint_sha256"] == certificate.fingerprint
            assert "identity" not in record
    assert not gateway.refusals()
    counted = gateway.status()["would_refuse"]
    assert counted == {reason: 1 for _, reason, _ in cases if reason}
    assert not gateway.status()["reasons"]


@pytest.mark.parametrize("version", client.VERSIONS)
def test_an_open_connection_and_a_ticket_are_judged_anew(world, scene, version):
    """A certificate that is revoked meanwhile: nobody is cut off, and the next request says so."""
    gateway, backend = scene
    alice = world.issue("alice")
    made = world.context(alice, version)
    with client.connect(gateway.port, made) as connection:
        assert client.get(connection)[0] == 200 and verdict_of(backend) == ["VERIFIED"]
        session = client.session_of(connection)
        crl.write(world.clients_ca, [alice], path=world.folder / "clients.crl", number=2)
        gateway.reloaded()
        assert client.get(connection, "/open")[0] == 200
        assert verdict_of(backend) == ["FAILED:certificate-revoked"]
    with client.connect(gateway.port, made, session=session) as connection:
        assert connection.session_reused
        assert client.get(connection, "/resumed")[0] == 200
        assert verdict_of(backend) == ["FAILED:certificate-revoked"]
    for path in ("/open", "/resumed"):
        assert gateway.access(path=path)["would_refuse"] == "certificate-revoked"
    assert not gateway.refusals()


def test_a_certificate_that_expires_is_let_go_on(world, scene):
    """On its connection, with the new verdict."""
    gateway, backend = scene
    late = world.issue("late", not_after=pki.now() + 3 * pki.SECOND)
    with client.connect(gateway.port, world.context(late)) as connection:
        assert client.get(connection)[0] == 200 and verdict_of(backend) == ["VERIFIED"]
        until(lambda: pki.now() > late.x509.not_valid_after + pki.SECOND, 10, "the certificate to expire")
        assert client.get(connection)[0] == 200 and verdict_of(backend) == ["FAILED:certificate-expired"]


def test_what_is_wrong_with_a_request_is_refused_all_the_same(world, scene):
    """Only the client's own matters are let pass."""
    gateway, backend = scene
    before = len(backend.requests)
    with client.connect(gateway.port, world.context()) as connection:
        assert client.get(connection, fields="Client-Cert-Verdict: VERIFIED\r\n")[0] == 400
    assert len(backend.requests) == before


@pytest.mark.parametrize("version", client.VERSIONS)
def test_the_step_to_required_refuses_exactly_those(world, scene, version):
    """After the reload, sessions and tickets of the rehearsal are worth nothing."""
    gateway, backend = scene
    foreign = world.context(pki.Authority(world.folder, "Foreign").issue("mallory"), version)
    good = world.context(world.issue("alice"), version)
    with client.connect(gateway.port, foreign) as connection:
        assert client.get(connection)[0] == 200
        session = client.session_of(connection)
        gateway.reloaded(mode="required")
        before = len(backend.requests)
        connection.sendall(client.request_bytes())
        assert b" 200 " not in connection.recv(100)
    assert client.refused_alert(gateway.port, foreign, session=session) == 48
    assert len(backend.requests) == before
    assert client.get_once(gateway.port, good)[0] == 200 and verdict_of(backend) == ["VERIFIED"]


def test_a_denied_client_is_never_told_as_verified(world, scene):
    """Neither at the first request of a connection nor at a later one, nor on a connection that was open before."""
    gateway, backend = scene
    made = world.context(world.issue("alice"))
    with client.connect(gateway.port, made) as before:
        assert client.get(before)[0] == 200 and verdict_of(backend) == ["VERIFIED"]
        assert command("revoke", "cn=alice", "--socket", gateway.socket_path).returncode == 0
        with client.connect(gateway.port, made) as after:
            for connection in (before, after, after, before):
                assert client.get(connection)[0] == 200
                assert verdict_of(backend) == ["FAILED:denied"]
