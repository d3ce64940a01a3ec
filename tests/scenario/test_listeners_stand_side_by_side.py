"""Several listeners and addresses, IPv4 and IPv6: each with its own demands."""
import socket
import ssl

import pytest

from harness import client
from harness.backend import fields_of
from harness.gateway import free_port

CONFIG = """\
listeners:
  - name: both
    bind: [ "127.0.0.1:{port}", "[::1]:{port}" ]
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes: [ { backend: app } ]
  - name: open
    bind: "[::1]:{second}"
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
"""


@pytest.fixture(scope="module")
def scene(stage):
    """Two listeners on three addresses."""
    backend = stage.recorder()
    return stage.gateway(CONFIG, backend=backend.address, second=free_port()), backend


def get(address, port, made):
    """A request to an address."""
    with socket.create_connection((address, port), timeout=20) as raw:
        with made.wrap_socket(raw, server_hostname="localhost") as connection:
            return client.get(connection)[0]


@pytest.mark.parametrize("address, logged", [("127.0.0.1", "127.0.0.1:"), ("::1", "[::1]:")])
def test_one_listener_on_both(stage, scene, address, logged):
    """The same demands, and the backend is told the client's address of either kind."""
    gateway, backend = scene
    assert get(address, gateway.port, stage.context(stage.issue())) == 200
    assert fields_of(backend.last())["x-forwarded-for"] == [address]
    record = gateway.access(listener="both")
    assert record["client"].startswith(logged)
    with pytest.raises(ssl.SSLError):
        get(address, gateway.port, stage.context())


def test_the_other_has_its_own(stage, scene):
    """No certificate is asked for there, and a ticket of it opens nothing here."""
    gateway, backend = scene
    made = stage.context()
    with socket.create_connection(("::1", gateway.values["second"]), timeout=20) as raw:
        with made.wrap_socket(raw, server_hostname="localhost") as connection:
            assert client.get(connection)[0] == 200
            session = client.session_of(connection)
    assert fields_of(backend.last())["client-cert-verdict"] == ["NONE"]
    assert gateway.access(listener="open")["status"] == 200
    assert client.refused_alert(gateway.port, made, session=session) == 116
