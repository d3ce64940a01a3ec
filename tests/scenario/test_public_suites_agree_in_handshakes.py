"""x509-limbo's client certificates (testdata/limbo) in real handshakes: one host per case, with the trust of the case.
The gateway decides as `sallyport verify` does with the gateway's settings, and as the collection expects. Cases of another time than now, without a private
key, with lists, or with a trust that the gateway does not load are left out."""
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
        client_auth: {{{{ mode: required, trust: "{trust}", depth: {depth}, profile: rfc5280 }}}}
"""


def applicable():
    """The cases that a client can play now."""
    for case in json.loads(CASES.read_text())["testcases"]:
        is_skipped = (case.get("validation_time") or not case.get("peer_certificate_key") or case.get("crls")
                      or NOT_OURS in case.get("features", []) or case["id"].startswith((*NOT_OF_CLIENTS, "webpki::")))
        if not is_skipped:
            yield case


def write(case, folder):
    """The case's files: its trust, and the client's chain with its key."""
    folder.mkdir()
    (folder / "trust.pem").write_text("\n".join(case["trusted_certs"]))
    chain = [case["peer_certificate"], *case.get("untrusted_intermediates", [])]
    (folder / "chain.pem").write_text("\n".join(chain))
    (folder / "key.pem").write_text(case["peer_certificate_key"])


def judged(folder, depth):
    """What the command says, with the gateway's settings; None when the trust does not load."""
    done = subprocess.run([SALLYPORT, "verify", "--json", "--depth", str(depth), "--profile", "rfc5280",
                           "--trust", folder / "trust.pem",
                           folder / "chain.pem"], capture_output=True, timeout=60, check=False)
    answer = json.loads(done.stdout)
    return None if answer.get("detail", "").startswith("trust line") else answer["accepted"]


def is_served(port, trust, folder, name):
    """Shows the chain; True when a request is answered, None when Python's own library does not take it."""
    made = client.context(trust)
    made.set_ciphers("ALL:@SECLEVEL=0")
    try:
        made.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    except ssl.SSLError:
        return None
    try:
        with client.connect(port, made, server_name=name) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: " + name.encode() + b"\r\n\r\n")
            return client.read_answer(connection)[0] == 200
    except (ssl.SSLError, ConnectionError):
        return False


def test_limbo_in_handshakes(world):
    """All of them against one gateway."""
    if not CASES.exists():
        pytest.skip(f"{CASES} is absent")
    hosts, played = "", []
    for number, case in enumerate(applicable()):
        folder, name = world.folder / f"case{number}", f"case{number}.example.com"
        write(case, folder)
        depth = case.get("max_chain_depth", 8)
        verdict = judged(folder, depth)
        if verdict is None:
            assert case["expected_result"] == "FAILURE", case["id"]
            continue
        hosts += HOST.format(name=name, trust=folder / "trust.pem", depth=depth)
        played.append((case, folder, name, verdict))
    gateway = world.gateway(CONFIG.format(hosts=hosts.format()), backend=world.recorder().address)
    differing = []
    for case, folder, name, verdict in played:
        served = is_served(gateway.port, world.trust, folder, name)
        is_good = case["expected_result"] == "SUCCESS" and case["id"] not in STRICTER
        if served is not None and (served != verdict or served != is_good):
            differing.append((case["id"], case["expected_result"], verdict, served))
    assert not differing
    assert len(played) > 40
