"""Trust that is missing, empty, cut, expired or no CA's: the gateway does not start, and a running one stays as it is.

CVE-2026-27586 (a missing CA file made authentication fail open), CVE-2021-3450, CVE-2024-2048 (a certificate that is no
CA's as an issuer or anchor), CVE-2026-53434 (an invalid configuration was ignored)."""
import pytest

from harness import client, pki
from harness.gateway import command
from harness.world import REQUIRED


def missing(world):
    """A file that is not there."""
    return world.folder / "missing.pem"


def written(name, make):
    """A trust file with what `make` gives."""
    def trust(world):
        path = world.folder / f"{name}.pem"
        path.write_bytes(make(world))
        return path
    trust.__name__ = name
    return trust


def half(world):
    """A whole certificate, then half of one."""
    other = pki.Authority(world.folder, "Other").certificate.pem
    return world.clients_ca.certificate.pem + other[:len(other) // 2]


BROKEN = [
    missing,
    written("empty", lambda w: b""),
    written("words", lambda w: b"no certificate here\n"),
    written("half", half),
    written("cut", lambda w: w.clients_ca.certificate.pem[:-60]),
    written("garbled", lambda w: w.clients_ca.certificate.pem.replace(b"M", b"!", 3)),
    written("not_der", lambda w: pki.pem_of(b"\x30\x03\x02\x01")),
    written("leaf", lambda w: w.issue("alice").pem),
    written("one_leaf_among_them", lambda w: w.clients_ca.certificate.pem + w.issue("alice").pem),
    written("expired", lambda w: pki.Authority(w.folder, "Old", not_after=pki.now() - pki.DAY).certificate.pem),
    written("a_key", lambda w: w.clients_ca.certificate.key_path.read_bytes()),
    lambda world: world.folder,
]


@pytest.fixture(scope="module")
def scene(stage):
    """A running gateway."""
    backend = stage.recorder()
    return stage.gateway(backend=backend.address), backend


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__.replace("<lambda>", "a folder"))
def test_it_is_refused_with_file_and_line(stage, scene, broken):
    """By check, by the start, and by a reload that changes nothing."""
    gateway, _ = scene
    gateway.configure(REQUIRED, clients=broken(stage))
    place = f"{gateway.path}:{gateway.line_of('trust:')}:"
    checked = command("check", "-c", gateway.path)
    assert checked.returncode == 1 and place in checked.stdout + checked.stderr
    reloaded = gateway.reload()
    assert reloaded.returncode == 1 and place in reloaded.stdout + reloaded.stderr
    assert client.get_once(gateway.port, stage.context(stage.issue()))[0] == 200
    assert client.refused_alert(gateway.port, stage.context()) == 116
    foreign = pki.Authority(stage.folder, "Foreign").issue("mallory")
    assert client.refused_alert(gateway.port, stage.context(foreign)) == 48


@pytest.mark.parametrize("broken", BROKEN[:4], ids=lambda broken: broken.__name__)
def test_it_is_no_start(stage, broken):
    """Exit code 1 and the sentence."""
    gateway = stage.prepared(backend="127.0.0.1:1", clients=broken(stage))
    assert f"{gateway.path}:{gateway.line_of('trust:')}:" in gateway.refuse_to_start()


def test_no_trust_at_all_is_an_error(stage):
    """required without trust; and trust that nobody would use."""
    required = stage.prepared(REQUIRED.replace(', trust: "{clients}"', ""), backend="127.0.0.1:1")
    assert "trust" in required.refuse_to_start()
    off = stage.prepared(REQUIRED.replace("mode: required", 'mode: "off"'), backend="127.0.0.1:1")
    assert '"mode" is off' in off.refuse_to_start()
    empty = stage.prepared(REQUIRED.replace('trust: "{clients}"', "trust: []"), backend="127.0.0.1:1")
    assert "trust" in empty.refuse_to_start()


def test_after_all_that_a_good_trust_is_taken(stage, scene):
    """The gateway is as willing as before."""
    gateway, _ = scene
    new = pki.Authority(stage.folder, "New clients CA")
    gateway.reloaded(REQUIRED, clients=new.path)
    assert client.get_once(gateway.port, stage.context(new.issue("bob")))[0] == 200
    assert client.refused_alert(gateway.port, stage.context(stage.issue())) == 48
