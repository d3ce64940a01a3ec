"""`trust` may be a directory: every .pem, .crt and .cer file right in it, PEM or DER, and nothing else."""
import pytest

from harness import client, pki
from harness.gateway import command


@pytest.fixture(name="folder")
def trust_folder(world):
    """A directory of two CAs, one of them in DER and once more in PEM, and of things that are no trust."""
    folder = world.folder / "trusted"
    folder.mkdir()
    world.partners_ca = pki.Authority(world.folder, "Partners CA")
    (folder / "clients.pem").write_bytes(world.clients_ca.certificate.pem)
    (folder / "partners.cer").write_bytes(world.partners_ca.certificate.der)
    (folder / "partners-again.CRT").write_bytes(world.partners_ca.certificate.pem)
    (folder / "README.txt").write_text("What lies here is trusted.")
    (folder / ".clients.pem.swp").write_text("an editor's")
    (folder / ".new.pem").write_text("not finished")
    (folder / "old").mkdir()
    world.old_ca = pki.Authority(world.folder, "Old CA")
    (folder / "old" / "old.pem").write_bytes(world.old_ca.certificate.pem)
    return folder


def test_each_file_in_it_counts_and_nothing_below(world, folder):
    """Both CAs are trusted, and the reload sees what was added."""
    gateway = world.gateway(backend=world.recorder().address, clients=folder)
    for certificate in (world.issue(), world.partners_ca.issue("bob")):
        assert client.get_once(gateway.port, world.context(certificate))[0] == 200
    carol = world.context(world.old_ca.issue("carol"))
    assert client.refused_alert(gateway.port, carol) == 48
    (folder / "old.pem").write_bytes(world.old_ca.certificate.pem)
    gateway.reloaded()
    assert client.get_once(gateway.port, carol)[0] == 200
    (folder / "old.pem").unlink()
    gateway.reloaded()
    assert client.refused_alert(gateway.port, carol) == 48


@pytest.mark.parametrize("name,content,complaint", [
    ("broken.pem", b"-----BEGIN CERTIFICATE-----\nAAAA", "broken.pem line 2"),
    ("empty.crt", b"", "empty.crt is empty"),
    ("words.pem", b"hello", "words.pem has no certificate in it"),
    ("half.cer", b"\x30\x82\x01\x00half", "half.cer line 1: the certificate is malformed"),
])
def test_one_bad_file_spoils_it(world, folder, name, content, complaint):
    """The error names the file."""
    gateway = world.prepared(backend="127.0.0.1:9", clients=folder)
    (folder / name).write_bytes(content)
    done = command("check", "-c", gateway.path)
    assert done.returncode == 1 and complaint in done.stderr, done.stderr


def test_a_directory_of_nothing_is_no_trust(world, folder):
    """Neither an empty one, nor one of files that do not count."""
    for path in folder.iterdir():
        if path.is_file() and path.suffix.lower() in (".pem", ".crt", ".cer"):
            path.unlink()
    gateway = world.prepared(backend="127.0.0.1:9", clients=folder)
    done = command("check", "-c", gateway.path)
    assert done.returncode == 1 and f"the directory {folder} has no file that ends with" in done.stderr
