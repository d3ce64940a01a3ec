"""A list that changes at its URL, in its file or in its directory is in force soon, on live connections too; who is not
in it stays."""
import os

import pytest

from harness import client, crl
from harness.listserver import ListServer
from harness.waiting import until
from harness.world import REQUIRED

SOON = ", refresh: 1s, poll: 200ms"
LISTED = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", revocation: { lists: ["{list}"] {rules} } }')


@pytest.fixture(name="server")
def _server():
    made = ListServer()
    yield made
    made.stop()


def listed(world, location, rules="", **values):
    """A gateway that looks clients up in the lists at `location`."""
    return world.gateway(LISTED, backend=world.recorder().address, list=location, rules=SOON + rules, **values)


def is_refused(gateway, world, certificate):
    """Whether the certificate is refused as revoked just now."""
    try:
        client.get_once(gateway.port, world.context(certificate))
        return False
    except OSError:
        return True


def source(gateway, name):
    """What the status says of a source."""
    return next(item for item in gateway.status()["sources"] if item["name"] == str(name))


def test_a_list_at_a_url_is_there_at_the_first_request(world, server):
    """The gateway is not ready before it has the list."""
    revoked = world.issue("revoked")
    server.put(crl.write(world.clients_ca, [revoked]))
    gateway = listed(world, server.url(), ", missing: allow")
    assert client.refused_alert(gateway.port, world.context(revoked)) == 44


def test_a_new_list_at_the_url_closes_the_revoked_connections_only(world, server):
    """Nobody reloads; the revoked certificate's connection ends, the other one answers on."""
    victim, spared = world.issue("victim"), world.issue("spared")
    server.put(crl.write(world.clients_ca, number=1))
    gateway = listed(world, server.url())
    lost = client.connect(gateway.port, world.context(victim))
    kept = client.connect(gateway.port, world.context(spared))
    assert client.get(lost)[0] == 200 and client.get(kept)[0] == 200
    server.put(crl.write(world.clients_ca, [victim], number=2))
    lost.settimeout(20)
    assert lost.recv(1) == b""
    assert client.get(kept)[0] == 200
    assert client.refused_alert(gateway.port, world.context(victim)) == 44
    assert "last_reload" in gateway.status() and gateway.status()["last_reload"] is None


def test_a_file_that_is_replaced_is_read_again(world):
    """By rename, as it should be done."""
    victim = world.issue("victim")
    path = world.folder / "clients.crl"
    crl.write(world.clients_ca, path=path, number=1)
    gateway = listed(world, path)
    assert client.get_once(gateway.port, world.context(victim))[0] == 200
    beside = crl.write(world.clients_ca, [victim], number=2)
    os.rename(beside, path)
    until(lambda: is_refused(gateway, world, victim), 20, "the revoked client's refusal")


def test_a_directory_that_gains_a_file_is_read_again(world):
    """Files with other endings, and hidden ones, are no lists."""
    victim = world.issue("victim")
    folder = world.folder / "lists"
    folder.mkdir()
    (folder / "README").write_text("no list")
    (folder / ".editing.crl").write_text("half a list")
    gateway = listed(world, folder, ", missing: allow")
    assert client.get_once(gateway.port, world.context(victim))[0] == 200
    crl.write(world.clients_ca, [victim], path=folder / "clients.crl")
    until(lambda: is_refused(gateway, world, victim), 20, "the revoked client's refusal")


def test_a_bad_file_is_told_and_the_former_list_stays(world):
    """Until it is mended."""
    first, second = world.issue("first"), world.issue("second")
    path = world.folder / "clients.crl"
    crl.write(world.clients_ca, [first], path=path, number=1)
    gateway = listed(world, path)
    path.write_bytes(b"\x30\x82garbage")
    until(lambda: "cannot be used" in source(gateway, path)["why"], 20, "the failure in the status")
    assert client.refused_alert(gateway.port, world.context(first)) == 44
    assert client.get_once(gateway.port, world.context(second))[0] == 200
    crl.write(world.clients_ca, [first, second], path=path, number=2)
    until(lambda: is_refused(gateway, world, second), 20, "the revoked client's refusal")
