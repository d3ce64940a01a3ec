"""x509-limbo's client certificates (testdata/limbo) in real handshakes: one host per case, with the trust of the case and
else the gateway's initial settings. The gateway decides as `sallyport verify` does, and as the collection expects. Cases
of another time than now (all with lists are), or without a private key, cannot be played."""
import json
import ssl
import subprocess

import pytest

from harness import client
from harness.gateway import SALLYPORT, TESTDATA
from test_public_suites_agree import NOT_OF_CLIENTS, NOT_OURS, STRICTER

CASES = TESTDATA / "limbo" / "client.json"

CONFIG = """\
workers: 1
listeners:
  - name: public
    bind: 127.0.0.1:{{port}}
    certificates:
      - {{ certificate: "{{server}}", private_key: "{{server_key}}" }}
    client_auth: {{ mode: required, trust: "{{clients}}" }}
    hosts:
{hosts}
    routes:
      - backend: app
backends:
  app:
    servers: [ "{{backend}}" ]
"""

HOST = """\
      - names: [ {name} ]
        client_auth: {{{{ mode: required, trust: "{folder}/trust.pem", depth: {depth}{more} }}}}
"""


class Case:
    """One chain: its files, its host, and what the command says about it."""

    def __init__(self, number, case, folder):
        self.label = case["id"]
        self.is_good = case["expected_result"] == "SUCCESS" and self.label not in STRICTER
        self.name = f"case{number}.example.com"
        self.folder = folder / f"case{number}"
        self.depth = case.get("max_chain_depth", 8)
        self.needs_usage = "pedantic-webpki-eku" in case.get("features", [])
        self.is_of_the_web = self.label.startswith("webpki::")
        self._write(case)
        self.answer = self._judge()

    def _write(self, case):
        self.folder.mkdir()
        (self.folder / "trust.pem").write_text("\n".join(case["trusted_certs"]))
        (self.folder / "chain.pem").write_text("\n".join([case["peer_certificate"],
                                                          *case.get("untrusted_intermediates", [])]))
        (self.folder / "key.pem").write_text(case["peer_certificate_key"])

    def _judge(self):
        options = ["--profile", "webpki"] if self.is_of_the_web else []
        options += ["--usage", "required"] if self.needs_usage else []
        done = subprocess.run([SALLYPORT, "verify", "--json", "--depth", str(self.depth), *options, "--trust",
                               self.folder / "trust.pem", self.folder / "chain.pem"], capture_output=True, timeout=60,
                              check=False)
        return json.loads(done.stdout)

    def is_loaded(self):
        """Whether the gateway loads such a trust: where it does not, no handshake comes that far."""
        return not self.answer.get("detail", "").startswith("trust line")

    def host(self):
        """Its part of the configuration."""
        more = ", profile: webpki" if self.is_of_the_web else ""
        more += ", extended_key_usage: required" if self.needs_usage else ""
        return HOST.format(name=self.name, folder=self.folder, depth=self.depth, more=more)

    def is_served(self, port, trust):
        """Shows the chain; True when a request is answered, None when Python's own library does not take it."""
        made = client.context(trust)
        made.set_ciphers("ALL:@SECLEVEL=0")
        try:
            made.load_cert_chain(self.folder / "chain.pem", self.folder / "key.pem")
        except ssl.SSLError:
            return None
        try:
            with client.connect(port, made, server_name=self.name) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: " + self.name.encode() + b"\r\n\r\n")
                return client.read_answer(connection)[0] == 200
        except (ssl.SSLError, ConnectionError):
            return False


def cases(folder):
    """Those that a client can play now."""
    if not CASES.exists():
        pytest.skip(f"{CASES} is absent")
    for number, case in enumerate(json.loads(CASES.read_text())["testcases"]):
        is_skipped = (case.get("validation_time") or not case.get("peer_certificate_key")
                      or NOT_OURS in case.get("features", []) or case["id"].startswith(NOT_OF_CLIENTS))
        if not is_skipped:
            yield Case(number, case, folder)


def differing(gateway, trust, played):
    """Those that the gateway judges otherwise than the collection, or than the command."""
    for case in played:
        served = case.is_served(gateway.port, trust)
        if served is not None and (served != case.answer["accepted"] or served != case.is_good):
            yield case.label, case.is_good, case.answer["reason"], served


def test_limbo_in_handshakes(world):
    """All of them against one gateway."""
    found = list(cases(world.folder))
    assert not [case.label for case in found if not case.is_loaded() and case.is_good]
    played = [case for case in found if case.is_loaded()]
    gateway = world.gateway(CONFIG.format(hosts="".join(case.host() for case in played).format()),
                            backend=world.recorder().address)
    assert not list(differing(gateway, world.trust, played))
    assert len(played) > 60
