"""The admin socket is for root, for who started the gateway and for the group sallyport; the kernel says who asks."""
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

from harness.gateway import command
from harness.world import REQUIRED

ASK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect(sys.argv[1])
    answer = b""
    try:
        asking.sendall(sys.argv[2].encode() + b"\\n")
    except OSError:
        pass
    try:
        while data := asking.recv(65536):
            answer += data
    except ConnectionResetError:
        pass
    print(answer.decode())
"""


@pytest.fixture(scope="module")
def gateway(stage):
    """A gateway whose admin socket lies where everybody may go."""
    with tempfile.TemporaryDirectory(prefix="sallyport-") as folder:
        os.chmod(folder, 0o755)
        socket_path = pathlib.Path(folder) / "admin.sock"
        made = stage.gateway(f"control: {{ socket: {socket_path} }}\n" + REQUIRED, backend="127.0.0.1:1")
        made.socket_path = socket_path
        yield made


def ask(gateway, line, **options):
    """What is answered to a line, in the socket's own protocol."""
    done = subprocess.run([sys.executable, "-c", ASK, str(gateway.socket_path), line], capture_output=True, text=True,
                          check=False, timeout=30, **options)
    return done.stdout, done.stderr


def as_nobody(gateway, line):
    """The same, asked by another user."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    return ask(gateway, line, user="nobody", group="nogroup", extra_groups=[])


def test_its_owner_is_answered(gateway):
    """And the file is for owner and group only."""
    assert command("status", "--socket", gateway.socket_path).returncode == 0
    assert ask(gateway, "status")[0].startswith("ok ")
    assert gateway.socket_path.stat().st_mode & 0o777 == 0o660


def test_the_files_mode_keeps_others_out(gateway):
    """Already at connecting."""
    assert "PermissionError" in as_nobody(gateway, "status")[1]


@pytest.mark.parametrize("line", ["status", "status json", "reload", "refusals"])
def test_the_kernels_word_keeps_others_out(gateway, line):
    """Even when somebody opened the file to everybody."""
    generation = gateway.status()["generation"]
    gateway.socket_path.chmod(0o666)
    try:
        answer = as_nobody(gateway, line)[0]
    finally:
        gateway.socket_path.chmod(0o660)
    assert answer.startswith("failed ") and "Only root" in answer
    assert gateway.status()["generation"] == generation


@pytest.mark.parametrize("line", ["", "nonsense", "status\0", "x" * 100000, "why", "why ../../etc/passwd",
                                  "status json json"])
def test_what_is_no_question_is_refused(gateway, line):
    """In words or by hanging up; the control process goes on."""
    control = gateway.children("control")
    answer, _ = ask(gateway, line.replace("\0", "\\0"))
    assert not answer.startswith("ok ")
    assert command("status", "--socket", gateway.socket_path).returncode == 0
    assert gateway.children("control") == control
