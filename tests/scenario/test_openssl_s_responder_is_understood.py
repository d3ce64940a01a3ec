"""OpenSSL's own responder (`openssl ocsp`) and the gateway understand each other: with the issuer's key and with a
delegate's, about good, revoked and unknown certificates, about clients and for stapling."""
import datetime
import subprocess

import pytest

from harness import client, ocsp, pki
from harness.gateway import free_port
from harness.waiting import until
from harness.world import REQUIRED

CLIENTS = REQUIRED.replace('trust: "{clients}" }',
                           'trust: "{clients}", revocation: { ocsp: { mode: hard, responders: "{url}" {rules} } } }')
STAPLED = REQUIRED.replace('"{server_key}" }',
                           '"{server_key}", ocsp_stapling: { enabled: true, issuer: "{issuer}", responder: "{url}" } }')


class OpensslResponder:
    """`openssl ocsp` over an index of the certificates that `authority` knows: {certificate: revoked or not}."""

    def __init__(self, world, authority, known, signer=None):
        signer = signer or authority.certificate
        self._port = free_port()
        index = world.folder / f"index-{self._port}.txt"
        index.write_text("".join(self._row(certificate, known[certificate]) for certificate in known))
        (world.folder / f"index-{self._port}.txt.attr").write_text("unique_subject = no\n")
        line = ["openssl", "ocsp", "-port", self._port, "-index", index, "-CA", authority.path, "-rsigner", signer.path,
                "-rkey", signer.key_path, "-nmin", 10, "-ignore_err"]
        self._process = subprocess.Popen(list(map(str, line)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         text=True)
        while "waiting for OCSP client connections" not in (said := self._process.stdout.readline()):
            assert said, "openssl ocsp did not start"
        self.url = f"http://127.0.0.1:{self._port}/"

    @staticmethod
    def _row(certificate, is_revoked):
        """A line of OpenSSL's database: status, end, revocation, serial number, file, subject."""
        ends = certificate.x509.not_valid_after.strftime("%y%m%d%H%M%SZ")
        revoked = (pki.now() - datetime.timedelta(days=1)).strftime("%y%m%d%H%M%SZ,keyCompromise") if is_revoked else ""
        serial = certificate.serial.upper()
        return f"{'R' if is_revoked else 'V'}\t{ends}\t{revoked}\t{serial}\tunknown\t/CN=somebody\n"

    def close(self):
        """Ends it."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def responder(world, authority, known, **options):
    """One that ends with the story."""
    made = OpensslResponder(world, authority, known, **options)
    world.ended.append(made.close)
    return made


@pytest.mark.parametrize("by_delegate", [False, True], ids=["issuer", "delegate"])
@pytest.mark.parametrize("rules", ["", ", nonce: required", ", hash: sha256"])
def test_clients_are_judged_by_it(world, by_delegate, rules):
    """Good is served; revoked and unknown are refused for what they are."""
    good, revoked, unknown = world.issue("good"), world.issue("revoked"), world.issue("unknown")
    signer = ocsp.delegate(world.clients_ca) if by_delegate else None
    asked = responder(world, world.clients_ca, {good: False, revoked: True}, signer=signer)
    gateway = world.gateway(CLIENTS, backend=world.recorder().address, url=asked.url, rules=rules)
    assert client.get_once(gateway.port, world.context(good))[0] == 200
    for certificate, reason in ((revoked, "certificate-revoked"), (unknown, "ocsp-unknown")):
        with pytest.raises((OSError, EOFError)):
            client.get_once(gateway.port, world.context(certificate))
        assert gateway.refusal(reason=reason)["identity"]["fingerprint"] == certificate.fingerprint


def test_its_answers_are_stapled(world):
    """And accepted by OpenSSL's client."""
    asked = responder(world, world.servers_ca, {world.server: False})
    alice = world.issue("alice")
    gateway = world.gateway(STAPLED, backend=world.recorder().address, url=asked.url, issuer=world.servers_ca.path)
    until(lambda: "Cert Status: good" in client.s_client(gateway.port, world.trust, "-status", certificate=alice),
          what="the staple")
