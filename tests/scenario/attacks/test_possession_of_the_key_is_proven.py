"""Certificates are public: only who signs with the certificate's key is its owner.

CVE-2022-25640, CVE-2022-29222: a server that could do without CertificateVerify."""
import ssl

import pytest

from harness import client, handdriven, rawtls

REQUEST = client.request_bytes()


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway and its backend."""
    backend = stage.recorder()
    return stage.gateway(backend=backend.address), backend


def alert_of(gateway, *steps):
    """The alert that answers a client which takes these steps after the server's Finished."""
    with rawtls.Client(gateway.port) as visitor:
        assert visitor.requested
        with pytest.raises(rawtls.Alerted) as alert:
            visitor.say(*[step(visitor) for step in steps])
            visitor.ask(REQUEST)
    return alert.value.number


def showing(*ders):
    """Sends a Certificate message."""
    return lambda visitor: lambda: visitor.certificate(*ders)


def proving(key):
    """Sends a CertificateVerify message."""
    return lambda visitor: lambda: visitor.proof(key)


def finishing(visitor):
    """Sends Finished."""
    return visitor.finished


def test_the_owner_is_let_in(stage, scene):
    """The client of these stories can do it right."""
    gateway, _ = scene
    alice = stage.issue()
    with rawtls.Client(gateway.port) as visitor:
        visitor.say(lambda: visitor.certificate(alice.der), lambda: visitor.proof(alice.key), visitor.finished)
        assert visitor.ask(REQUEST).startswith(b"HTTP/1.1 200 ")


def test_a_proof_by_another_key_is_refused(stage, scene):
    """decrypt_error; the record shows whose certificate was abused."""
    gateway, backend = scene
    alice, mallory, before = stage.issue(), stage.issue("mallory"), len(backend.requests)
    assert alert_of(gateway, showing(alice.der), proving(mallory.key), finishing) == 51
    assert gateway.refusal(reason="certificate-proof")["alert"] == 51
    assert len(backend.requests) == before


def test_no_proof_at_all_is_refused(stage, scene):
    """unexpected_message: Finished came where CertificateVerify belongs."""
    gateway, backend = scene
    before = len(backend.requests)
    assert alert_of(gateway, showing(stage.issue().der), finishing) == 10
    assert gateway.refusal(reason="certificate-proof")["alert"] == 10
    assert len(backend.requests) == before


def test_no_certificate_and_a_proof_is_refused(stage, scene):
    """An empty Certificate message is none, whatever follows."""
    gateway, _ = scene
    assert alert_of(gateway, showing(), proving(stage.issue().key), finishing) == 116
    assert gateway.refusal(reason="certificate-missing")["alert"] == 116


def test_nothing_instead_of_a_certificate_is_refused(scene):
    """The client simply finishes."""
    gateway, _ = scene
    assert alert_of(gateway, finishing) == 10


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x82\xff\xff", b"not a certificate", b"\x00" * 300])
def test_what_is_no_certificate_is_refused(scene, der):
    """bad_certificate or decode_error, and the worker lives."""
    gateway, _ = scene
    worker = gateway.children()
    assert alert_of(gateway, showing(der), finishing) in (42, 50)
    assert gateway.children() == worker


def test_in_tls_1_2_the_signature_covers_the_certificate(stage, scene):
    """Somebody else's certificate put into the client's own flight."""
    gateway, backend = scene
    alice, mallory, before = stage.issue(), stage.issue("mallory"), len(backend.requests)
    change = handdriven.with_certificate(alice.der)
    with handdriven.Connection(gateway.port, stage.context(mallory, client.TLS12), change) as connection:
        with pytest.raises(ssl.SSLError) as failure:
            connection.handshake()
    assert client.alert_in(str(failure.value)) == 51
    assert gateway.refusal(reason="certificate-proof")["alert"] == 51
    assert len(backend.requests) == before
    owner = stage.context(alice, client.TLS12)
    with handdriven.Connection(gateway.port, owner, handdriven.unchanged) as connection:
        assert connection.handshake().get() == 200
