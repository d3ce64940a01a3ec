"""Whatever a list's server does, the list in use stays in force, requests go on as fast, and the status says what
happened."""
import os
import signal
import time

import pytest

from harness import client, crl, pki
from harness.listserver import ListServer
from harness.waiting import until

from test_lists_come_into_force_without_a_reload import is_refused, listed, source


@pytest.fixture(name="server")
def _server():
    made = ListServer()
    yield made
    made.stop()


class Scene:
    """A gateway with a list of one revoked certificate from the server."""

    def __init__(self, world, server):
        self.world, self.server = world, server
        self.revoked, self.good = world.issue("revoked"), world.issue("good")
        server.put(crl.write(world.clients_ca, [self.revoked], number=5))
        self.gateway = listed(world, server.url())

    def holds(self):
        """The list in use is in force, and nobody else waits."""
        begun = time.monotonic()
        assert client.refused_alert(self.gateway.port, self.world.context(self.revoked)) == 44
        assert client.get_once(self.gateway.port, self.world.context(self.good))[0] == 200
        assert time.monotonic() - begun < 5

    def why(self, words):
        """Waits until the status tells this failure."""
        until(lambda: words in source(self.gateway, self.server.url())["why"], 30, f'"{words}" in the status')
        assert words in self.gateway.stderr()


@pytest.fixture(name="scene")
def _scene(world, server):
    return Scene(world, server)


def slow(handler):
    """Says nothing for longer than the story lasts."""
    time.sleep(60)
    handler.close_connection = True


def endless(handler):
    """A list without an end."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    while True:
        handler.wfile.write(b"0" * 1000000)


BAD = {
    "404": (404, "answered 404"),
    "500": (500, "answered 500"),
    "0 bytes": (b"", "answered with nothing"),
    "garbage": (b"\x30garbage", "cannot be used"),
    "text": (b"<html>Welcome to the network</html>", "cannot be used"),
    "100 MB of garbage": (b"\x30" + b"\x00" * 100_000_000, "cannot be used"),
    "endless": (endless, "larger than"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_answer_is_refused_with_a_record(scene, name):
    """And a good one is taken afterwards."""
    answer, words = BAD[name]
    scene.server.put(answer)
    scene.why(words)
    scene.holds()
    scene.server.put(crl.write(scene.world.clients_ca, [scene.revoked, scene.good], number=6))
    until(lambda: is_refused(scene.gateway, scene.world, scene.good), 30, "the next good list")


def test_list_of_a_wrong_signer_is_refused(scene):
    """The attack: a forged list over plain HTTP."""
    forger = pki.Authority(scene.world.folder, "Clients CA")
    scene.server.put(crl.write(forger, [scene.good], number=9))
    scene.why("cannot be used")
    scene.holds()


def test_older_list_is_refused(scene):
    """The attack: the list of before the revocation, played again."""
    scene.server.put(crl.write(scene.world.clients_ca, number=4))
    scene.why("went back")
    scene.holds()


def test_redirect_is_not_followed(scene):
    """To another host least of all."""
    other = ListServer()
    other.put(crl.write(scene.world.clients_ca, number=9))

    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", other.url())
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    scene.server.put(redirect)
    scene.why("redirects are not followed")
    other.stop()
    assert not other.asked
    scene.holds()


def test_slow_server_delays_nobody(scene):
    """Neither requests nor the lists of other servers, nor the end of the gateway."""
    other = ListServer()
    other.put(crl.write(scene.world.clients_ca, number=6), "/other.crl")
    scene.server.put(slow)
    asked = len(scene.server.asked)
    until(lambda: len(scene.server.asked) > asked, 20, "the slow question")
    scene.holds()
    both = scene.gateway.reloaded(list=f'{scene.server.url()}", "{other.url("/other.crl")}')
    assert both.returncode == 0
    until(lambda: source(scene.gateway, other.url("/other.crl"))["last_success"], 20, "the other server's list")
    other.stop()


def test_dead_server_is_told(scene):
    """The list ages; nothing else happens."""
    scene.server.stop()
    scene.why("connect")
    scene.holds()


def test_dead_fetcher_costs_nothing(scene):
    """Another one is started."""
    first = scene.gateway.children("fetcher")[0]
    os.kill(first, signal.SIGKILL)
    scene.holds()
    until(lambda: scene.gateway.children("fetcher") not in ([], [first]), 20, "another fetcher")
    scene.server.put(crl.write(scene.world.clients_ca, [scene.revoked, scene.good], number=6))
    until(lambda: is_refused(scene.gateway, scene.world, scene.good), 30, "the next good list")


def test_without_a_list_the_rule_decides(world, server):
    """The start waits for the list, but not for ever; then nobody gets in until there is one."""
    good = world.issue("good")
    server.put(404)
    gateway = listed(world, server.url())
    assert client.refused_alert(gateway.port, world.context(good)) == 46
    gateway.refusal(reason="revocation-list-missing")
    server.put(crl.write(world.clients_ca))
    until(lambda: not is_refused(gateway, world, good), 30, "the list")
