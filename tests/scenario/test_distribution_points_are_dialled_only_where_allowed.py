"""Lists are fetched from where configured CA certificates say they are, if the host is allowed; never because a client's
certificate says so."""
import contextlib

import pytest
from cryptography import x509

from harness import client, crl, pki
from harness.listserver import ListServer
from harness.waiting import until
from harness.world import REQUIRED

POINTS = REQUIRED.replace('trust: "{clients}" }', """trust: "{clients}", revocation: {
        lists: "{list}", issuers: "{middle}", refresh: 1s, distribution_points: { hosts: [ "{host}" ] } } }""")


@pytest.fixture(name="server")
def _server():
    made = ListServer()
    yield made
    made.stop()


def points_at(url):
    """The extension."""
    name = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return [(x509.CRLDistributionPoints([name]), False)]


def gateway_with(world, server, host):
    """A gateway whose intermediate names the server's list of the root; that of the intermediate is in a file."""
    middle = pki.Authority(world.folder, "Middle", world.clients_ca, extensions=points_at(server.url()))
    leaf = middle.issue("leaf")
    server.put(crl.write(world.clients_ca, [middle.certificate]))
    gateway = world.gateway(POINTS, backend=world.recorder().address, list=crl.write(middle), middle=middle.path,
                            host=host)
    return gateway, leaf


def test_list_of_an_allowed_host_is_fetched(world, server):
    """It revokes the intermediate."""
    gateway, leaf = gateway_with(world, server, server.host)
    assert client.refused_alert(gateway.port, world.context(leaf)) == 44
    assert server.url() in [source["name"] for source in gateway.status()["sources"]]


def test_other_hosts_are_not_dialled(world, server):
    """The list is missing then."""
    gateway, leaf = gateway_with(world, server, "crl.example.com")
    assert client.refused_alert(gateway.port, world.context(leaf)) == 46
    assert not server.asked


def test_clients_certificate_is_not_followed(world, server):
    """The attack: a server is made to dial what a stranger names."""
    gateway, _ = gateway_with(world, server, server.host)
    until(lambda: server.asked, 10, "the configured list's fetch")
    stranger = pki.Authority(world.folder, "Stranger")
    for issuer in (world.clients_ca, stranger):
        hostile = issuer.issue("hostile", extensions=points_at(server.url("/hostile")))
        with contextlib.suppress(OSError):  # served or not: only what is dialled counts here
            client.get_once(gateway.port, world.context(hostile))
    assert "/hostile" not in server.asked
