"""`sallyport why`: of a refused connection, a refused request and an allowed one, all that the gateway knows."""
import json
import re

import pytest

from harness import client, crl
from harness.gateway import command

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth:
      mode: required
      trust: "{clients}"
      revocation: { lists: "{lists}" }
    routes:
      - path: /public
        backend: app
      - path: /admin
        backend: app
        deny: { name: no posting, method: POST }
backends:
  app:
    servers: [ "{backend}" ]
"""


@pytest.fixture(scope="module")
def people(stage):
    """Alice is good, Mallory revoked."""
    return {"alice": stage.issue("alice"), "mallory": stage.issue("mallory")}


@pytest.fixture(scope="module")
def gateway(stage, people):
    """With a list that names Mallory."""
    lists = crl.write(stage.clients_ca, [people["mallory"]])
    return stage.gateway(CONFIG, lists=lists, backend=stage.recorder().address)


def why(gateway, identifier):
    """The story."""
    done = command("why", identifier, "-c", gateway.path)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def test_of_a_refused_connection(stage, gateway, people):
    """Who, what was presented, which check at which depth, by which line, what would mend it, and when."""
    client.refused_alert(gateway.port, stage.context(people["mallory"]))
    record = gateway.refusal(reason="certificate-revoked")
    assert (record["check"], record["depth"]) == ("revocation", 0)
    assert record["config"] == gateway.place_of("revocation: ", "{ lists")
    said = why(gateway, record["id"])
    assert said.startswith("refused: certificate-revoked\n  A certificate of the chain is revoked.\n")
    for words in ("check: revocation", "depth: 0", "stage: handshake", "alert: 44", "  presented:\n    subject: CN=mallory",
                  people["mallory"].fingerprint, people["mallory"].serial, f"client: {record['client']}",
                  f"time: {record['time']}", f"decided by {record['config']}", "remedy: Issue a new certificate."):
        assert words in said


def test_of_a_chain_without_an_end(stage, gateway):
    """The check is that of the chain."""
    client.refused_alert(gateway.port, stage.context(stage.servers_ca.issue("stranger")))
    record = gateway.refusal(reason="certificate-unknown-issuer")
    assert record["check"] == "chain" and record["config"] == gateway.place_of("      ", "mode: required")
    assert "check: chain" in why(gateway, record["id"])


def test_of_a_refused_request(stage, gateway, people):
    """The id of the answer is that of the story; the request's own record is part of it."""
    with client.connect(gateway.port, stage.context(people["alice"])) as connection:
        status, _, body = client.ask(connection, client.request_bytes("/admin/users", method="POST", body=b""))
    assert status == 403
    identifier = re.search(rb"^id: ([0-9a-f]{16})$", body, re.MULTILINE)[1].decode()
    record = gateway.refusal(id=identifier)
    gateway.access(id=identifier)
    assert record["check"] == "request-rules"
    said = why(gateway, identifier)
    assert said.startswith("refused: policy\n")
    for words in ("rule: no posting", "method: POST", "path: /admin/users", "status: 403", "subject: CN=alice",
                  f"decided by {record['config']}", "duration us: ", "cipher: "):
        assert words in said
    assert said.count("path: ") == 1
    assert record["config"] == gateway.place_of("deny: ", "{ name")


def test_of_an_allowed_request(stage, gateway, people):
    """By the id of the access record."""
    assert client.get_once(gateway.port, stage.context(people["alice"]), "/public/x")[0] == 200
    record = gateway.access(path="/public/x")
    said = why(gateway, record["id"])
    assert said.startswith("allowed\n") and "decided by" not in said
    for words in ("path: /public/x", "status: 200", "backend: app", "  identity:\n    subject: CN=alice",
                  f"client: {record['client']}"):
        assert words in said
    done = command("why", record["id"], "-c", gateway.path, "--json")
    assert json.loads(done.stdout) == record


def test_of_nobody(gateway):
    """Exit code 1, and where to look."""
    done = command("why", "0123456789abcdef", "-c", gateway.path)
    assert (done.returncode, done.stdout) == (1, "") and "logs" in done.stderr
    assert command("why", "-c", gateway.path).returncode == 2
