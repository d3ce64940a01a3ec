"""A configuration that cannot be used is refused with its sentence, and the old one goes on."""
import signal

import pytest

from harness import client
from harness.waiting import until
from harness.world import REQUIRED


@pytest.fixture(scope="module")
def scene(stage):
    """A running gateway and a client's settings."""
    return stage.gateway(backend=stage.recorder().address), stage.context(stage.issue())


def assert_as_before(scene, stage):
    """It answers whom it answered, and refuses whom it refused."""
    gateway, made = scene
    assert client.get_once(gateway.port, made)[0] == 200
    assert client.refused_alert(gateway.port, stage.context()) == 116


BROKEN = {
    "not YAML": ("listeners: [\n", 1, ""),
    "an unknown key": (REQUIRED.replace("client_auth:", "client_aut:"), "client_aut:", 'did you mean "client_auth"'),
    "a backend that is not there": (REQUIRED.replace("- backend: app", "- backend: ap"), "- backend: ap",
                                    'did you mean "app"'),
    "a word that is none": (REQUIRED.replace("mode: required", "mode: requird"), "mode: requird", "required"),
    "a key given twice": (REQUIRED + "backends: {}\n", "backends: {}", "twice"),
    "a certificate that is not there": (REQUIRED.replace("{server}", "nowhere.pem"), "nowhere.pem", "nowhere.pem"),
    "another number of workers": ("workers: 3\n" + REQUIRED, None, "workers"),
    "another admin socket": ("control: { socket: other.sock }\n" + REQUIRED, None, "control.socket"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_reload_prints_the_sentence_and_fails(stage, scene, name):
    """file:line:column: sentence, exit code 1."""
    gateway, _ = scene
    config, place, words = BROKEN[name]
    done = gateway.reload(config)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert words in said
    if isinstance(place, str):
        assert f"{gateway.path}:{gateway.line_of(place)}:" in said
    assert_as_before(scene, stage)


def test_an_address_that_is_taken_refuses_the_reload(stage, scene):
    """Not the old listener's: the new one's."""
    gateway, _ = scene
    taken = stage.recorder()
    listener = REQUIRED.replace("bind: 127.0.0.1:{port}", f'bind: [ "127.0.0.1:{{port}}", "{taken.address}" ]')
    done = gateway.reload(listener)
    assert done.returncode == 1 and taken.address in done.stdout + done.stderr
    assert_as_before(scene, stage)


def test_a_file_that_cannot_be_read_refuses_the_reload(stage, scene):
    """The configuration itself is gone."""
    gateway, _ = scene
    gateway.configure(REQUIRED)
    kept = gateway.path.read_text()
    gateway.path.unlink()
    done = gateway.reload()
    assert done.returncode == 1 and str(gateway.path) in done.stdout + done.stderr
    gateway.path.write_text(kept)
    assert_as_before(scene, stage)


def test_status_remembers_why(scene):
    """The last reload's result stays visible; a good one replaces it."""
    gateway, _ = scene
    generation = gateway.status()["generation"]
    gateway.reload(REQUIRED + "nonsense: true\n")
    shown = gateway.status()
    assert shown["last_reload"]["done"] is False and "nonsense" in shown["last_reload"]["text"]
    assert shown["generation"] == generation
    gateway.reloaded(REQUIRED)
    assert gateway.status()["last_reload"]["done"] is True
    assert gateway.status()["generation"] == generation + 1


def test_a_signal_says_it_on_stderr(stage, scene):
    """SIGHUP has nobody to answer to."""
    gateway, _ = scene
    gateway.configure(REQUIRED + "nonsenze: true\n")
    gateway.signal(signal.SIGHUP)
    until(lambda: "nonsenze" in gateway.stderr(), 20, "the sentence on stderr")
    assert_as_before(scene, stage)
