"""One line of JSON for each request and for each refusal; to files, to stderr, or nowhere."""
import os
import re
import signal

import pytest

from harness import client, pki
from harness.backend import answer
from harness.waiting import until
from harness.world import REQUIRED


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway whose backend answers with twelve bytes, and a client."""
    backend = stage.recorder(lambda request: answer(b"twelve bytes"))
    alice = stage.issue()
    return stage.gateway(backend=backend.address), backend, alice


@pytest.mark.parametrize("version, name", [(client.TLS12, "TLSv1.2"), (client.TLS13, "TLSv1.3")])
def test_every_field_of_an_access_line(stage, scene, version, name):
    """Who, what, how, and how it went."""
    gateway, backend, alice = scene
    path = f"/{name}?q=1"
    with client.connect(gateway.port, stage.context(alice, version)) as connection:
        client.ask(connection, client.request_bytes(path, method="POST", body=b"hello"))
    record = gateway.access(path=path)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["time"])
    assert re.fullmatch("[0-9a-f]{16}", record["id"])
    assert re.fullmatch(r"127\.0\.0\.1:\d+", record["client"])
    expected = {"listener": "public", "sni": "localhost", "host": "localhost", "method": "POST", "protocol": "HTTP/1.1",
                "status": 200, "bytes_in": 5, "bytes_out": 12, "backend": "app", "server": backend.address}
    assert {key: record[key] for key in expected} == expected
    assert (record["tls"]["version"], record["tls"]["resumed"]) == (name, False)
    assert "GCM" in record["tls"]["cipher"] or "CHACHA" in record["tls"]["cipher"]
    assert record["identity"] == {"subject": "CN=alice", "fingerprint": alice.fingerprint, "serial": alice.serial}
    assert 0 <= record["duration_us"] < 10_000_000 and "reason" not in record


def test_a_refused_request_is_in_both(stage, scene):
    """Under one id."""
    gateway, _, alice = scene
    client.get_once(gateway.port, stage.context(alice), "/forged", fields="Client-Cert: x\r\n")
    access, refusal = gateway.access(path="/forged"), gateway.refusal(path="/forged")
    assert access["id"] == refusal["id"]
    assert (access["reason"], access["status"]) == ("protected-field", 400)


def test_ids_are_all_different(stage, scene):
    """A hundred of them, over several connections."""
    gateway, _, alice = scene
    made = stage.context(alice)
    for _ in range(4):
        with client.connect(gateway.port, made) as connection:
            for _ in range(25):
                client.get(connection, "/many")
    until(lambda: len([r for r in gateway.accesses() if r["path"] == "/many"]) == 100, 10, "a hundred lines")
    assert len({record["id"] for record in gateway.accesses()}) == len(gateway.accesses())


def test_renamed_files_are_let_go_by_a_signal(stage, scene):
    """SIGUSR1: what comes before goes to the old file, what comes after to the new; nothing is lost."""
    gateway, _, alice = scene
    made, log = stage.context(alice), gateway.folder / "access.log"
    client.get_once(gateway.port, made, "/before")
    gateway.access(path="/before")
    old = log.rename(gateway.folder / "access.log.1")
    client.get_once(gateway.port, made, "/between")
    until(lambda: "/between" in old.read_text(), 10, "the line in the old file")
    assert not log.exists()
    gateway.signal(signal.SIGUSR1)
    until(log.exists, 10, "the new file")
    gateway.begin_records()
    until(lambda: "logs reopened" in gateway.stderr(), 10, "the word of it")
    client.get_once(gateway.port, made, "/after")
    gateway.access(path="/after")
    assert "/after" not in old.read_text()


def test_a_file_that_cannot_be_opened_again_keeps_the_old(stage, scene):
    """And says so."""
    gateway, _, alice = scene
    made, log = stage.context(alice), gateway.folder / "access.log"
    old = log.rename(gateway.folder / "access.log.2")
    log.mkdir()
    gateway.signal(signal.SIGUSR1)
    until(lambda: "The old logs stay in use" in gateway.stderr(), 10, "the complaint")
    client.get_once(gateway.port, made, "/kept")
    until(lambda: "/kept" in old.read_text(), 10, "the line in the old file")
    log.rmdir()
    old.rename(log)


def test_a_log_that_stands_still_holds_nobody(stage):
    """The control process is stopped: requests go on. Afterwards every record is written or counted as lost."""
    gateway = stage.gateway(backend=stage.recorder().address)
    made, control = stage.context(stage.issue()), gateway.children("control")[0]
    os.kill(control, signal.SIGSTOP)
    try:
        with client.connect(gateway.port, made) as connection:
            for _ in range(3000):
                assert client.get(connection, "/" + "x" * 500)[0] == 200
    finally:
        os.kill(control, signal.SIGCONT)

    def told():
        return len(gateway.accesses()) + gateway.status()["counters"]["events_lost"] == 3000
    until(told, 20, "all to be told of")
    assert len(gateway.accesses()) > 100


def test_to_stderr(stage):
    """Both kinds."""
    gateway = stage.gateway("log: { access: stderr, refusals: stderr }\n" + REQUIRED, backend=stage.recorder().address)
    client.get_once(gateway.port, stage.context(stage.issue()), "/seen")
    client.refused_alert(gateway.port, stage.context(pki.Authority(stage.folder, "Foreign").issue("mallory")))
    until(lambda: '"path":"/seen"' in gateway.stderr(), 10, "the access line")
    until(lambda: '"reason":"certificate-unknown-issuer"' in gateway.stderr(), 10, "the refusal")


def test_nowhere(stage):
    """off means off; the counters go on."""
    config = 'log: { access: "off", refusals: "off" }\n' + REQUIRED
    gateway = stage.gateway(config, backend=stage.recorder().address)
    client.get_once(gateway.port, stage.context(stage.issue()), "/unseen")
    client.refused_alert(gateway.port, stage.context())
    until(lambda: gateway.status()["reasons"].get("certificate-missing") == 1, 10, "the counter")
    assert "/unseen" not in gateway.stderr() and "certificate-missing" not in gateway.stderr()
    assert not (gateway.folder / "access.log").exists()


def test_a_folder_that_is_not_there_is_no_start(stage):
    """Nobody is to find out later that nothing was written."""
    config = "log: { access: nowhere/access.log, refusals: stderr }\n" + REQUIRED
    said = stage.prepared(config, backend="127.0.0.1:1").refuse_to_start()
    assert "nowhere/access.log" in said and "No such file" in said


def test_new_places_are_taken_by_a_reload(stage):
    """From files to other files."""
    gateway = stage.gateway(backend=stage.recorder().address)
    gateway.reloaded("log: { access: other.log, refusals: refusals.log }\n" + REQUIRED)
    client.get_once(gateway.port, stage.context(stage.issue()), "/other")
    other = gateway.folder / "other.log"
    until(lambda: other.exists() and "/other" in other.read_text(), 10, "the line in the other file")
