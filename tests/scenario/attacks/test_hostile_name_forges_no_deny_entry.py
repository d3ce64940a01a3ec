"""Whatever stands in a certificate, on a command line or in a request to the admin socket, it makes one entry or none:
no second line in the file, no other verb, no other value (injection into records, CVE-2021-44532, CVE-2025-1097)."""
import json
import socket

import pytest

from harness import client, pki
from harness.gateway import command
from harness.waiting import until
from harness.world import REQUIRED

HOSTILE = ["alice\nrevoke\tcn\tbob", "alice\t9\t0", "alice,cn=bob", "alice+cn=bob", 'al"ice', "alice\x00bob", "alice\x1b[2J",
           "alice\\", "#616c696365", "alice = bob", "alice%0Abob", "ali\u202ece", " alice ", "alice;cn=bob"]


@pytest.fixture(scope="module")
def kept(stage):
    """A gateway with a list on disk."""
    state = stage.folder / "state"
    state.mkdir()
    gateway = stage.gateway(f'state_directory: "{state}"\n' + REQUIRED, backend=stage.recorder().address)
    return gateway, state / "denylist"


def entries(gateway):
    """What is denied now."""
    return json.loads(command("denied", "--json", "--socket", gateway.socket_path).stdout)["entries"]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_certificate_s_name_denies_its_owner_alone(stage, kept, name):
    """By the subject that the gateway's own record tells: it means this client, and not bob."""
    gateway, book = kept
    certificate = stage.clients_ca.issue("x", subject=pki.common_name(name))
    hostile, bob = stage.context(certificate), stage.context(stage.issue("bob"))
    lines = len(book.read_bytes().splitlines())
    assert client.get_once(gateway.port, hostile)[0] == 200
    record = until(lambda: [r for r in gateway.accesses() if r["identity"]["fingerprint"] == certificate.fingerprint],
                   10, "the access record")
    subject = record[0]["identity"]["subject"]
    typed = "".join(c if " " <= c <= "~" else "".join(f"\\{b:02x}" for b in c.encode()) for c in subject)
    done = command("revoke", "subject:" + typed, "--socket", gateway.socket_path)
    assert done.returncode == 0, done.stderr
    assert client.refused_alert(gateway.port, hostile) == 44
    assert client.get_once(gateway.port, bob)[0] == 200
    assert len(book.read_bytes().splitlines()) == lines + 1 and len(entries(gateway)) == 1
    assert all(byte in (9, 10) or 32 <= byte < 127 for byte in book.read_bytes())
    assert command("release", "subject:" + typed, "--socket", gateway.socket_path).returncode == 0


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_issuer_s_certificate_can_be_named_by_file(stage, kept, name):
    """--cert: the serial number, and the issuer's name in the one form."""
    gateway, book = kept
    issuer = pki.Authority(stage.folder, "x", stage.clients_ca, subject=pki.common_name(name))
    leaf = issuer.issue("leaf")
    settings = stage.context(leaf)
    assert client.get_once(gateway.port, settings)[0] == 200
    lines = len(book.read_bytes().splitlines())
    assert command("revoke", "--cert", leaf.path, "--socket", gateway.socket_path).returncode == 0
    assert client.refused_alert(gateway.port, settings) == 44
    assert len(book.read_bytes().splitlines()) == lines + 1
    assert command("release", "--cert", leaf.path, "--socket", gateway.socket_path).returncode == 0


@pytest.mark.parametrize("reason", ["lost\n9\t9\t0\trelease\tcn\talice", "lost\tlaptop", "\x1b[2J", "x" * 300],
                         ids=["line", "tab", "terminal", "long"])
def test_a_hostile_reason_is_refused(kept, reason):
    """Nothing is written."""
    gateway, book = kept
    before = book.read_bytes()
    done = command("revoke", "cn=somebody", "--reason", reason, "--socket", gateway.socket_path)
    assert done.returncode != 0 and book.read_bytes() == before


LINES = [
    b"revoke mail a@b 0  text\nrelease mail a@b 0  text\n", b"revoke mail a@b%0Arelease 0  text\n",
    b"revoke cn Alice 0  text\n", b"revoke cn a%09b 0  text\n", b"revoke fingerprint 00 0  text\n",
    b"revoke cn a 0 %0Ax text\n", b"revoke cn a 0 %FF text\n", b"revoke cn  0  text\n", b"revoke nobody a 0  text\n",
    b"revoke cn " + b"a" * 5000 + b" 0  text\n", b"revoke cn a 99999999999999999999  text\n", b"revoke cn a 1  text\n"]


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_the_admin_socket_takes_only_what_the_commands_make(kept, line):
    """A value that is not in the form of its kind is refused by the gateway itself."""
    gateway, book = kept
    before = book.read_bytes()
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(str(gateway.socket_path))
        asked.sendall(line)
        answer = b"".join(iter(lambda: asked.recv(4096), b""))
    assert answer.startswith(b"failed "), answer
    assert book.read_bytes() == before
