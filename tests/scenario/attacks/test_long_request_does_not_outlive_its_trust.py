"""A request that takes long ends when its client is let in no more: the trust is gone, or the certificate has expired."""
import time

import pytest

from harness import client, pki
from harness.waiting import until
from harness.world import REQUIRED

QUICK = REQUIRED.replace("    certificates:", "    timeouts: { body_idle: 1s }\n    certificates:")
UPLOAD = b"POST /%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"


def drip(connection, seconds):
    """Sends on, a byte every now and then, until it is over."""
    with pytest.raises((OSError, ConnectionError)):
        for _ in range(int(seconds / 0.1)):
            connection.sendall(b"x")
            connection.settimeout(0.1)
            try:
                if connection.recv(1) == b"":
                    raise ConnectionError
            except TimeoutError:
                pass
        pytest.fail("it goes on and on")


def test_trust_that_goes_takes_its_requests_along(world):
    """They have the time of a drain."""
    other, backend = pki.Authority(world.folder, "Others CA"), world.recorder()
    gateway = world.gateway("drain: 1s\n" + QUICK, backend=backend.address)
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        connection.sendall(UPLOAD % b"trust")
        until(lambda: backend.connections, 10, "the request to be under way")
        gateway.reloaded(clients=other.path)
        drip(connection, 10)
    assert gateway.refusal(reason="draining", path="/trust")


def test_a_reload_that_changes_nothing_for_it_does_not(world):
    """The request goes on to its answer, well beyond the time of a drain."""
    gateway = world.gateway("drain: 1s\n" + QUICK, backend=world.recorder().address)
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        connection.sendall(UPLOAD % b"kept")
        gateway.reloaded("drain: 500ms\n" + QUICK)
        for _ in range(10):
            time.sleep(0.3)
            connection.sendall(b"x" * 100)
        assert client.read_answer(connection)[0] == 200


def test_a_certificate_that_expires_ends_its_request(world):
    """Looked at now and then while the request goes on."""
    gateway = world.gateway(QUICK, backend=world.recorder().address)
    certificate = world.issue(not_after=pki.now() + 3 * pki.SECOND)
    with client.connect(gateway.port, world.context(certificate)) as connection:
        connection.sendall(UPLOAD % b"expired")
        drip(connection, 15)
    assert gateway.refusal(reason="certificate-expired", path="/expired")
