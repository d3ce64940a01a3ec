"""`sallyport check` says everything that is wrong, each with file, line, column and a way out; 0 is good, 1 is not."""
import re

import pytest

from harness.gateway import command
from harness.world import REQUIRED


def checked(world, config, **values):
    """The exit code, and what was said."""
    gateway = world.prepared(config, **{"backend": "127.0.0.1:1", **values})
    done = command("check", "-c", gateway.path)
    return done.returncode, done.stdout + done.stderr, gateway


def test_a_good_one(stage):
    """Exit code 0."""
    code, said, gateway = checked(stage, REQUIRED)
    assert (code, said) == (0, f"{gateway.path}: good\n")


def test_all_errors_at_once(stage):
    """Five of them, in the order of the file."""
    config = REQUIRED.replace("client_auth: {", "client_atuh: {").replace("127.0.0.1:{port}", "127.0.0.1:99999")
    config = config.replace("routes:", "timeouts: { idle: 5 parsecs, handshke: 1s }\n    routes:")
    code, said, gateway = checked(stage, config + "nonsense: 1\n")
    lines = [line for line in said.splitlines() if line.startswith(str(gateway.path) + ":")]
    assert code == 1 and len(lines) == 5, said
    place = re.compile(re.escape(str(gateway.path)) + r":(\d+):(\d+): ")
    places = [tuple(map(int, place.match(line).groups())) for line in lines]
    assert places == sorted(places)
    expected = [("127.0.0.1:99999", ""), ("client_atuh", 'did you mean "client_auth"'), ("5 parsecs", ""),
                ("handshke", 'did you mean "handshake"'), ("nonsense", "")]
    for line, (word, hint) in zip(lines, expected):
        assert word in line and hint in line
    assert "5 errors" in said


@pytest.mark.parametrize("config, line, words", [
    ("", None, ""),
    ("listeners: []\nbackends: {}\n", "listeners", ""),
    ("- just\n- a list\n", "- just", ""),
    (REQUIRED + "drain: *anchor\n", "drain", "alias"),
    (REQUIRED + "drain: !!str 5s\n", "drain", "tag"),
    (REQUIRED + "drain: -5s\n", "drain", ""),
    (REQUIRED + "drain: 5\n", "drain", ""),
    (REQUIRED + "workers: 1\nworkers: 2\n", "workers: 2", "twice"),
    (REQUIRED.replace("- backend: app", "- backend: ap"), "- backend: ap", 'did you mean "app"'),
    (REQUIRED.replace("127.0.0.1:{port}", "localhost:{port}"), "bind", ""),
    (REQUIRED.replace("name: public", "name: public\n    name: again"), "name: again", "twice"),
    (REQUIRED.replace("mode: required", "mode: yes"), "mode", "required"),
    (REQUIRED.replace("\n", "\n\t", 1), None, ""),
], ids=range(13))
def test_one_at_a_time(stage, config, line, words):
    """Each with its line."""
    code, said, gateway = checked(stage, config)
    assert code == 1 and words in said
    if line:
        assert f"{gateway.path}:{gateway.line_of(line)}:" in said


def test_files_are_looked_at_as_well(stage):
    """A certificate that is not there, a key that is not its own, a trust that is empty: all three."""
    empty = stage.folder / "empty.pem"
    empty.write_text("")
    code, said, gateway = checked(stage, REQUIRED, server="missing.pem", clients=empty)
    assert code == 1
    assert f"{gateway.folder}/missing.pem" in said and "No such file" in said
    assert f"{empty} is empty" in said


def test_relative_paths_are_relative_to_the_file(stage):
    """Wherever the command is run."""
    gateway = stage.prepared(backend="127.0.0.1:1", server="here.pem", server_key="here.key")
    (gateway.folder / "here.pem").write_bytes(stage.server.pem)
    (gateway.folder / "here.key").write_bytes(stage.server.key_path.read_bytes())
    assert command("check", "-c", gateway.path, cwd="/").returncode == 0
    assert command("check", "-c", gateway.path.name, cwd=gateway.folder).returncode == 0


def test_a_file_that_is_not_there(tmp_path):
    """Exit code 1 and its name."""
    done = command("check", "-c", tmp_path / "none.yaml")
    assert done.returncode == 1 and "none.yaml" in done.stderr and "No such file" in done.stderr


def test_an_address_is_not_opened_by_a_check(stage):
    """A running gateway's configuration can be checked beside it."""
    gateway = stage.gateway(backend=stage.recorder().address)
    assert command("check", "-c", gateway.path).returncode == 0
