"""The commands beside run and check: what they print, and how they end."""
import json
import socket
import subprocess

import pytest

from harness import client
from harness.gateway import SALLYPORT, SUPERVISOR, command, free_port
from harness.waiting import until
from harness.world import REQUIRED


@pytest.fixture(scope="module")
def gateway(stage):
    """A running gateway with two workers, which has refused one client and answered another."""
    made = stage.gateway("workers: 2\n" + REQUIRED, backend=stage.recorder().address)
    client.get_once(made.port, stage.context(stage.issue()))
    client.refused_alert(made.port, stage.context())
    made.refusal(reason="certificate-missing")
    return made


def test_version():
    """Ours, and the library's."""
    done = command("version")
    assert done.returncode == 0
    assert done.stdout.startswith("sallyport ") and "OpenSSL" in done.stdout
    assert command("--version").stdout == done.stdout


def test_help_names_every_command():
    """Also without any argument."""
    for arguments in ([], ["help"], ["--help"]):
        done = command(*arguments)
        assert done.returncode in (0, 2)
        said = done.stdout + done.stderr
        for name in ("run", "check", "describe", "reload", "status", "version", "whoami", "demo"):
            assert f" {name} " in said


@pytest.mark.parametrize("arguments", [["nonsense"], ["check"], ["run"], ["check", "--nonsense"], ["status", "a", "b"],
                                       ["whoami"], ["whoami", "--listen", "nowhere"], ["check", "-c"]])
def test_wrong_use_is_exit_code_2(arguments):
    """With a word on stderr, nothing on stdout."""
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr


def test_describe_explains_settings():
    """All of them, and one by its path."""
    everything = command("describe")
    assert everything.returncode == 0
    for word in ("client_auth", "proxy_protocol", "on_protected_header", "passive_health"):
        assert word in everything.stdout
    one = command("describe", "listeners.client_auth.mode")
    assert one.returncode == 0
    assert "required" in one.stdout and "optional" in one.stdout
    wrong = command("describe", "listeners.client_auht")
    assert wrong.returncode != 0 and "client_auth" in wrong.stderr


def test_status_in_words(gateway):
    """For people."""
    done = command("status", "-c", gateway.path)
    assert done.returncode == 0
    for word in ("generation 1", "public", f"127.0.0.1:{gateway.port}", "running", "handshakes", "certificate-missing"):
        assert word in done.stdout


def test_status_in_json(gateway):
    """For programs."""
    shown = gateway.status()
    assert (shown["pid"], shown["generation"], shown["draining"]) == (gateway.process.pid, 1, False)
    assert shown["listeners"] == [{"name": "public", "address": f"127.0.0.1:{gateway.port}"}]
    assert [worker["state"] for worker in shown["workers"]] == ["running", "running"]
    assert [worker["pid"] for worker in shown["workers"]] == gateway.children()
    counters = shown["counters"]
    assert counters["requests"] >= 1 and counters["handshakes"] >= 1 and counters["handshakes_refused"] >= 1
    assert shown["reasons"]["certificate-missing"] >= 1
    assert shown["last_reload"] is None


def test_why_tells_one_refusal(stage, gateway):
    """By its id, as in the log; an id that nobody has is exit code 1."""
    client.refused_alert(gateway.port, stage.context())
    record = gateway.refusal(reason="certificate-missing")
    done = command("why", record["id"], "--socket", gateway.socket_path, "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == record
    assert command("why", "0123456789abcdef", "--socket", gateway.socket_path).returncode == 1
    listed = command("refusals", "--socket", gateway.socket_path, "--records")
    assert record in [json.loads(line) for line in listed.stdout.splitlines()]


def test_nobody_there_is_exit_code_1(tmp_path):
    """With the path that was tried."""
    for name in ("status", "reload"):
        done = command(name, "--socket", tmp_path / "nobody.sock")
        assert done.returncode == 1 and "nobody.sock" in done.stderr


def test_reload_says_what_is_in_force(stage):
    """On stdout, exit code 0."""
    running = stage.gateway(backend=stage.recorder().address)
    done = command("reload", "-c", running.path)
    assert (done.returncode, done.stderr) == (0, "") and "Generation 2" in done.stdout


def test_whoami_says_what_it_was_told(stage):
    """In text and in JSON, behind the gateway and without it."""
    port = free_port()
    with subprocess.Popen([SALLYPORT, "whoami", "--listen", f"127.0.0.1:{port}"], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == f"whoami listens on 127.0.0.1:{port}\n".encode()
            running, alice = stage.gateway(backend=f"127.0.0.1:{port}"), stage.issue()
            made = stage.context(alice)
            text = client.get_once(running.port, made)[2].decode()
            assert "VERIFIED" in text and "CN=alice" in text and alice.fingerprint in text
            told = json.loads(client.get_once(running.port, made, fields="Accept: application/json\r\n")[2])
            assert (told["verdict"], told["certificate"]["fingerprint_sha256"]) == ("VERIFIED", alice.fingerprint)
            with socket.create_connection(("127.0.0.1", port)) as direct:
                direct.sendall(client.request_bytes(fields="Accept: application/json\r\n"))
                assert json.loads(client.read_answer(direct)[2])["verdict"] is None
        finally:
            process.terminate()


@pytest.mark.timeout(90)
def test_demo_shows_five_cases():
    """Each with its result and explanation; exit code 0, and nothing stays behind."""
    done = command("demo", timeout=80)
    assert done.returncode == 0, done.stdout + done.stderr
    words = ["good certificate", "No certificate", "expired certificate", "foreign CA", "forged"]
    for number, word in enumerate(words, 1):
        assert f"{number}. " in done.stdout and word in done.stdout
    for reason in ("certificate-missing", "certificate-expired", "protected-field"):
        assert reason in done.stdout


def test_the_supervisor_links_neither_tls_nor_a_parser():
    """It holds the sockets and the rights; what reads strangers' bytes is elsewhere."""
    linked = subprocess.run(["ldd", SUPERVISOR], capture_output=True, text=True, check=True).stdout
    assert "libssl" not in linked and "libcrypto" not in linked and "libyaml" not in linked
    assert "libssl" in subprocess.run(["ldd", SALLYPORT], capture_output=True, text=True, check=True).stdout
    done = subprocess.run([SUPERVISOR], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "sallyport run" in done.stderr


def test_two_gateways_do_not_share_an_address(stage, gateway):
    """The second is refused in words."""
    second = stage.prepared(backend="127.0.0.1:1")
    second.port = gateway.port
    second.configure(REQUIRED)
    assert f"127.0.0.1:{gateway.port}" in second.refuse_to_start()
    until(lambda: gateway.status()["workers"][0]["state"] == "running", 5, "the first to go on")
