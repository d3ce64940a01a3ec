"""What goes wrong behind the gateway is told to the client as 502, 503 or 504, with its reason, and recorded."""
import pathlib
import socket
import tempfile

import pytest

from harness import client
from harness.backend import OK, answer, read_head
from harness.gateway import free_port

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
      - { path: /short, backend: short }
      - { path: /unix, backend: unix }
      - { host: localhost, path: /app, backend: app }
backends:
  app: { servers: [ "{backend}" ] }
  dead: { servers: [ "127.0.0.1:{nobody}" ], passive_health: { failures: 0 } }
  mute: { servers: [ "{mute}" ], passive_health: { failures: 0 } }
  short: { servers: [ "{short}" ], passive_health: { failures: 0 } }
  unix: { servers: [ "unix:{unix}" ] }
"""


def mute(connection):
    """Reads a request and hangs up."""
    read_head(connection.makefile("rb"))


def short(connection):
    """Promises more than it gives."""
    read_head(connection.makefile("rb"))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


@pytest.fixture(scope="module")
def public_folder():
    """A folder that also unprivileged processes may enter."""
    with tempfile.TemporaryDirectory(prefix="sallyport-") as folder:
        path = pathlib.Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="module")
def scene(stage, public_folder):
    """A gateway with broken backends, and a client's settings."""
    gateway = stage.gateway(CONFIG, backend=stage.recorder().address, nobody=free_port(),
                            mute=stage.backend(mute).address, short=stage.backend(short).address,
                            unix=public_folder / "app.sock")
    return gateway, stage.context(stage.issue())


@pytest.mark.parametrize("path, status, reason", [("/dead", 502, "backend-connect"), ("/mute", 502, "backend-closed"),
                                                  ("/unix", 502, "backend-connect"), ("/none", 404, "no-route")])
def test_the_client_is_told(scene, path, status, reason):
    """In words and with the id under which the record has it; the connection goes on."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        got, fields, body = client.get(connection, path)
        record = gateway.refusal(path=path)
        assert (got, record["status"], record["reason"]) == (status, status, reason)
        assert f"reason: {reason}\nid: {record['id']}\n" in body.decode()
        assert fields["content-type"].startswith("text/plain") and fields["cache-control"] == "no-store"
        assert gateway.access(path=path)["reason"] == reason
        if fields.get("connection") != "close":
            assert client.get(connection, "/app")[0] == 200


def test_a_head_request_is_told_without_a_body(scene):
    """The same head, no body."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        status, fields, body = client.ask(connection, client.request_bytes("/dead", method="HEAD"), "HEAD")
        assert (status, body) == (502, b"") and int(fields["content-length"]) > 0
        assert client.get(connection, "/app")[0] == 200


def test_an_answer_that_breaks_off_breaks_the_connection(scene):
    """The client must not take half for the whole."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        status, fields, body = client.get(connection, "/short")
    assert (status, body, fields["content-length"]) == (200, b"half", "10")
    assert gateway.refusal(path="/short")["reason"] == "backend-cut"


def test_a_unix_socket_is_a_server_as_well(scene, public_folder):
    """When somebody listens there."""
    gateway, made = scene
    path = public_folder / "app.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        path.chmod(0o777)
        listening.listen()
        listening.settimeout(10)
        with client.connect(gateway.port, made) as connection:
            connection.sendall(client.request_bytes("/unix"))
            backend, _ = listening.accept()
            with backend:
                assert read_head(backend.makefile("rb")).startswith(b"GET /unix HTTP/1.1\r\n")
                backend.sendall(OK)
                assert client.read_answer(connection)[0] == 200


def test_an_answer_that_varies_by_certificate_is_kept_by_nobody(stage):
    """RFC 9440 section 3.1: Vary: Client-Cert becomes Vary: * outward."""
    backend = stage.recorder(lambda request: answer(fields="Vary: Accept, Client-Cert\r\nX-Other: 1\r\n"))
    gateway = stage.gateway(backend=backend.address)
    status, fields, _ = client.get_once(gateway.port, stage.context(stage.issue()))
    assert (status, fields["vary"], fields["x-other"]) == (200, "*", "1")
