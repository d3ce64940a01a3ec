"""A CA with certificates of two roots: when one of them is revoked, its clients come in by the other, in full handshakes
and with tickets from before; when both are, nobody does."""
import base64

import pytest

from harness import client, crl, pki
from harness.world import REQUIRED

LISTED = REQUIRED.replace('trust: "{clients}" }', 'trust: [ "{old_root}", "{new_root}" ], revocation: '
                          '{ lists: [ "{old}", "{new}", "{own}" ], issuers: [ "{by_old}", "{by_new}" ] } }')


class Scene:
    """Two roots, the CA between, one client, and the lists of all of them."""

    def __init__(self, world):
        self.world = world
        self.roots = {name: pki.Authority(world.folder, f"{name} root") for name in ("old", "new")}
        old = pki.Authority(world.folder, "Middle", self.roots["old"])
        new = pki.Authority(world.folder, "Middle", self.roots["new"], key=old.certificate.key)
        self.middle = {"old": old, "new": new}
        self.client = old.issue("alice").with_chain(old.certificate, new.certificate)
        self.lists = {name: crl.write(root) for name, root in self.roots.items()}
        self.number = 1
        values = {"old_root": self.roots["old"].path, "new_root": self.roots["new"].path, "own": crl.write(old),
                  "by_old": old.path, "by_new": new.path, **self.lists}
        self.recorder = world.recorder()
        self.gateway = world.gateway(LISTED, backend=self.recorder.address, **values)

    def revoke(self, *names):
        """The roots of these names list their certificate of the CA, the others list nothing."""
        self.number += 1
        for name, root in self.roots.items():
            revoked = [self.middle[name].certificate] if name in names else []
            crl.write(root, revoked, path=self.lists[name], number=self.number)
        self.gateway.reloaded()

    def way(self, settings, **options):
        """Asks, and says by which root the chain that the backend was told leads."""
        with client.connect(self.gateway.port, settings, **options) as connection:
            assert client.get(connection)[0] == 200
            assert connection.session_reused == ("session" in options)
        told = self.recorder.last()
        return [name for name, ca in self.middle.items() if base64.b64encode(ca.certificate.der) in told]


@pytest.mark.parametrize("version", client.VERSIONS)
def test_either_way_will_do_and_none_will_not(world, version):
    """The whole story, with one gateway."""
    scene = Scene(world)
    settings = world.context(scene.client, version)
    with client.connect(scene.gateway.port, settings) as first:
        assert client.get(first)[0] == 200
        session = client.session_of(first)
    ways = scene.way(settings)
    assert len(ways) == 1
    other = ["old", "new"][ways[0] == "old"]
    scene.revoke(*ways)
    for _ in range(2):
        assert scene.way(settings) == [other]
    assert scene.way(settings, session=session) == [other]
    scene.revoke(other)
    assert scene.way(settings) == ways
    scene.revoke("old", "new")
    assert client.refused_alert(scene.gateway.port, settings) == 44
    assert client.refused_alert(scene.gateway.port, settings, session=session) == 44
    record = scene.gateway.refusal(reason="certificate-revoked", stage="handshake")
    assert "Middle" in str(record)
