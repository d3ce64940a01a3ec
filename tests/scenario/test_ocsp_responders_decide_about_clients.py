"""A client waits after its handshake until its issuer's responder has spoken. Who is good is served; who is revoked, on
hold or unknown is not; an answer serves all connections of its certificate until it ends."""
import threading

import pytest
from cryptography import x509

from harness import client, ocsp
from harness.waiting import until
from harness.world import REQUIRED

ASKED = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", revocation: {{ ocsp: {{ mode: {mode} {rules} }} }} }}'
                         .replace("{{", "{").replace("}}", "}"))


def asking(world, responder, mode="hard", rules="", **values):
    """A gateway that asks `responder` about its clients."""
    responders = f', responders: "{responder.url}"' if responder else ""
    return world.gateway(ASKED, backend=world.recorder().address, mode=mode, rules=responders + rules, **values)


def is_served(world, gateway, certificate, version=None):
    """True: 200. False: the connection was closed after the handshake, or refused in it."""
    try:
        return client.get_once(gateway.port, world.context(certificate, version))[0] == 200
    except (OSError, EOFError):
        return False


@pytest.mark.parametrize("version", client.VERSIONS)
def test_good_is_served_and_revoked_is_not(world, version):
    """The record names the certificate; the second handshake is refused with its alert, by memory."""
    responder = world.responder()
    good, revoked = world.issue("good"), world.issue("revoked")
    responder.revoke(revoked)
    gateway = asking(world, responder)
    assert client.get_once(gateway.port, world.context(good, version))[0] == 200
    assert not is_served(world, gateway, revoked, version)
    record = gateway.refusal(reason="certificate-revoked", stage="admission")
    assert record["identity"]["fingerprint"] == revoked.fingerprint and record["depth"] == 0
    assert record["config"].startswith(str(gateway.path))
    assert client.refused_alert(gateway.port, world.context(revoked, version)) == 44
    assert responder.asked.count(revoked.x509.serial_number) == 1


@pytest.mark.parametrize("status, reason, label", [
    (ocsp.REVOKED, x509.ReasonFlags.certificate_hold, "certificate-on-hold"),
    (ocsp.UNKNOWN, None, "ocsp-unknown")])
@pytest.mark.parametrize("mode", ["hard", "soft"])
def test_hold_and_unknown_are_told_apart_and_refused(world, status, reason, label, mode):
    """In mode soft, too: the responder has spoken."""
    responder = world.responder()
    alice = world.issue("alice")
    responder.statuses[alice.x509.serial_number] = status
    responder.reason = reason
    gateway = asking(world, responder, mode)
    assert not is_served(world, gateway, alice)
    gateway.refusal(reason=label, stage="admission")


def test_one_question_serves_all_who_wait(world):
    """Twenty connections of one certificate, one question; afterwards none."""
    responder = world.responder()
    responder.delay = 1
    alice = world.issue("alice")
    gateway = asking(world, responder)
    served = []
    threads = [threading.Thread(target=lambda: served.append(is_served(world, gateway, alice))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served == [True] * 20
    assert is_served(world, gateway, alice)
    assert len(responder.asked) == 1


def test_many_clients_at_once_are_all_asked_about(world):
    """As after a restart: sixty certificates nobody knows yet, few questions at a time, everybody is served."""
    responder = world.responder()
    responder.delay = 0.02
    clients = [world.issue(f"client {i}") for i in range(60)]
    gateway = asking(world, responder, rules=", timeout: 10s")
    served = []
    threads = [threading.Thread(target=lambda made=made: served.append(is_served(world, gateway, made)))
               for made in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served == [True] * 60
    assert sorted(responder.asked) == sorted(made.x509.serial_number for made in clients)


def test_delegates_answer_for_the_issuer(world):
    """With id-kp-OCSPSigning from the issuer itself."""
    responder = world.responder(signer=ocsp.delegate(world.clients_ca))
    gateway = asking(world, responder)
    assert is_served(world, gateway, world.issue("alice"))


def test_the_next_responder_is_asked_when_one_is_of_no_use(world):
    """In order, and only until one has answered."""
    broken, good, spare = world.responder(), world.responder(), world.responder()
    broken.answer = b"garbage"
    gateway = asking(world, None, rules=f', responders: ["{broken.url}", "{good.url}", "{spare.url}"]')
    assert is_served(world, gateway, world.issue("alice"))
    assert len(broken.asked) == 1 and len(good.asked) == 1 and not spare.asked


def test_a_resumed_session_is_asked_about_again(world):
    """What a ticket says counts as little as what a handshake says."""
    responder = world.responder()
    alice = world.issue("alice")
    gateway = asking(world, responder, rules=", refresh: 1s")
    context = world.context(alice)
    with client.connect(gateway.port, context) as connection:
        assert client.get(connection)[0] == 200
        session = client.session_of(connection)
    responder.revoke(alice)
    until(lambda: not is_served(world, gateway, alice), what="the revocation")
    with pytest.raises((OSError, EOFError)):
        with client.connect(gateway.port, context, session=session) as connection:
            client.get(connection)


def test_a_live_connection_ends_when_its_certificate_is_revoked(world):
    """And no other. The answer is asked for anew while connections are open."""
    responder = world.responder()
    alice, bob = world.issue("alice"), world.issue("bob")
    gateway = asking(world, responder, rules=", refresh: 1s")
    with client.connect(gateway.port, world.context(alice)) as hers, \
            client.connect(gateway.port, world.context(bob)) as his:
        assert client.get(hers)[0] == client.get(his)[0] == 200
        responder.revoke(alice)
        assert hers.recv(1) == b""
        record = gateway.refusal(reason="certificate-revoked", stage="session")
        assert record["identity"]["fingerprint"] == alice.fingerprint
        assert client.get(his)[0] == 200


def test_a_nonce_has_to_come_back_where_it_is_required(world):
    """32 bytes, a new one each time; `sent` does without."""
    responder = world.responder()
    gateway = asking(world, responder, rules=", nonce: required")
    assert is_served(world, gateway, world.issue("alice"))
    responder.returns_nonce = False
    assert not is_served(world, gateway, world.issue("bob"))
    assert "nonce" in gateway.refusal(reason="ocsp-unavailable")["detail"]
    gateway.reloaded(rules=f', responders: "{responder.url}", nonce: sent', mode="hard")
    assert is_served(world, gateway, world.issue("carol"))
    nonces = [request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce for request in responder.requests]
    assert len(set(nonces)) == 3 and {len(nonce) for nonce in nonces} == {32}


def test_a_certificate_s_own_responder_is_asked_only_on_allowed_hosts(world):
    """Never one that is not in aia_hosts, whatever the certificate names first."""
    allowed, forbidden = world.responder(), world.responder()
    alice = world.issue("alice", extensions=[ocsp.locations(forbidden.url, allowed.url)])
    bob = world.issue("bob", extensions=[ocsp.locations(forbidden.url)])
    gateway = asking(world, None, rules=f', aia_hosts: "{allowed.host}"')
    assert is_served(world, gateway, alice)
    assert not is_served(world, gateway, bob)
    assert "aia_hosts" in gateway.refusal(reason="ocsp-unavailable")["detail"]
    assert not forbidden.asked
