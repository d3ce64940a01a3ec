"""Requests of many clients share a connection to a backend that speaks HTTP/2; what a server did not take is sent again."""
import concurrent.futures
import ssl

import pytest

from harness import client
from harness.backend import Recorder
from harness.h2server import H2Server
from harness.waiting import until
from harness.world import REQUIRED

CLIENTS = 8


def speaking(protocol="h2", more=""):
    """The usual configuration with a backend of this protocol."""
    return REQUIRED.replace('servers: [ "{backend}" ]', f'servers: [ "{{backend}}" ]\n    protocol: {protocol}\n    {more}')


@pytest.fixture(name="alice")
def _alice(world):
    return world.context(world.issue("alice"))


def test_clients_share_one_connection(world, alice):
    """All of them wait for an answer at the same time."""
    server = world.keep(H2Server(lambda *_: "hold"))
    gateway = world.gateway(speaking(), backend=server.address)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        answers = [pool.submit(client.get_once, gateway.port, alice) for _ in range(CLIENTS)]
        until(lambda: len(server.requests) == CLIENTS, 20, "all requests at the server")
        server.release()
        assert [answer.result()[0] for answer in answers] == [200] * CLIENTS
    assert server.connections == 1


def test_no_more_share_it_than_the_setting_allows(world, alice):
    """The next one gets a connection of its own."""
    server = world.keep(H2Server(lambda *_: "hold"))
    gateway = world.gateway(speaking(more="pool: { streams: 3 }"), backend=server.address)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        answers = [pool.submit(client.get_once, gateway.port, alice) for _ in range(CLIENTS)]
        until(lambda: len(server.requests) == CLIENTS, 20, "all requests at the server")
        server.release()
        assert [answer.result()[0] for answer in answers] == [200] * CLIENTS
    shares = [sum(number == at for at, _, _ in server.requests) for number in range(1, server.connections + 1)]
    assert max(shares) <= 3 and server.connections >= 3


def test_the_next_request_takes_the_connection_that_waits(world, alice):
    """Whoever asks."""
    server = world.keep(H2Server())
    gateway = world.gateway(speaking(), backend=server.address)
    for _ in range(3):
        assert client.get_once(gateway.port, alice)[0] == 200
    assert server.connections == 1


@pytest.mark.parametrize("way", ["refuse", "leave"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_the_server_did_not_take_is_sent_again(world, alice, way, method):
    """A refused stream, or one beyond the last of a GOAWAY, was not looked at: so even a POST may go again."""
    server = world.keep(H2Server(lambda _, request: way if request == 1 else "answer"))
    gateway = world.gateway(speaking(), backend=server.address)
    with client.connect(gateway.port, alice) as connection:
        assert client.ask(connection, client.request_bytes("/once", method=method), method)[0] == 200
    assert [(asked, path) for _, asked, path in server.requests] == [(method, "/once")] * 2


def test_a_server_without_http2_is_said_to_be_one(world, alice):
    """It speaks TLS and agreed to nothing by ALPN, while HTTP/2 was asked for."""
    shown = world.servers_ca.issue("app.internal", "server", names=["127.0.0.1"])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(shown.path, shown.key_path)
    server = world.keep(Recorder(tls=tls))
    gateway = world.gateway(speaking(more=f'tls: {{ trust: "{world.servers_ca.path}" }}'), backend=server.address)
    assert client.get_once(gateway.port, alice)[0] == 502
    gateway.refusal(reason="backend-no-http2")


def test_auto_takes_what_the_server_agrees_to(world, alice):
    """HTTP/1.1 here."""
    shown = world.servers_ca.issue("app.internal", "server", names=["127.0.0.1"])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(shown.path, shown.key_path)
    server = world.keep(Recorder(tls=tls))
    gateway = world.gateway(speaking("auto", f'tls: {{ trust: "{world.servers_ca.path}" }}'), backend=server.address)
    assert client.get_once(gateway.port, alice)[0] == 200


def test_auto_needs_tls(world):
    """Without it servers agree to nothing."""
    said = world.prepared(speaking("auto"), backend="127.0.0.1:1").refuse_to_start()
    assert '"auto" goes by what servers agree to in TLS' in said
