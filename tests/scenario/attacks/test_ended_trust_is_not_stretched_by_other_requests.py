"""A client whose trust is gone has the time of `drain` for what it asked before, however many of its requests end
meanwhile: each one's end gives the others no more time."""
import threading

from harness import client, h2client
from harness.backend import OK
from harness.waiting import until
from harness.world import REQUIRED

CONFIG = "drain: 2s\n" + REQUIRED.replace("    routes:\n", "    tls: { alpn: [h2] }\n    routes:\n")


def test_ended_trust_is_not_stretched_by_other_requests(world):
    """One of two requests is answered after the reload; the other, which never is, ends with the drain, long before
    anything else would end it."""
    go_on, ended = threading.Event(), threading.Event()
    world.ended.append(ended.set)

    def answer(request):
        (go_on if b" /soon " in request else ended).wait(60)
        return OK

    backend = world.recorder(answer)
    gateway = world.gateway(CONFIG, backend=backend.address)
    connection = client.connect(gateway.port, world.context(world.issue("alice"), alpn=("h2",)), timeout=15)
    with h2client.Client(connection) as asking:
        asking.open(path="/soon")
        asking.open(path="/never")
        until(lambda: len(backend.requests) == 2, 10, "both requests at the server")
        gateway.reloaded(clients=world.servers_ca.path)
        go_on.set()
        gateway.access(path="/soon")
        while connection.recv(65536):
            pass
    assert gateway.access(path="/never")["reason"] == "draining"
