"""WebSockets, calls of gRPC that stream, streams of HTTP/2 and tunnels of bytes may last for hours. They end when the identity
that they belong to is revoked, by command or by a list; those of others go on."""
import grpc
import pytest

from harness import crl
from harness.gateway import command
from harness.lasting import KINDS, Place
from harness.legs import Legs


class Scene:
    """The gateway with everything behind it, and the list of the revoked."""

    def __init__(self, stage):
        self.stage = stage
        self.revoked = []
        self.list = crl.write(stage.clients_ca, number=1)
        self.place = Place(stage, Legs(stage), f', revocation: {{ lists: [ "{self.list}" ], refresh: 1s, poll: 200ms }}')

    def by_command(self, certificate):
        """Revokes it at the running gateway."""
        done = command("revoke", "--cert", certificate.path, "--socket", self.place.gateway.socket_path)
        assert done.returncode == 0, done.stderr

    def by_list(self, certificate):
        """Adds it to the list."""
        self.revoked.append(certificate)
        crl.write(self.stage.clients_ca, self.revoked, number=1 + len(self.revoked)).rename(self.list)


@pytest.fixture(scope="module")
def scene(stage):
    """One for all stories."""
    return Scene(stage)


@pytest.mark.parametrize("how", ["by command", "by list"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_ends_for_the_revoked_only(scene, kind, how):
    """Whoever was revoked is not let in again; whoever was not goes on where he was."""
    mallory, bob = scene.stage.issue("mallory"), scene.stage.issue("bob")
    lost, kept = KINDS[kind](scene.place, mallory), KINDS[kind](scene.place, bob)
    {"by command": scene.by_command, "by list": scene.by_list}[how](mallory)
    lost.await_end()
    assert kept.goes_on()
    with pytest.raises((OSError, grpc.RpcError)):
        KINDS[kind](scene.place, mallory)
    lost.close()
    kept.close()
