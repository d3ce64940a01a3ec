"""Mode passthrough: server name and ALPN choose the backend, and TLS goes there as it is, however the ClientHello comes."""
import os
import socket
import ssl

import pytest

from harness import client
from harness.gateway import free_port
from harness.legs import Legs
from harness.nginx import StreamBackend
from harness.waiting import until

CONFIG = """\
listeners:
  - name: front
    mode: passthrough
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    timeouts: { client_hello: 5s }
    {unknown}
    hosts:
      - { names: [ exact.example ], backend: exact }
      - { names: [ "*.wild.example" ], backend: wild }
      - { names: [ exact.example ], alpn: [ postgresql, h2 ], backend: by_name_and_alpn }
      - { alpn: acme-tls/1, backend: by_alpn }
      - { names: [ localhost ], mode: http, client_auth: { mode: required, trust: "{clients}" } }
      - { names: [ bytes.example ], mode: tcp, backend: exact }
      - { names: [ refused.example ], backend: exact, deny: [ { address: 127.0.0.2 } ] }
    routes: [ { backend: exact } ]
backends:
  exact: { servers: [ "{exact}" ] }
  wild: { servers: [ "{wild}" ] }
  by_name_and_alpn: { servers: [ "{by_name_and_alpn}" ] }
  by_alpn: { servers: [ "{by_alpn}" ] }
  rest: { servers: [ "{rest}" ] }
"""
NAMES = ("exact", "wild", "by_name_and_alpn", "by_alpn", "rest")


class Tape:
    """A backend that keeps what it is sent and answers by the same bytes backwards, then by its own name."""

    def __init__(self, world, name):
        self.name, self.taped = name, []
        self.server = world.backend(self.serve)

    def serve(self, connection):
        """Until the client has ended."""
        heard = b""
        self.taped.append(heard)
        while part := connection.recv(1 << 16):
            heard += part
            self.taped[-1] = heard
        connection.sendall(heard[::-1] + self.name.encode())


class Scene:
    """A gateway before five backends that keep every byte."""

    def __init__(self, stage, unknown="backend: rest"):
        self.tapes = {name: Tape(stage, name) for name in NAMES}
        addresses = {name: tape.server.address for name, tape in self.tapes.items()}
        self.gateway = stage.gateway(CONFIG, unknown=unknown, **addresses)

    def send(self, pieces, source="127.0.0.1"):
        """Sends the pieces one by one, ends, and gives what comes back."""
        with client.tcp(self.gateway.port, source=source) as connection:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            try:
                while part := connection.recv(1 << 16):
                    received += part
            except ConnectionResetError:
                pass
            return received

    def reaches(self, pieces):
        """The backend that got the bytes, all of them and no others, and whose answer came back unchanged."""
        whole = b"".join(pieces)
        received = self.send(pieces)
        assert received[:len(whole)] == whole[::-1]
        name = received[len(whole):].decode()
        assert self.tapes[name].taped[-1] == whole
        return name


@pytest.fixture(scope="module")
def scene(stage):
    """Shared by the stories that change nothing."""
    return Scene(stage)


def hello(name=None, alpn=()):
    """The bytes of a real client's first flight."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    if alpn:
        made.set_alpn_protocols(list(alpn))
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        made.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def records(first, size):
    """The hello in records of so many bytes."""
    body = first[5:]
    return b"".join(first[:3] + len(body[i:i + size]).to_bytes(2, "big") + body[i:i + size]
                    for i in range(0, len(body), size))


def extended(first, extensions):
    """The hello with more extensions at its end: (type, content)."""
    more = b"".join(kind.to_bytes(2, "big") + len(content).to_bytes(2, "big") + content for kind, content in extensions)
    body = bytearray(first[9:] + more)
    at = 2 + 32
    at += 1 + body[at]
    at += 2 + int.from_bytes(body[at:at + 2], "big")
    at += 1 + body[at]
    body[at:at + 2] = (int.from_bytes(body[at:at + 2], "big") + len(more)).to_bytes(2, "big")
    message = first[5:6] + len(body).to_bytes(3, "big") + body
    return b"".join(first[:3] + len(message[i:i + 16384]).to_bytes(2, "big") + message[i:i + 16384]
                    for i in range(0, len(message), 16384))


AFTER = os.urandom(300000)
GREASE, ENCRYPTED_HELLO = 0x3a3a, 0xfe0d


def test_whatever_the_pieces_every_byte_arrives(scene):
    """One packet, many packets, records of one byte, a hello of 16 KB, and what follows the hello at once."""
    first = hello("exact.example")
    long = extended(first, [(GREASE, bytes(16384 - len(first) + 5 - 4))])
    assert len(long) == 5 + 16384
    shapes = {
        "at once": [first],
        "with more behind it": [first + AFTER],
        "byte by byte": [first[i:i + 1] for i in range(len(first))],
        "records of one byte": [records(first, 1)],
        "records of one byte in packets": [records(first, 1)[i:i + 7] for i in range(0, 6 * len(first), 7)],
        "16 KB": [long],
        "16 KB in records of one byte": [records(long, 1), AFTER],
        "16 KB in three packets": [long[:100], long[100:9000], long[9000:] + AFTER],
        "encrypted hello and grease": [extended(first, [(GREASE, b""), (ENCRYPTED_HELLO, os.urandom(250))]), AFTER],
    }
    for shape, pieces in shapes.items():
        assert scene.reaches(pieces) == "exact", shape


@pytest.mark.parametrize("name, alpn, backend", [
    ("exact.example", (), "exact"),
    ("EXACT.example", ("http/1.1",), "exact"),
    ("a.wild.example", (), "wild"),
    ("b.a.wild.example", (), "rest"),
    ("wild.example", (), "rest"),
    ("unknown.example", (), "rest"),
    (None, (), "rest"),
    ("exact.example", ("http/1.1", "h2"), "by_name_and_alpn"),
    ("exact.example", ("postgresql",), "by_name_and_alpn"),
    ("a.wild.example", ("h2",), "wild"),
    ("a.wild.example", ("acme-tls/1",), "by_alpn"),
    ("exact.example", ("acme-tls/1",), "by_alpn"),
    ("exact.example", ("acme-tls/1", "h2"), "by_name_and_alpn"),
    ("localhost", ("acme-tls/1",), "by_alpn"),
    (None, ("acme-tls/1",), "by_alpn"),
])
def test_name_and_protocols_choose(scene, name, alpn, backend):
    """Exact before wildcard, who takes only some protocols before who takes all, the listener's own for the rest."""
    assert scene.reaches([hello(name, alpn), AFTER]) == backend


def test_the_record_tells_the_way(scene):
    """Mode, server name, backend, and the bytes; nothing of TLS, which is not ours."""
    first = hello("a.wild.example")
    scene.reaches([first])
    record = scene.gateway.access(sni="a.wild.example", bytes_in=len(first))
    assert (record["mode"], record["backend"], record["reason"]) == ("passthrough", "wild", "closed")
    assert record["bytes_out"] == len(first) + len("wild") and "tls" not in record and "identity" not in record


def test_hosts_that_end_tls_stand_beside(stage, scene):
    """A request with a client certificate, and bytes in TLS, on the same port; a passed host is not asked for by Host."""
    with client.connect(scene.gateway.port, stage.context(stage.issue())) as connection:
        assert client.get(connection, host="a.wild.example")[0] == 421
        assert client.get(connection, host="unknown.example")[0] == 421
    assert client.refused_alert(scene.gateway.port, stage.context()) == 116
    made = stage.context(alpn=())
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    with client.tcp(scene.gateway.port) as raw, made.wrap_socket(raw, server_hostname="bytes.example") as connection:
        connection.sendall(b"in TLS")
        until(lambda: scene.tapes["exact"].taped[-1] == b"in TLS", 10, "the bytes without their TLS")


def test_what_is_no_tls_is_refused(scene):
    """With a reason, and nothing of it reaches a backend."""
    before = {name: len(tape.taped) for name, tape in scene.tapes.items()}
    assert scene.send([b"SSH-2.0-OpenSSH_9.2\r\n"]) == bytes([21, 3, 3, 0, 2, 2, 50])
    scene.gateway.refusal(reason="client-hello-malformed", stage="client_hello")
    assert scene.send([b"GET / HTTP/1.1\r\n\r\n"]).startswith(b"HTTP/1.1 400 ")
    assert scene.send([hello("exact.example")[:50]]) == b""
    assert before == {name: len(tape.taped) for name, tape in scene.tapes.items()}


def test_rules_keep_clients_out(scene):
    """By address or time: an alert in the clear, and a record."""
    assert scene.send([hello("refused.example")], source="127.0.0.2") == bytes([21, 3, 3, 0, 2, 2, 49])
    assert scene.gateway.refusal(reason="policy")["sni"] == "refused.example"
    assert scene.reaches([hello("refused.example")]) == "exact"


def test_unknown_names_and_none_may_be_refused(stage):
    """Each by a setting of its own."""
    unknown = Scene(stage, "default_host: refuse")
    assert unknown.send([hello("unknown.example")]) == bytes([21, 3, 3, 0, 2, 2, 112])
    assert unknown.send([hello()]) == bytes([21, 3, 3, 0, 2, 2, 112])
    assert unknown.gateway.refusal(reason="sni-unknown", sni="unknown.example")
    nameless = Scene(stage, "no_sni_host: refuse\n    default_host: exact.example")
    assert nameless.reaches([hello("unknown.example")]) == "exact"
    assert nameless.send([hello()]) == bytes([21, 3, 3, 0, 2, 2, 112])
    other = Scene(stage, "no_sni_host: '*.wild.example'\n    backend: rest")
    assert other.reaches([hello()]) == "wild"
    assert other.reaches([hello("unknown.example")]) == "rest"


def test_the_server_s_own_check_of_certificates_works_end_to_end(stage):
    """nginx behind the gateway asks the client itself, and lets in whom it knows; both see each other's certificates."""
    legs = Legs(stage)

    def echo(connection):
        while part := connection.recv(1 << 16):
            connection.sendall(part)

    nginx = stage.keep(StreamBackend(legs, stage.folder / "nginx-passed", stage.backend(echo).address))
    gateway = stage.gateway("""\
listeners:
  - { name: front, mode: passthrough, bind: "127.0.0.1:{port}", hosts: [ { names: app.internal, backend: app } ] }
backends:
  app: { servers: [ "{backend}" ] }
""", backend=nginx.address("mtls"))
    for version in client.VERSIONS:
        made = client.context(legs.backends_ca.path, stage.issue("alice"), version, alpn=())
        with client.connect(gateway.port, made, server_name="app.internal") as connection:
            assert ("commonName", "app.internal") in connection.getpeercert()["subject"][0]
            for size in (1, 1 << 20):
                message = os.urandom(size)
                connection.sendall(message)
                assert client.read_exactly(connection.makefile("rb"), size) == message
        stranger = client.context(legs.backends_ca.path, None, version, alpn=())
        with pytest.raises((ssl.SSLError, ConnectionError)):
            with client.connect(gateway.port, stranger, server_name="app.internal") as connection:
                connection.sendall(b"x")
                assert not connection.recv(1)
                raise ConnectionError("closed")
    assert until(lambda: len(gateway.accesses()) == 4, 10, "four records")
