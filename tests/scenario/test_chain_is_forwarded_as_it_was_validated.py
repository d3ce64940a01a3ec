"""The backend is told the path that was validated: every intermediate, in order, without the root, and nothing else."""
import base64

import pytest

from harness import client, pki
from harness.backend import fields_of


def encoded(*certificates):
    """A list of byte sequences of RFC 9651."""
    return ", ".join(":" + base64.b64encode(one.der).decode() + ":" for one in certificates)


@pytest.fixture(scope="module")
def recorded(stage):
    """A gateway in front of a backend that keeps what it is told."""
    backend = stage.recorder()
    return stage.gateway(backend=backend.address), backend


@pytest.fixture(scope="module")
def authorities(stage):
    """Root, then country, then department."""
    country = pki.Authority(stage.folder, "Country", issuer=stage.clients_ca)
    return country, pki.Authority(stage.folder, "Department", issuer=country)


def told(stage, recorded, certificate, version=None):
    """The identity fields that the backend was sent for this client."""
    gateway, backend = recorded
    assert client.get_once(gateway.port, stage.context(certificate, version))[0] == 200
    fields = fields_of(backend.last())
    return fields.get("client-cert"), fields.get("client-cert-chain")


@pytest.mark.parametrize("version", client.VERSIONS)
def test_intermediates_go_along_in_order(stage, recorded, authorities, version):
    """Towards the root, which is left out."""
    country, department = authorities
    alice = department.issue("alice")
    expected = [encoded(alice)], [encoded(department.certificate, country.certificate)]
    assert told(stage, recorded, alice, version) == expected


def test_a_root_that_was_sent_is_left_out(stage, recorded, authorities):
    """Clients may send it; it says nothing to the backend."""
    country, department = authorities
    alice = department.issue("alice")
    sent = alice.with_chain(department.certificate, country.certificate, stage.clients_ca.certificate)
    assert told(stage, recorded, sent) == ([encoded(alice)], [encoded(department.certificate, country.certificate)])


def test_the_order_sent_does_not_matter(stage, recorded, authorities):
    """RFC 8446 lets clients send them in any order; the backend gets the path's."""
    country, department = authorities
    alice = department.issue("alice")
    sent = alice.with_chain(country.certificate, department.certificate)
    assert told(stage, recorded, sent) == ([encoded(alice)], [encoded(department.certificate, country.certificate)])


def test_certificates_that_are_no_part_of_the_path_are_not_forwarded(stage, recorded, authorities):
    """CVE-2023-2422: a backend that takes any element of the chain for the client must not find another's there."""
    country, department = authorities
    admin = department.issue("admin")
    stranger = pki.Authority(stage.folder, "Stranger")
    alice = department.issue("alice")
    sent = alice.with_chain(admin, department.certificate, stranger.certificate, country.certificate)
    assert told(stage, recorded, sent) == ([encoded(alice)], [encoded(department.certificate, country.certificate)])
    beside = stage.issue("bob").with_chain(admin)
    assert told(stage, recorded, beside) == ([encoded(beside)], None)


def test_a_missing_intermediate_is_not_guessed(stage, recorded, authorities):
    """Even though the gateway has just seen it in another chain."""
    gateway, backend = recorded
    alice = authorities[1].issue("alice")
    assert told(stage, recorded, alice)[0]
    before = len(backend.requests)
    alone = authorities[1].issue("carol", chain=b"")
    assert client.refused_alert(gateway.port, stage.context(alone)) == 48
    record = gateway.refusal(reason="certificate-unknown-issuer")
    assert record["presented"]["fingerprint_sha256"] == alone.fingerprint
    assert len(backend.requests) == before


def test_a_trusted_intermediate_is_an_anchor(stage, authorities):
    """The trust may end below a root; then that intermediate is the anchor and is left out."""
    backend = stage.recorder()
    gateway = stage.gateway(backend=backend.address, clients=authorities[1].path)
    alice = authorities[1].issue("alice")
    assert told(stage, (gateway, backend), alice) == ([encoded(alice)], None)
    assert client.refused_alert(gateway.port, stage.context(authorities[0].issue("bob"))) == 48
