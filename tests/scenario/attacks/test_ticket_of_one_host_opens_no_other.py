"""The ticket of a host without client authentication never opens a host with it; nor does that of any other host.

CVE-2025-23419, CVE-2025-23048 (TLS 1.3 tickets across virtual hosts), CVE-2014-3616 (one session cache for all)."""
import itertools

import pytest

from harness import client, hosts
from harness.backend import fields_of

ALL = ["off", "optional", "required", "twin", "partners"]


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway with two workers and its backend."""
    backend = stage.recorder()
    return hosts.start(stage, backend, workers=2), backend


def ticket(gateway, made, host):
    """A ticket of this host, and the answer's status."""
    with client.connect(gateway.port, made, server_name=hosts.name(host)) as connection:
        status = client.get(connection, host=hosts.name(host))[0]
        return client.session_of(connection), status


def certificate_for(stage, host):
    """What this host wants to see."""
    return stage.partners_ca.issue("bob") if host == "partners" else stage.issue()


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("first, second", [(f, s) for f, s in itertools.product(ALL, ALL) if f != s])
def test_a_ticket_is_worth_nothing_elsewhere(stage, scene, version, first, second):
    """A full handshake, with the second host's own demands."""
    gateway, backend = scene
    certificate = None if first == "off" else certificate_for(stage, first)
    made = stage.context(certificate, version)
    session, _ = ticket(gateway, made, first)
    fits = second in ("off", "optional") or (certificate and (first == "partners") == (second == "partners"))
    if second == "optional" and first == "partners":
        fits = False
    before = len(backend.requests)
    if not fits:
        alert = client.refused_alert(gateway.port, made, server_name=hosts.name(second), session=session)
        assert alert == (48 if certificate else 40 if version == client.TLS12 else 116)
        assert len(backend.requests) == before
        return
    with client.connect(gateway.port, made, server_name=hosts.name(second), session=session) as connection:
        assert client.get(connection, host=hosts.name(second))[0] == 200
        assert not connection.session_reused
    shown = certificate and second != "off"
    assert fields_of(backend.last())["client-cert-verdict"] == ["VERIFIED" if shown else "NONE"]


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("second", hosts.DEMANDING)
def test_without_a_certificate_no_ticket_opens_a_demanding_host(stage, scene, version, second):
    """Optional without a certificate is the same: nobody was verified."""
    gateway, backend = scene
    made = stage.context(None, version)
    session, status = ticket(gateway, made, "optional")
    assert status == 200
    before = len(backend.requests)
    alert = client.refused_alert(gateway.port, made, server_name=hosts.name(second), session=session)
    assert alert == (40 if version == client.TLS12 else 116)
    assert gateway.refusal(sni=hosts.name(second))["reason"] == "certificate-missing"
    assert len(backend.requests) == before


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("host", ALL)
def test_at_home_a_ticket_resumes_with_the_same_identity(stage, scene, version, host):
    """Several times in a row, whichever worker takes it; the backend is told the same, the access log says resumed."""
    gateway, backend = scene
    certificate = None if host == "off" else certificate_for(stage, host)
    made = stage.context(certificate, version)
    session, status = ticket(gateway, made, host)
    assert status == 200
    told = {name: value for name, value in fields_of(backend.last()).items() if "client-cert" in name}
    assert told["client-cert-verdict"] == ["VERIFIED" if certificate else "NONE"]
    for number in range(4):
        path = f"/{host}/{version.name}/{number}"
        with client.connect(gateway.port, made, server_name=hosts.name(host), session=session) as connection:
            assert client.get(connection, path, hosts.name(host))[0] == 200
            assert connection.session_reused
            session = client.session_of(connection)
        again = fields_of(backend.to_path(path)[0])
        assert {name: value for name, value in again.items() if "client-cert" in name} == told
        assert gateway.access(path=path)["tls"]["resumed"] is True


@pytest.mark.parametrize("version", client.VERSIONS)
def test_two_names_of_one_host_share_it(stage, scene, version):
    """required and alias are one host: a ticket may serve both, or neither; but only with the proof in it."""
    gateway, backend = scene
    made = stage.context(stage.issue(), version)
    session, _ = ticket(gateway, made, "required")
    with client.connect(gateway.port, made, server_name=hosts.name("alias"), session=session) as connection:
        assert client.get(connection, host=hosts.name("alias"))[0] == 200
    assert fields_of(backend.last())["client-cert-verdict"] == ["VERIFIED"]
