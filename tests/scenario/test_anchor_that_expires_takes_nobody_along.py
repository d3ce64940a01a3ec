"""An anchor that expires while the gateway runs lets its own clients in no more. Those of other anchors are served on, also by a worker
that starts afterwards."""
import datetime
import os
import signal
import ssl

import pytest

from harness import client
from harness.pki import Authority
from harness.waiting import until
from harness.world import REQUIRED

LIFE_S = 5


def test_worker_that_starts_later_serves_the_others(stage):
    """The clients' usual authority goes on; the short-lived one is refused as expired, and not because nothing stands."""
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=LIFE_S)
    short = Authority(stage.folder, "Short-lived CA", not_after=ends)
    passing = stage.context(short.issue("bob"))
    both = stage.folder / "both.pem"
    both.write_bytes(stage.clients_ca.certificate.pem + short.certificate.pem)
    gateway = stage.gateway("workers: 1\n" + REQUIRED, backend=stage.recorder().address, clients=both)
    assert client.get(client.connect(gateway.port, passing))[0] == 200
    until(lambda: datetime.datetime.now(datetime.timezone.utc) > ends + datetime.timedelta(seconds=1), LIFE_S + 5, "the end")
    victim = gateway.children()[0]
    os.kill(victim, signal.SIGKILL)
    until(lambda: gateway.children() and victim not in gateway.children(), 20, "another worker")
    assert client.get(client.connect(gateway.port, stage.context(stage.issue())))[0] == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        client.get(client.connect(gateway.port, passing))
    until(lambda: any(r["reason"] == "certificate-expired" for r in gateway.refusals()), 5, "the record")
