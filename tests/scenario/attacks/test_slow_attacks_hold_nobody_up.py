"""slowhttptest's attacks (slowloris, slow body, slow read, ranges) hold nobody up: others go on being served, each attack
ends with its reason in the record, and nothing of it is left."""
import os
import subprocess

import pytest

from harness.load import Load
from harness.waiting import until

CONFIG = """\
workers: 1
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: optional, trust: "{clients}" }
    limits: { min_body_rate: 1000 }
    timeouts: { request_head: 700ms, body_grace: 500ms, body_idle: 700ms }
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""

LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + bytes(4_000_000)
SMALL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONNECTIONS = 60

SLOW_HEAD = ("-H", "-i", "1", "-t", "GET", "-x", "10")
SLOW_BODY = ("-B", "-i", "1", "-s", "8192", "-t", "POST", "-x", "10")
SLOW_READ = ("-X", "-n", "1", "-w", "512", "-y", "1024", "-z", "32", "-k", "3")
RANGES = ("-R", "-t", "GET", "-a", "10", "-b", "3000")


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway without much patience, and a client's settings."""
    backend = stage.recorder(lambda request: LARGE if b"/large" in request.split(b"\r\n", 1)[0] else SMALL)
    return stage.gateway(CONFIG, backend=backend.address), stage.context(stage.issue())


def attack(gateway, path, arguments):
    """slowhttptest for two seconds; it takes any certificate for good."""
    line = ["slowhttptest", "-c", str(CONNECTIONS), "-r", "200", "-l", "2", "-u",
            f"https://localhost:{gateway.port}{path}", *arguments]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "TERM": "dumb"})


@pytest.mark.parametrize("arguments, path, reasons", [
    (SLOW_HEAD, "/", {"request-timeout"}),
    (SLOW_BODY, "/", {"request-body-too-slow", "request-body-timeout"}),
    (SLOW_READ, "/large", {"client-too-slow", "client-stalled"}),
    (RANGES, "/", set()),
], ids=["slowloris", "slow-body", "slow-read", "ranges"])
def test_others_are_served(scene, arguments, path, reasons):
    """Clients on kept and on fresh connections notice nothing."""
    gateway, made = scene
    with Load(gateway.port, made, kept=1, fresh=1) as load:
        load.until_answered(5)
        attacking = attack(gateway, path, arguments)
        if reasons:
            until(lambda: {record["reason"] for record in gateway.refusals()} & reasons, 20, "the end of an attacker")
        load.until_answered(20)
        attacking.wait(20)
    assert not load.failures
    refused = [record["reason"] for record in gateway.refusals() if record["stage"] == "request"]
    answered = [record["path"] for record in gateway.accesses() if record["path"] != "/load"]
    assert set(refused) <= reasons | {"client-gone"}
    assert len(refused) + len(answered) >= CONNECTIONS // 2
    until(lambda: gateway.status()["counters"]["connections"] == 0, 20, "all to be gone")
