"""What reads strangers' bytes may do next to nothing: no files, no other user's rights, few system calls."""
import os
import pathlib
import pwd

import pytest

from harness import client, passwords
from harness.gateway import SANITIZED
from harness.world import REQUIRED


ASKED = REQUIRED.replace("    routes:", "    password: { file: \"{users}\" }\n    routes:")


@pytest.fixture(scope="module")
def gateway(stage):
    """A gateway that has been through a request and a reload."""
    users = passwords.write(stage.folder / "users", {"alice": "open sesame"})
    made = stage.gateway("workers: 2\n" + ASKED, backend=stage.recorder().address, users=users)
    for _ in range(2):
        fields = passwords.basic("alice", "open sesame")
        assert client.get_once(made.port, stage.context(stage.issue()), fields=fields)[0] == 200
        made.reloaded()
    return made


def status_of(pid):
    """/proc/PID/status as a dictionary."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


@pytest.fixture
def as_root():
    """Looking into the processes is for root: they have made themselves invisible to their own user."""
    if os.geteuid() != 0:
        pytest.skip("only root can look into these processes")


def roles(gateway):
    """Process ids of what handles clients' and administrators' bytes."""
    return gateway.children("worker") + gateway.children("control") + gateway.children("checker")


def test_system_calls_are_filtered(gateway):
    """seccomp in filter mode, and no way to gain rights."""
    assert len(roles(gateway)) == 4
    for pid in roles(gateway):
        shown = status_of(pid)
        assert (shown["Seccomp"], shown["NoNewPrivs"]) == ("2", "1")
    assert status_of(gateway.process.pid)["NoNewPrivs"] == "1"


@pytest.mark.usefixtures("as_root")
def test_root_is_left_behind(gateway):
    """Another user, no groups, no capabilities."""
    users = {user.pw_uid for user in pwd.getpwall() if user.pw_name in ("sallyport", "nobody")}
    for pid in roles(gateway):
        shown = status_of(pid)
        assert {int(uid) for uid in shown["Uid"].split()} <= users
        assert 0 not in map(int, shown["Gid"].split()) and not shown["Groups"].strip()
        assert int(shown["CapEff"], 16) == int(shown["CapPrm"], 16) == 0


@pytest.mark.usefixtures("as_root")
def test_workers_hold_no_files(gateway):
    """Sockets, pipes and shared memory only: neither keys nor logs nor the configuration."""
    for pid in gateway.children("worker"):
        folder = pathlib.Path(f"/proc/{pid}/fd")
        targets = [os.readlink(fd) for fd in folder.iterdir() if fd.name not in ("0", "1", "2")]
        assert targets
        files = [t for t in targets if t.startswith("/") and not t.startswith(("/memfd:", "/dev/null"))]
        assert not files


@pytest.mark.usefixtures("as_root")
def test_the_control_process_holds_its_logs_and_no_other_file(gateway):
    """It writes them, and was given them open."""
    pid = gateway.children("control")[0]
    targets = {os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir() if fd.name not in ("0", "1", "2")}
    files = {target for target in targets if target.startswith("/") and not target.startswith(("/memfd:", "/dev/null"))}
    assert files == {str(gateway.folder / "access.log"), str(gateway.folder / "refusals.log")}


def test_memory_cannot_be_looked_at(gateway):
    """Not dumpable: /proc/PID/mem belongs to root whoever the process is, and it leaves no core."""
    if SANITIZED:
        pytest.skip("the leak check has to look at the process")
    for pid in roles(gateway):
        assert os.stat(f"/proc/{pid}/mem").st_uid == 0


@pytest.mark.usefixtures("as_root")
def test_no_key_is_on_the_command_line_or_in_the_environment(gateway):
    """Nor anywhere else where ps shows it."""
    for pid in roles(gateway):
        shown = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() + pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        assert b"PRIVATE" not in shown and b"NOTIFY_SOCKET" not in shown
