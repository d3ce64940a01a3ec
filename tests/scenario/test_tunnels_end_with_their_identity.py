"""A tunnel lives as long as its client may be there: who is revoked, on hold or expired loses it at once, others go on; a
reload keeps it unless its host or trust is gone."""
import datetime
import ssl

import pytest

from harness import client
from harness.gateway import command
from harness.waiting import until

CONFIG = """\
workers: 2
drain: {drain}
listeners:
  - name: bytes
    mode: tcp
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{trust}" }
    backend: app
    {rules}
    hosts:
      - { names: [ {passed} ], mode: passthrough, backend: {backend_name} }
backends:
  app: { servers: [ "{backend}" ] }
  other: { servers: [ "127.0.0.1:9" ] }
"""


def echo(connection):
    """Gives back what comes."""
    while part := connection.recv(1 << 16):
        connection.sendall(part)


def speaks(connection):
    """True while what is said comes back."""
    try:
        connection.sendall(b"?")
        return connection.recv(1) == b"?"
    except (OSError, ssl.SSLError):
        return False


def ends(connection):
    """Waits for the end, which comes from the gateway without a word of ours."""
    try:
        assert connection.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        pass


class Scene:
    """A gateway before an echo, and tunnels through it."""

    def __init__(self, world):
        self.world = world
        server = world.backend(echo)
        self.gateway = world.gateway(CONFIG, backend=server.address, trust=world.clients_ca.path, rules="", drain="500ms",
                                     passed="passed.example", backend_name="app")

    def tunnel(self, certificate):
        """A tunnel of this client that has carried bytes."""
        made = client.connect(self.gateway.port, self.world.context(certificate))
        assert speaks(made)
        return made

    def passed(self):
        """A hello that was passed through, and came back."""
        made, outgoing = self.world.context(), ssl.MemoryBIO()
        with pytest.raises(ssl.SSLWantReadError):
            made.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="passed.example").do_handshake()
        connection = client.tcp(self.gateway.port)
        connection.sendall(outgoing.read())
        assert connection.recv(1 << 16)
        return connection


@pytest.fixture
def scene(world):
    """One for each story."""
    return Scene(world)


def test_revoked_and_held_clients_lose_their_tunnels_and_no_others(scene):
    """By fingerprint; several tunnels of one identity, in both workers."""
    alice, bob, carol = (scene.world.issue(name) for name in ("alice", "bob", "carol"))
    of_alice = [scene.tunnel(alice) for _ in range(6)]
    others = [scene.tunnel(bob), scene.tunnel(carol), scene.passed()]
    for verb, certificate, tunnels in (("revoke", alice, of_alice), ("hold", carol, [others.pop(1)])):
        done = command(verb, certificate.fingerprint, "--socket", scene.gateway.socket_path)
        assert done.returncode == 0, done.stderr
        for tunnel in tunnels:
            ends(tunnel)
        assert all(speaks(other) for other in others)
    record = scene.gateway.refusal(stage="session", reason="denied")
    assert "CN=alice" in record["identity"]["subject"]
    assert until(lambda: len([r for r in scene.gateway.accesses() if r["reason"] == "denied"]) == 6, 10, "six records")
    assert scene.gateway.access(reason="denied")["ended_by"] == "gateway"
    assert client.refused_alert(scene.gateway.port, scene.world.context(alice)) == 44


def test_a_certificate_that_expires_ends_its_tunnel(scene):
    """To the second."""
    ends_at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=5)
    brief = scene.tunnel(scene.world.issue("brief", not_after=ends_at))
    other = scene.tunnel(scene.world.issue("other"))
    ends(brief)
    assert datetime.datetime.now(datetime.timezone.utc) >= ends_at.replace(microsecond=0)
    scene.gateway.refusal(stage="session", reason="certificate-expired")
    assert speaks(other)


def test_a_reload_keeps_tunnels(scene):
    """Also when the backend is another one from now on: what goes on, goes on to where it went."""
    tunnels = [scene.tunnel(scene.world.issue("alice")), scene.passed()]
    scene.gateway.reloaded(backend_name="other")
    scene.gateway.reloaded()
    assert all(speaks(tunnel) for tunnel in tunnels)
    assert scene.gateway.status()["counters"]["tunnels"] == 2


def test_rules_that_forbid_end_tunnels(scene):
    """As soon as they are in force."""
    alice, bob = (scene.tunnel(scene.world.issue(name)) for name in ("alice", "bob"))
    scene.gateway.reloaded(rules="deny: [ { subject.cn: alice } ]")
    ends(alice)
    assert speaks(bob)


def test_another_trust_or_no_host_ends_tunnels_within_the_drain(scene):
    """They have its time, and no more."""
    terminated, passed = scene.tunnel(scene.world.issue("alice")), scene.passed()
    scene.gateway.reloaded(passed="another.example", drain="1s")
    ends(passed)
    assert speaks(terminated)
    scene.gateway.reloaded(trust=scene.world.servers_ca.path)
    ends(terminated)
    assert until(lambda: len([r for r in scene.gateway.accesses() if r["reason"] == "draining"]) == 2, 10, "both records")


def test_stopping_waits_for_tunnels_within_the_drain(scene):
    """Then they are closed."""
    tunnel = scene.tunnel(scene.world.issue("alice"))
    scene.gateway.signal(15)
    ends(tunnel)
    assert scene.gateway.process.wait(20) == 0
