"""A refusal record says who came, with what, which check failed where, by which line, and what would mend it."""
import datetime
import re

import pytest

from harness import client, pki


@pytest.fixture(scope="module")
def gateway(stage):
    """A gateway with a host of its own for example.com."""
    config = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    hosts:
      - names: [ api.example.com ]
      - names: [ own.example.com ]
        client_auth: { depth: 1 }
    routes:
      - backend: app
backends:
  app:
    servers: [ "{backend}" ]
"""
    return stage.gateway(config, backend=stage.recorder().address)


def when(text):
    """A record's time."""
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


def test_every_field_of_a_refused_handshake(stage, gateway):
    """An expired certificate through an intermediate."""
    department = pki.Authority(stage.folder, "Department", issuer=stage.clients_ca)
    alice = department.issue("alice", not_before=pki.now() - 2 * pki.DAY, not_after=pki.now() - pki.DAY)
    assert client.refused_alert(gateway.port, stage.context(alice), server_name="api.example.com") == 45
    record = gateway.refusal(reason="certificate-expired", sni="api.example.com")
    assert abs(when(record["time"]) - datetime.datetime.utcnow()) < datetime.timedelta(minutes=1)
    assert re.fullmatch("[0-9a-f]{16}", record["id"])
    assert re.fullmatch(r"127\.0\.0\.1:\d+", record["client"])
    assert (record["stage"], record["listener"], record["depth"], record["alert"]) == ("handshake", "public", 0, 45)
    assert record["sentence"].endswith(".") and record["remedy"] == "Renew the certificate."
    assert record["config"] == gateway.place_of("client_auth: ", "{ mode")
    presented = record["presented"]
    assert (presented["subject"], presented["issuer"]) == ("CN=alice", "CN=Department")
    assert (presented["serial"], presented["fingerprint_sha256"]) == (alice.serial, alice.fingerprint)
    assert when(presented["not_before"]) == alice.x509.not_valid_before
    assert when(presented["not_after"]) == alice.x509.not_valid_after


def test_the_line_is_that_of_the_deciding_rule(stage, gateway):
    """The host's own client_auth where it has one."""
    client.refused_alert(gateway.port, stage.context(), server_name="own.example.com")
    record = gateway.refusal(reason="certificate-missing", sni="own.example.com")
    assert record["config"] == gateway.place_of("client_auth: ", "{ depth")


def test_a_fault_above_the_leaf_is_shown_with_its_certificate(stage, gateway):
    """Presented is the leaf; failed is the one at the depth."""
    department = pki.Authority(stage.folder, "Department", issuer=stage.clients_ca, not_after=pki.now() - pki.HOUR)
    alice = department.issue("alice")
    client.refused_alert(gateway.port, stage.context(alice))
    record = gateway.refusal(reason="certificate-expired", depth=1)
    assert record["presented"]["fingerprint_sha256"] == alice.fingerprint
    assert record["failed"]["fingerprint_sha256"] == department.certificate.fingerprint
    assert record["failed"]["subject"] == "CN=Department"


def test_a_refused_request_names_status_and_identity(stage, gateway):
    """Stage and status instead of an alert."""
    alice = stage.issue()
    status, _, body = client.get_once(gateway.port, stage.context(alice), path="/forged",
                                      fields="Client-Cert: :AAAA:\r\n")
    record = gateway.refusal(reason="protected-field")
    assert (status, record["status"], record["stage"], record["path"]) == (400, 400, "request", "/forged")
    assert record["identity"]["fingerprint"] == alice.fingerprint
    assert "alert" not in record and "presented" not in record
    assert f"id: {record['id']}".encode() in body and b"reason: protected-field" in body


def test_a_good_connection_leaves_no_refusal(stage, gateway):
    """Nothing is recorded that did not happen."""
    before = len(gateway.refusals())
    assert client.get_once(gateway.port, stage.context(stage.issue()), path="/fine")[0] == 200
    gateway.access(path="/fine")
    assert len(gateway.refusals()) == before
