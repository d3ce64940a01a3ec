"""A server that says 103 without end fills no memory of the gateway, although the client reads none of it."""
import threading

from harness import client, h2client
from harness.gateway import memory_kib
from harness.waiting import until
from harness.world import REQUIRED

CONFIG = REQUIRED.replace("    routes:\n", "    tls: { alpn: [h2] }\n    routes:\n")
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 4000 + b"\r\n\r\n"
MANY = 50000


def test_interim_answers_fill_no_memory(world):
    """200 MB of them, and then an answer."""
    said = threading.Event()

    def endless(connection):
        with connection.makefile("rb") as reader:
            while reader.readline() not in (b"\r\n", b""):
                pass
            for _ in range(MANY // 100):
                connection.sendall(INTERIM * 100)
            said.set()

    gateway = world.gateway(CONFIG, backend=world.backend(endless).address)
    connection = client.connect(gateway.port, world.context(world.issue("alice"), alpn=("h2",)))
    with h2client.Client(connection) as asking:
        before = memory_kib(gateway.children()[0])
        asking.open(path="/hints")
        until(said.is_set, 30, "the server's words to be taken")
        assert memory_kib(gateway.children()[0]) - before < 20000
