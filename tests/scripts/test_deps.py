"""scripts/deps, with false dpkg and apt: it installs what is missing and starts no service."""
import os
import pathlib
import subprocess

import pytest

DEPS = pathlib.Path(__file__).resolve().parents[2] / "scripts/deps"
DPKG_QUERY = '#!/bin/sh\nfor name; do :; done\ngrep -qx "$name" "$STATE/installed" && printf installed\n'
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$STATE/calls"
[ "$1" = install ] || exit 0
sh "$STATE/policy-rc.d" nginx start; echo "policy $?" >>"$STATE/calls"
exit "$(cat "$STATE/apt_status" 2>/dev/null || echo 0)"
"""


class Machine:
    """A machine where some packages are installed."""

    def __init__(self, root):
        self.root = root
        self.policy = root / "policy-rc.d"
        self.script = root / "deps"
        text = DEPS.read_text()
        assert "policy=/usr/sbin/policy-rc.d\n" in text
        self.script.write_text(text.replace("/usr/sbin/policy-rc.d", str(self.policy)))
        (root / "bin").mkdir()
        self.program("dpkg-query", DPKG_QUERY)
        self.program("apt-get", APT_GET)
        self.program("id", "#!/bin/sh\necho 0\n")
        (root / "calls").write_text("")
        self.install(*packages("build"), *packages("test"), *packages("bench"))

    def program(self, name, text):
        """Puts a false program first in PATH."""
        path = self.root / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def install(self, *names, without=()):
        """Sets the installed packages."""
        (self.root / "installed").write_text("".join(f"{name}\n" for name in names if name not in without))

    def run(self, *sets, path=None):
        """Runs the script; its result and the calls of apt-get."""
        environment = {**os.environ, "STATE": str(self.root), "PATH": path or f"{self.root}/bin:{os.environ['PATH']}"}
        result = subprocess.run(["/bin/sh", self.script, *sets], capture_output=True, text=True, env=environment)
        return result, (self.root / "calls").read_text().splitlines()


def packages(name):
    """The packages of a set, from the script itself."""
    text = DEPS.read_text().replace("\\\n", " ")
    line = next(line for line in text.splitlines() if line.strip().startswith(f"{name}) echo"))
    return line.split("echo", 1)[1].split(";;")[0].split()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_nothing_missing_touches_nothing(machine):
    result, calls = machine.run("build", "test", "bench")
    assert (result.returncode, result.stdout, calls) == (0, "", [])
    assert not machine.policy.exists()


def test_only_what_is_missing_is_installed_after_one_update(machine):
    machine.install(*packages("build"), without=("libyaml-dev", "meson"))
    result, calls = machine.run("build")
    assert result.returncode == 0, result.stderr
    assert calls == ["apt-get update -q", "apt-get install -qy --no-install-recommends meson libyaml-dev", "policy 101"]


def test_no_service_may_start_and_the_policy_goes_afterwards(machine):
    machine.install(without=())
    result, calls = machine.run("bench")
    assert result.returncode == 0
    assert "policy 101" in calls
    assert not machine.policy.exists()


def test_the_policy_goes_when_apt_fails_too(machine):
    machine.install()
    (machine.root / "apt_status").write_text("100\n")
    result, _ = machine.run("build")
    assert result.returncode != 0
    assert not machine.policy.exists()


def test_the_owners_own_policy_stays(machine):
    machine.install()
    machine.policy.write_text("exit 104\n")
    _, calls = machine.run("build")
    assert "policy 104" in calls
    assert machine.policy.read_text() == "exit 104\n"


def test_without_root_and_sudo_it_says_what_to_type(machine):
    machine.install(*packages("build"), without=("meson",))
    machine.program("id", "#!/bin/sh\necho 1000\n")
    machine.program("grep", '#!/bin/sh\nexec /usr/bin/grep "$@"\n')
    result, calls = machine.run("build", path=f"{machine.root}/bin")
    assert result.returncode == 1
    assert "apt-get install meson" in result.stderr
    assert calls == []


def test_an_unknown_set_is_an_error(machine):
    result, _ = machine.run("everything")
    assert result.returncode != 0
    assert "unknown set 'everything'" in result.stderr
