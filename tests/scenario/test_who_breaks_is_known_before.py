"""`sallyport who-breaks`: identities seen of late whose certificates expire soon, or who would have been refused."""
import json
import re

import pytest

from harness import client, pki
from harness.gateway import command
from harness.waiting import until

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: optional, trust: "{clients}" }
    routes:
      - backend: app
        deny: { subject.cn: trial*, path: /new, shadow: true }
backends:
  app:
    servers: [ "{backend}" ]
"""


@pytest.fixture(scope="module")
def gateway(stage):
    """Has seen four identities, one of them twice, and somebody without any."""
    made = stage.gateway(CONFIG, backend=stage.recorder().address)
    made.soon = stage.issue("soon", names=["spiffe://example.org/soon"], not_after=pki.now() + 3 * pki.DAY)
    for certificate in (made.soon, stage.issue("later", not_after=pki.now() + 20 * pki.DAY), None, made.soon,
                        stage.issue("never", not_after=pki.now() + 900 * pki.DAY)):
        assert client.get_once(made.port, stage.context(certificate))[0] == 200
    trial = stage.issue("trial", not_after=pki.now() + 900 * pki.DAY)
    with client.connect(made.port, stage.context(trial)) as connection:
        for path in ("/new/1", "/old", "/new/2"):
            assert client.get(connection, path)[0] == 200
    made.access(path="/new/2")
    return made


def breaking(gateway, *options):
    """Those who break, by subject."""
    done = command("who-breaks", "-c", gateway.path, "--json", *options)
    assert done.returncode == 0 and not done.stderr
    return {one["subject"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_who_expires_within_the_time(gateway):
    """Without a time, within 30 days."""
    until(lambda: "CN=trial" in breaking(gateway))
    assert set(breaking(gateway, "--within", "7d")) == {"CN=soon", "CN=trial"}
    assert list(breaking(gateway)) == ["CN=soon", "CN=later", "CN=trial"]
    assert "CN=never" in breaking(gateway, "--within", "1000d")


def test_how_often_and_when_they_were_seen(gateway):
    """By the certificate, with its name."""
    soon = breaking(gateway)["CN=soon"]
    assert (soon["times"], soon["listener"], soon["name"]) == (2, "public", "spiffe://example.org/soon")
    assert soon["fingerprint"] == gateway.soon.fingerprint and soon["first_seen"] < soon["last_seen"]
    assert soon["not_after"].startswith(gateway.soon.x509.not_valid_after.strftime("%Y-%m-%dT%H:%M:%S"))


def test_who_would_have_been_refused(gateway):
    """With the reason and how often."""
    assert breaking(gateway, "--within", "1d")["CN=trial"]["would_refuse"] == {"policy": 2}


def test_under_report_only_those_of_broken_chains_are_known(stage):
    """That is what it is for: nobody is refused, and everybody who would be is named."""
    config = CONFIG.replace("mode: optional", "mode: report_only")
    gateway = stage.gateway(config, backend=stage.recorder().address)
    old = stage.issue("old", not_after=pki.now() - pki.DAY)
    assert client.get_once(gateway.port, stage.context(old))[0] == 200
    assert client.get_once(gateway.port, stage.context(stage.servers_ca.issue("stranger")))[0] == 200
    until(lambda: "CN=stranger" in breaking(gateway))
    assert breaking(gateway)["CN=old"]["would_refuse"] == {"certificate-expired": 1}
    assert breaking(gateway)["CN=stranger"]["would_refuse"] == {"certificate-unknown-issuer": 1}


def test_the_table_is_for_people(gateway):
    """Who expires first comes first."""
    said = command("who-breaks", "-c", gateway.path).stdout
    assert said.startswith("CN=soon, spiffe://example.org/soon\n  expires ") and re.search("in [23] days", said)
    assert "would be refused 2 times: policy" in said
    assert command("who-breaks", "-c", gateway.path, "--within", "soon").returncode == 2
