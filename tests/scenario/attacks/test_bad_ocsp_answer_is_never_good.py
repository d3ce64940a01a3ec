"""CVE-2024-2660 and CVE-2022-1343: answers of a wrong signer were believed. CVE-2026-24734: nobody looked at signature or
age. CVE-2026-29145 and CVE-2017-15698: whatever failed counted as good. Whatever a responder does wrong here, its answer is
not "good": in mode hard the client is refused, in mode soft it is let in without an answer, and the record says what
happened. Nobody else waits for it."""
import http.server
import threading
import time

import pytest
from cryptography.x509 import ocsp as ocsp_format

from harness import client, ocsp, pki
from harness.waiting import until
from harness.world import REQUIRED

ASKED = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", revocation: {{ ocsp: {{ mode: {mode}, '
                         'responders: "{url}", timeout: 1s {rules} }} }} }}'.replace("{{", "{").replace("}}", "}"))


def asking(world, url, mode, rules=""):
    """A gateway that asks the responder at `url`."""
    return world.gateway(ASKED, backend=world.recorder().address, url=url, mode=mode, rules=rules)


def is_served(world, gateway, certificate):
    """True: 200. False: closed after the handshake, or refused in it."""
    try:
        return client.get_once(gateway.port, world.context(certificate))[0] == 200
    except (OSError, EOFError):
        return False


def signed_by(world, responder, signer):
    """Lets `signer` sign the answers, without anybody's leave."""
    del world
    responder.signer = signer


def late(_, responder):
    """Answers after the gateway's patience is over."""
    responder.delay = 3


def silent(_, responder):
    """0 bytes."""
    responder.answer = b""


def garbage(_, responder):
    """No DER."""
    responder.answer = b"\x00\xff" * 500


def huge(_, responder):
    """100 MB."""
    responder.answer = b"\x30" * (100 << 20)


def trying_later(_, responder):
    """tryLater."""
    responder.answer = ocsp.failure(ocsp_format.OCSPResponseStatus.TRY_LATER)


def unauthorized(_, responder):
    """unauthorized."""
    responder.answer = ocsp.failure(ocsp_format.OCSPResponseStatus.UNAUTHORIZED)


def failing(_, responder):
    """internalError."""
    responder.answer = ocsp.failure(ocsp_format.OCSPResponseStatus.INTERNAL_ERROR)


def by_a_stranger(world, responder):
    """Another CA's delegate."""
    signed_by(world, responder, ocsp.delegate(world.servers_ca))


def by_a_namesake(world, responder):
    """A delegate of another CA of the same name."""
    signed_by(world, responder, ocsp.delegate(pki.Authority(world.folder, "Clients CA")))


def by_a_client(world, responder):
    """Anybody with a certificate of the CA, but without id-kp-OCSPSigning."""
    signed_by(world, responder, world.issue("mallory"))


def by_an_expired_delegate(world, responder):
    """It was one."""
    signed_by(world, responder, ocsp.delegate(world.clients_ca, not_before=pki.now() - 20 * pki.DAY,
                                              not_after=pki.now() - pki.HOUR))


def under_an_intermediate(world, responder):
    """A delegate that the issuer's intermediate certified, not the issuer itself."""
    signed_by(world, responder, ocsp.delegate(pki.Authority(world.folder, "Middle", world.clients_ca)))


def tampered(_, responder):
    """One bit of the signature."""
    def answer(der):
        bad = bytearray(responder.signed(ocsp_format.load_der_ocsp_request(der)))
        bad[-1] ^= 1
        return bytes(bad)
    responder.answer = answer


def old(_, responder):
    """A good answer from before, repeated."""
    responder.this_update, responder.next_update = -5 * ocsp.HOUR, -4 * ocsp.HOUR


def of_tomorrow(_, responder):
    """thisUpdate in the future."""
    responder.this_update, responder.next_update = 24 * ocsp.HOUR, 48 * ocsp.HOUR


def about_another(world, responder):
    """The answer for another certificate."""
    responder.about = world.issue("bob").x509.serial_number


# What the responder does, and a part of what the record has to say.
FAULTS = [(late, "imed out"), (silent, "nothing"), (garbage, "no DER-encoded OCSP response"), (huge, ""),
          (trying_later, "tryLater"), (unauthorized, "unauthorized"), (failing, "internalError"),
          (by_a_stranger, "not issued by"), (by_a_namesake, "not issued by"), (by_a_client, "OCSPSigning"),
          (by_an_expired_delegate, "has expired"), (under_an_intermediate, "not issued by"),
          (tampered, "signature does not verify"), (old, "nextUpdate is past"), (of_tomorrow, "in the future"),
          (about_another, "other certificates")]


@pytest.mark.parametrize("fault, words", FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_hard_refuses_and_says_why(world, fault, words):
    """The record has the responder's URL and what it did."""
    responder = world.responder()
    fault(world, responder)
    gateway = asking(world, responder.url, "hard")
    assert not is_served(world, gateway, world.issue("alice"))
    record = gateway.refusal(reason="ocsp-unavailable", stage="admission")
    assert responder.url in record["detail"] and words in record["detail"]


@pytest.mark.parametrize("fault", [late, silent, garbage, huge, trying_later, by_a_stranger, tampered, old, about_another])
def test_soft_lets_in_and_records(world, fault):
    """With the reason for which hard would have refused, counted too."""
    responder = world.responder()
    fault(world, responder)
    gateway = asking(world, responder.url, "soft")
    alice = world.issue("alice")
    assert is_served(world, gateway, alice) and is_served(world, gateway, alice)
    assert gateway.access(would_refuse="ocsp-unavailable")["identity"]["fingerprint"] == alice.fingerprint
    assert gateway.status()["counters"]["ocsp_unanswered"] == 2
    assert len(responder.asked) == 1  # not again for each connection


@pytest.mark.parametrize("mode, served", [("hard", False), ("soft", True)])
def test_a_responder_that_is_gone_holds_the_rule(world, mode, served):
    """Connection refused. When it is back, it is asked again."""
    responder = world.responder()
    responder.close()
    gateway = asking(world, responder.url, mode)
    assert is_served(world, gateway, world.issue("alice")) == served


def test_others_stay_fast_while_a_responder_is_slow(world):
    """Fifty clients wait for it; those who are known are served all the while."""
    responder = world.responder()
    gateway = asking(world, responder.url, "hard")
    known = world.issue("known")
    assert is_served(world, gateway, known)
    responder.delay = 10
    waiting = [threading.Thread(target=is_served, args=(world, gateway, world.issue(f"client {i}"))) for i in range(50)]
    for thread in waiting:
        thread.start()
    until(lambda: gateway.status()["counters"]["ocsp_waits"] >= 51, what="those who wait")
    began = time.monotonic()
    for _ in range(20):
        assert is_served(world, gateway, known)
    assert time.monotonic() - began < 5
    for thread in waiting:
        thread.join()


def test_good_answers_outlive_a_responder_that_fails(world):
    """Until they end; then the rule holds, on live connections too."""
    responder = world.responder()
    responder.next_update = pki.SECOND * 4
    alice = world.issue("alice")
    gateway = asking(world, responder.url, "hard", ", clock_skew: 0s")
    with client.connect(gateway.port, world.context(alice)) as connection:
        assert client.get(connection)[0] == 200
        responder.answer = b"garbage"
        assert client.get(connection)[0] == 200
        assert connection.recv(1) == b""
    record = gateway.refusal(reason="ocsp-stale", stage="session")
    assert "no DER-encoded OCSP response" in record["detail"]


def test_an_answer_older_than_the_one_before_is_not_taken(world):
    """Who repeats what a responder said before a certificate was put on hold wins nothing."""
    responder = world.responder()
    alice = world.issue("alice")
    gateway = asking(world, responder.url, "hard", ", refresh: 1s")
    responder.this_update = -ocsp.HOUR / 2
    responder.statuses[alice.x509.serial_number] = ocsp.REVOKED
    assert not is_served(world, gateway, alice)
    del responder.statuses[alice.x509.serial_number]
    responder.this_update = -ocsp.HOUR
    for _ in range(5):
        time.sleep(0.5)
        assert not is_served(world, gateway, alice)
    assert len(responder.asked) > 1


def test_redirects_are_not_followed(world):
    """A responder that sends elsewhere is of no use, whatever is there."""
    elsewhere = world.responder()

    class Redirect(http.server.BaseHTTPRequestHandler):
        """To the good responder."""

        def do_POST(self):  # pylint: disable=invalid-name
            """307."""
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", elsewhere.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirect)
    world.ended.append(server.server_close)
    world.ended.append(server.shutdown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    gateway = asking(world, f"http://127.0.0.1:{server.server_address[1]}/", "hard")
    assert not is_served(world, gateway, world.issue("alice"))
    assert not elsewhere.asked
