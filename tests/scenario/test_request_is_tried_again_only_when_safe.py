"""A request is tried once more on another server when nothing can have happened twice by it; else never."""
import threading

import pytest

from harness import client
from harness.backend import OK, read_head, read_request
from harness.gateway import free_port

TWO = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes:
      - { path: /closing, backend: closing }
      - { path: /once, backend: once }
      - backend: halfdead
backends:
  halfdead:
    servers: [ "127.0.0.1:{nobody}", "{backend}" ]
    passive_health: { failures: 0 }
  closing:
    servers: [ "{closing}", "{backend}" ]
    passive_health: { failures: 0 }
  once:
    servers: [ "127.0.0.1:{nobody}", "{backend}" ]
    passive_health: { failures: 0 }
    retries: { count: 0 }
"""


class Closing:
    """A server that reads a whole request and hangs up; it counts them."""

    def __init__(self):
        self.requests = []

    def __call__(self, connection):
        request = read_request(connection.makefile("rb"))
        if request:
            self.requests.append(request)


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway with one good and one bad server in each backend."""
    good, closing = stage.recorder(), Closing()
    gateway = stage.gateway(TWO, backend=good.address, closing=stage.backend(closing).address, nobody=free_port())
    return gateway, good, closing, stage.context(stage.issue())


def ask(scene, request, method="GET"):
    """The status of a request on a connection of its own."""
    with client.connect(scene[0].port, scene[3]) as connection:
        return client.ask(connection, request, method)[0]


@pytest.mark.parametrize("method, body", [("GET", None), ("HEAD", None), ("POST", b"hello"), ("DELETE", None)])
def test_a_server_that_is_not_there_costs_nobody(scene, method, body):
    """No byte has left, so any request may go to the other one: every one of ten is answered."""
    before = len(scene[1].requests)
    for _ in range(10):
        assert ask(scene, client.request_bytes("/x", method=method, body=body), method) == 200
    assert len(scene[1].requests) == before + 10
    assert not scene[0].refusals()


def test_without_leave_nothing_is_tried_again(scene):
    """retries.count: 0"""
    statuses = {ask(scene, client.request_bytes("/once")) for _ in range(4)}
    assert statuses == {200, 502}


def test_a_server_that_hangs_up_before_it_answers(scene):
    """A repeatable request goes on to the next; one that is not repeatable may have been done, so it fails."""
    _, good, closing, _ = scene
    for _ in range(4):
        assert ask(scene, client.request_bytes("/closing")) == 200
    for body in (b"", b"pay"):
        seen, answered = len(closing.requests), len(good.requests)
        statuses = [ask(scene, client.request_bytes("/closing", method="POST", body=body)) for _ in range(4)]
        assert sorted(statuses) == [200, 200, 502, 502]
        assert len(closing.requests) == seen + 2 and len(good.requests) == answered + 2


def test_a_body_that_has_gone_out_is_not_sent_again(scene):
    """Not even with PUT, which may be repeated: a part of it is no longer here."""
    _, good, closing, _ = scene
    seen, answered = len(closing.requests), len(good.requests)
    statuses = [ask(scene, client.request_bytes("/closing", method="PUT", body=b"x" * 100000)) for _ in range(4)]
    assert sorted(statuses) == [200, 200, 502, 502]
    assert len(closing.requests) == seen + 2 and len(good.requests) == answered + 2


def test_a_kept_connection_that_its_server_closed_meanwhile(stage):
    """Nobody notices: the request goes over a new one. Fifty times, each just after the server hung up."""
    def serve(connection):
        reader = connection.makefile("rb")
        if read_head(reader) is not None:
            connection.sendall(OK)
    backend = stage.backend(serve)
    gateway = stage.gateway(backend=backend.address)
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        for _ in range(50):
            assert client.get(connection)[0] == 200
    assert not gateway.refusals()


def test_an_answer_that_has_begun_is_never_begun_again(stage):
    """The client has half of it: that cannot be unsaid."""
    begun = threading.Semaphore(0)

    def serve(connection):
        read_head(connection.makefile("rb"))
        begun.release()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    first, second = stage.backend(serve), stage.backend(serve)
    gateway = stage.gateway(backend=f'{first.address}", "{second.address}')
    assert client.get_once(gateway.port, stage.context(stage.issue()))[2] == b"half"
    assert begun.acquire(timeout=1) and not begun.acquire(timeout=0.2)
