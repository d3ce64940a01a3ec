"""`sallyport refusals`: by reason and identity, with how often, since when, and the last id."""
import datetime
import json

import pytest

from harness import client
from harness.gateway import command
from harness.waiting import until


@pytest.fixture(scope="module")
def gateway(stage):
    """Has refused a stranger three times, another once, and nobody with a certificate twice."""
    made = stage.gateway(backend=stage.recorder().address)
    stranger, other = stage.servers_ca.issue("stranger"), stage.servers_ca.issue("other")
    for certificate in (stranger, None, other, None, stranger, stranger):
        client.refused_alert(made.port, stage.context(certificate))
    until(lambda: len(made.refusals()) == 6)
    made.stranger = stranger
    made.begin_records()
    return made


def refusals(gateway, *options):
    """The groups, the youngest last."""
    done = command("refusals", "-c", gateway.path, "--json", *options)
    assert done.returncode == 0 and not done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_reason_and_identity_is_a_line(gateway):
    """In the order of their last refusal."""
    groups = refusals(gateway)
    assert [(group["reason"], group["who"], group["times"]) for group in groups] == [
        ("certificate-unknown-issuer", "CN=other", 1), ("certificate-missing", "127.0.0.1", 2),
        ("certificate-unknown-issuer", "CN=stranger", 3)]
    stranger = groups[-1]
    assert stranger["fingerprint"] == gateway.stranger.fingerprint and stranger["first"] < stranger["last"]
    record = json.loads(command("why", stranger["last_id"], "-c", gateway.path, "--json").stdout)
    assert (record["time"], record["presented"]["subject"]) == (stranger["last"], "CN=stranger")


def test_filters_choose(gateway):
    """By reason, and by time."""
    assert [group["who"] for group in refusals(gateway, "--reason", "certificate-missing")] == ["127.0.0.1"]
    assert refusals(gateway, "--reason", "policy") == []
    tomorrow = datetime.datetime.utcnow() + datetime.timedelta(days=1)
    assert refusals(gateway, "--since", tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ")) == []
    assert len(refusals(gateway, "--since", "2020-01-01T00:00:00Z")) == 3


def test_text_and_records(gateway):
    """A table for people; the records themselves for those who want them."""
    done = command("refusals", "-c", gateway.path)
    assert done.returncode == 0 and "TIMES" in done.stdout.splitlines()[0]
    assert any(line.split()[:2] == ["3", "certificate-unknown-issuer"] for line in done.stdout.splitlines())
    records = command("refusals", "-c", gateway.path, "--records", "--reason", "certificate-missing").stdout.splitlines()
    assert [json.loads(record)["reason"] for record in records] == ["certificate-missing"] * 2


def test_wrong_use(gateway):
    """Exit code 2, with a word."""
    for arguments in (["--since", "yesterday"], ["word"], ["--nonsense"]):
        done = command("refusals", "-c", gateway.path, *arguments)
        assert (done.returncode, done.stdout) == (2, "") and done.stderr
