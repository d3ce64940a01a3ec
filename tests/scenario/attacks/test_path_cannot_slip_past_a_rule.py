"""A rule about a path holds for every spelling that a backend could take for it; what can be read in two ways is refused,
also on listeners whose routes have no paths."""
import pytest

from harness import client
from harness.world import REQUIRED

RULED = REQUIRED.replace("    routes:\n", "    deny: { path: [ /admin, \"/files/*/secret\" ] }\n    routes:\n")


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway and its backend."""
    backend = stage.recorder()
    return stage.gateway(RULED, backend=backend.address), backend, stage.context(stage.issue())


@pytest.mark.parametrize("path, status", [
    ("/admin", 403), ("/admin/", 403), ("/admin/x", 403), ("/%61dmin", 403), ("/admin;x=1", 403), ("/admin?x", 403),
    ("/ad%6Din/x", 403), ("/files/7/secret", 403), ("/files/%37/secret;v=2?x", 403),
    ("//admin", 400), ("/./admin", 400), ("/x/../admin", 400), ("/x/%2e%2e/admin", 400), ("/x%2f..%2fadmin", 400),
    ("/admin%2fx", 400), ("/x\\..\\admin", 400), ("/%2561dmin", 400), ("/files/7/%c0%af/secret", 400),
    ("/administrator", 200), ("/x/admin", 200), ("/files/7/8/secret", 200), ("/files/7/secrets", 200),
])
def test_every_spelling_of_a_denied_path(scene, path, status):
    """Only what is another path reaches the backend."""
    gateway, backend, settings = scene
    before = len(backend.requests)
    assert client.get_once(gateway.port, settings, path=path)[0] == status
    assert len(backend.requests) == before + (status == 200)


def test_a_long_path_is_read_to_its_end(scene):
    """What a rule asks for may stand behind thousands of bytes."""
    gateway, _, settings = scene
    assert client.get_once(gateway.port, settings, path="/files/" + "a" * 8000 + "/secret")[0] == 403
    assert client.get_once(gateway.port, settings, path="/files/" + "a" * 8000 + "/public")[0] == 200
