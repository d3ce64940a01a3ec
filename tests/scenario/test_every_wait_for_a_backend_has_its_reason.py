"""502, 503 and 504 say why: in the answer, in the record, with backend, server and number of attempts."""
import pytest

from harness import client
from harness.backend import read_head
from harness.gateway import free_port
from harness.holding import Holding

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes:
      - { path: /dead, backend: dead }
      - { path: /mute, backend: mute }
      - { path: /garbage, backend: garbage }
      - { path: /held/total, backend: total }
      - { path: /held/response, backend: response }
      - { path: /drip, backend: drip }
      - backend: cut
backends:
  dead: { servers: [ { address: "127.0.0.1:{nobody}", name: nobody } ] }
  mute: { servers: [ { address: "{mute}", name: mute } ], retries: { count: 2 } }
  garbage: { servers: [ "{garbage}" ] }
  total: { servers: [ "{holding}" ], timeouts: { total: 300ms } }
  response: { servers: [ "{holding}" ], timeouts: { response: 300ms, total: 30s } }
  drip: { servers: [ "{drip}" ], timeouts: { total: 500ms } }
  cut: { servers: [ "{cut}" ] }
"""


def mute(connection):
    """Reads a request and hangs up."""
    read_head(connection.makefile("rb"))


def garbage(connection):
    """Speaks something else."""
    read_head(connection.makefile("rb"))
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


def cut(connection):
    """Promises more than it gives."""
    read_head(connection.makefile("rb"))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway with broken backends, and a client's settings."""
    holding = Holding()

    def drip(connection):
        read_head(connection.makefile("rb"))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not holding.free.wait(0.02):
            connection.sendall(b"x")
    servers = {"mute": mute, "garbage": garbage, "cut": cut, "drip": drip, "holding": holding}
    addresses = {name: stage.backend(serve).address for name, serve in servers.items()}
    yield stage.gateway(CONFIG, nobody=free_port(), **addresses), stage.context(stage.issue())
    holding.free.set()


@pytest.mark.parametrize("path, status, reason, record", [
    ("/dead", 502, "backend-connect", {"backend": "dead", "server": "nobody", "attempts": 2}),
    ("/mute", 502, "backend-closed", {"backend": "mute", "server": "mute", "attempts": 3}),
    ("/garbage", 502, "backend-malformed", {"backend": "garbage"}),
    ("/held/total", 504, "backend-total-timeout", {"backend": "total"}),
    ("/held/response", 504, "backend-timeout", {"backend": "response"}),
])
def test_the_cause_is_told(scene, path, status, reason, record):
    """Each with its own word."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        got, _, body = client.get(connection, path)
    assert got == status and f"reason: {reason}\n" in body.decode()
    written = gateway.refusal(path=path)
    assert {"reason": reason, **record}.items() <= written.items()
    assert written["sentence"] and written["remedy"]


@pytest.mark.parametrize("path, reason", [("/cut", "backend-cut"), ("/drip", "backend-total-timeout")])
def test_an_answer_that_is_not_finished_is_recorded(scene, path, reason):
    """It has begun with 200, so only the record can tell; the client's connection ends."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        connection.sendall(client.request_bytes(path))
        received = b""
        while more := connection.recv(65536):
            received += more
    assert received.startswith(b"HTTP/1.1 200 ")
    assert gateway.refusal(path=path)["reason"] == reason
