"""A session ticket of before the revocation, in either version, is judged as a full handshake is; and so is the session
that a client carries from one connection to another. Cloudflare 2022 (revoked certificates resumed), CVE-2022-21654."""
import pytest

from harness import client
from harness.gateway import command
from harness.world import REQUIRED


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("verb", ["revoke", "hold"])
def test_the_ticket_of_the_denied_is_refused_and_others_resume(world, version, verb):
    """certificate_revoked; no request of theirs reaches the backend; after a release the ticket is good again."""
    backend = world.recorder()
    gateway = world.gateway("workers: 2\n" + REQUIRED, backend=backend.address)
    visits = {}
    for name in ("alice", "bob"):
        settings = world.context(world.issue(name), version)
        with client.connect(gateway.port, settings) as connection:
            assert client.get(connection)[0] == 200
            visits[name] = settings, client.session_of(connection)
    assert command(verb, "cn=alice", "--socket", gateway.socket_path).returncode == 0
    settings, session = visits["alice"]
    before = len(backend.requests)
    for _ in range(4):
        assert client.refused_alert(gateway.port, settings, session=session) == 44
    assert len(backend.requests) == before
    gateway.refusal(reason="denied" if verb == "revoke" else "denied-on-hold", stage="handshake")
    with client.connect(gateway.port, visits["bob"][0], session=visits["bob"][1]) as connection:
        assert client.get(connection)[0] == 200 and connection.session_reused
    assert command("release", "cn=alice", "--socket", gateway.socket_path).returncode == 0
    with client.connect(gateway.port, settings, session=session) as connection:
        assert client.get(connection)[0] == 200
