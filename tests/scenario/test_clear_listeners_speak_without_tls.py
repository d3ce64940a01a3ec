"""A listener with `clear: true` takes clients without TLS, on a port or a Unix socket; nobody is identified there, and no
header of theirs is believed."""
import os
import socket
import stat
import struct

import pytest

from harness import client
from harness.backend import fields_of

CONFIG = """\
workers: 2
listeners:
  - name: plain
    bind: [ "127.0.0.1:{port}", "unix:plain.sock" ]
    clear: true
    proxy_protocol: { from: 127.0.0.9/32 }
    allow: [ { address: 127.0.0.1 }, { address: 192.0.2.7 } ]
    routes: [ { path: /strip/, backend: strips }, { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
  strips: { servers: [ "{backend}" ], on_protected_header: strip }
"""
ANYBODY = CONFIG.replace("    allow: [ { address: 127.0.0.1 }, { address: 192.0.2.7 } ]\n", "")
V2 = (b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x11, 12) + bytes([192, 0, 2, 7, 198, 51, 100, 1])
      + struct.pack("!HH", 4711, 443))


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway and its backend."""
    backend = stage.recorder()
    return stage.gateway(CONFIG, backend=backend.address), backend


def test_the_backend_is_told_that_nobody_was_identified(scene):
    """The verdict is NONE, the scheme is http, and the record tells of no TLS."""
    gateway, backend = scene
    with client.tcp(gateway.port) as connection:
        for path in ("/first", "/second"):
            assert client.get(connection, path)[0] == 200
    fields = fields_of(backend.last())
    assert fields["client-cert-verdict"] == ["NONE"] and fields["x-forwarded-proto"] == ["http"]
    assert fields["x-forwarded-for"] == ["127.0.0.1"] and "client-cert" not in fields
    record = gateway.access(path="/second")
    assert "tls" not in record and "identity" not in record and record["listener"] == "plain"


def test_an_identity_that_a_client_claims_is_refused_or_stripped(scene):
    """As on every listener."""
    gateway, backend = scene
    claim = "Client-Cert: :AAAA:\r\nX_Forwarded_Proto: https\r\n"
    with client.tcp(gateway.port) as connection:
        assert client.get(connection, "/claimed", fields=claim)[0] == 400
    assert gateway.refusal(reason="protected-field")["listener"] == "plain"
    with client.tcp(gateway.port) as connection:
        assert client.get(connection, "/strip/claimed", fields=claim)[0] == 200
    fields = fields_of(backend.to_path("/strip/claimed")[-1])
    assert fields["client-cert-verdict"] == ["NONE"] and "client-cert" not in fields
    assert fields["x-forwarded-proto"] == ["http"]
    assert not backend.to_path("/claimed")


def test_whom_rules_refuse_is_answered(scene):
    """Without TLS there is no alert; each request gets 403."""
    gateway, backend = scene
    with client.tcp(gateway.port, source="127.0.0.2") as connection:
        status, _, body = client.get(connection, "/other")
    assert status == 403 and b"Access refused" in body
    assert gateway.refusal(reason="policy", path="/other")["client"].startswith("127.0.0.2:")
    assert not backend.to_path("/other")


def test_a_load_balancer_in_front_tells_the_client(scene):
    """A PROXY header and a request that came in one piece, and then in two."""
    gateway, backend = scene
    for number, cut in enumerate((0, 20, len(V2), len(V2) + 9)):
        whole = V2 + client.request_bytes(f"/proxied/{number}")
        with client.tcp(gateway.port, source="127.0.0.9") as connection:
            connection.sendall(whole[:cut])
            connection.sendall(whole[cut:])
            assert client.read_answer(connection)[0] == 200
        assert fields_of(backend.to_path(f"/proxied/{number}")[-1])["x-forwarded-for"] == ["192.0.2.7"]


def test_tls_on_a_clear_port_is_no_request(scene):
    """A client that speaks TLS all the same gets an error, and nothing gets through."""
    gateway, _ = scene
    hello = bytes.fromhex("16030100050100000100")
    with client.tcp(gateway.port) as connection:
        connection.sendall(hello + b"\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")


def test_unix_sockets_take_clients(stage):
    """With all workers behind one socket; a stale one is replaced, and the path serves again after a reload."""
    backend = stage.recorder()
    gateway = stage.prepared(ANYBODY, backend=backend.address)
    path = gateway.folder / "plain.sock"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    gateway.start()
    assert stat.S_ISSOCK(os.stat(path).st_mode)

    def get(target):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(path))
            return client.get(connection, target)[0]

    assert [get(f"/local/{number}") for number in range(8)] == [200] * 8
    assert "client-cert" not in fields_of(backend.last())
    assert gateway.access(path="/local/7")["client"] == "unix:"
    gateway.reloaded()
    assert get("/again") == 200


def test_a_socket_in_use_is_not_taken_away(stage):
    """Somebody else listens there: the gateway does not start, and says why."""
    gateway = stage.prepared(ANYBODY, backend="127.0.0.1:1")
    path = gateway.folder / "plain.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        assert f"unix:{path}" in gateway.refuse_to_start()


def test_a_listener_that_becomes_clear_keeps_no_session_of_tls(world):
    """Who came with TLS is not served as one who came without, nor the other way round."""
    backend = world.recorder()
    secure = """\
listeners:
  - name: plain
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""
    plain = secure.replace('    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]\n',
                           "    clear: true\n")
    gateway = world.gateway(secure, backend=backend.address)
    with client.connect(gateway.port, world.context()) as connection:
        assert client.get(connection, "/tls")[0] == 200
        gateway.reloaded(plain)
        assert connection.recv(4096) == b""
    with client.tcp(gateway.port) as connection:
        assert client.get(connection, "/clear")[0] == 200
        gateway.reloaded(secure)
        assert connection.recv(4096) == b""
    assert [fields_of(request)["x-forwarded-proto"] for request in backend.requests] == [["https"], ["http"]]
