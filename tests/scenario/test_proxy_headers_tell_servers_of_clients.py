"""With proxy_protocol, a server is told who the client is before anything else on a connection, and each connection serves
one client alone."""
import socket
import struct

import pytest

from harness import client
from harness.backend import read_request
from harness.gateway import command, free_port
from harness.legs import Legs
from harness.nginx import Nginx

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: optional, trust: "{clients}" }
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
    proxy_protocol: { version: {version} {tlvs} }
    {tls}
"""
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
ALPN, AUTHORITY, CRC32C, UNIQUE_ID, SSL = 1, 2, 3, 5, 0x20
VERSION, COMMON_NAME, CIPHER, SIGNATURE_ALGORITHM, KEY_ALGORITHM, CERTIFICATE = 0x21, 0x22, 0x23, 0x24, 0x25, 0x28


def crc32c(data):
    """Bit by bit."""
    value = 0xffffffff
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
    return value ^ 0xffffffff


def values(data):
    """Type to value; none comes twice."""
    found = {}
    while data:
        kind, length = struct.unpack(">BH", data[:3])
        assert kind not in found
        found[kind], data = data[3:3 + length], data[3 + length:]
    return found


class Teller:
    """An HTTP backend that reads headers of version 2, and keeps them with the requests that followed on each
    connection."""

    def __init__(self, world):
        self.connections = []
        self.server = world.backend(self._serve)
        self.address = self.server.address

    def _serve(self, connection):
        reader = connection.makefile("rb")
        head = reader.read(16)
        assert head[:12] == SIGNATURE and head[12:14] == b"\x21\x11"
        body = reader.read(struct.unpack(">H", head[14:])[0])
        told = {"whole": head + body, "source": socket.inet_ntoa(body[:4]), "destination": socket.inet_ntoa(body[4:8]),
                "ports": struct.unpack(">HH", body[8:12]), "tlvs": values(body[12:]), "requests": []}
        self.connections.append(told)
        while (request := read_request(reader)) is not None:
            told["requests"].append(request)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@pytest.fixture(scope="module")
def scene(stage):
    """Everything that can be told, to a backend that keeps it."""
    teller = Teller(stage)
    gateway = stage.gateway(CONFIG, backend=teller.address, version=2, tls="",
                            tlvs=", tlvs: [alpn, authority, unique_id, ssl, certificate, crc32c]")
    return gateway, teller


@pytest.mark.parametrize("version", client.VERSIONS)
def test_everything_is_told(stage, scene, version):
    """Addresses, and each TLV as proxy-protocol.txt has it."""
    gateway, teller = scene
    alice = stage.issue()
    with client.connect(gateway.port, stage.context(alice, version, alpn=["http/1.1"])) as connection:
        assert client.get(connection)[0] == 200
        address, cipher, spoken = connection.getsockname(), connection.cipher()[0], connection.version()
    told = teller.connections[-1]
    tlvs, ssl = told["tlvs"], told["tlvs"][SSL]
    assert (told["source"], told["ports"]) == (address[0], (address[1], gateway.port))
    assert told["destination"] == "127.0.0.1"
    assert tlvs[ALPN] == b"http/1.1" and tlvs[AUTHORITY] == b"localhost"
    assert len(tlvs[UNIQUE_ID]) == 16 and int(tlvs[UNIQUE_ID], 16)
    assert ssl[:5] == b"\x07" + bytes(4)
    inner = values(ssl[5:])
    assert (inner[VERSION], inner[CIPHER]) == (spoken.encode(), cipher.encode())
    assert (inner[COMMON_NAME], inner[CERTIFICATE]) == (b"alice", alice.der)
    assert (inner[SIGNATURE_ALGORITHM], inner[KEY_ALGORITHM]) == (b"ecdsa-with-SHA256", b"EC256")
    whole = bytearray(told["whole"])
    whole[-4:] = bytes(4)
    assert struct.unpack(">I", tlvs[CRC32C])[0] == crc32c(whole)


def test_who_shows_no_certificate_is_told_so(stage, scene):
    """Only that TLS is spoken; and that nothing is verified."""
    gateway, teller = scene
    assert client.get_once(gateway.port, stage.context())[0] == 200
    ssl = teller.connections[-1]["tlvs"][SSL]
    assert ssl[:5] == b"\x01\0\0\0\1"
    assert not {COMMON_NAME, CERTIFICATE} & set(values(ssl[5:]))


def test_a_connection_serves_one_client_alone(stage, scene):
    """Requests of one client follow each other on one connection; another's never come there, also when it is idle."""
    gateway, teller = scene
    begun = len(teller.connections)
    alice, bob = stage.issue("alice"), stage.issue("bob")
    with client.connect(gateway.port, stage.context(alice)) as first, \
            client.connect(gateway.port, stage.context(bob)) as second:
        for _ in range(3):
            assert client.get(first, "/alice")[0] == 200
            assert client.get(second, "/bob")[0] == 200
    opened = teller.connections[begun:]
    assert len(opened) == 2
    for told, name in zip(opened, ["alice", "bob"]):
        assert values(told["tlvs"][SSL][5:])[COMMON_NAME] == name.encode()
        assert [request.split(b" ")[1] for request in told["requests"]] == [f"/{name}".encode()] * 3


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("leg", ["clear", "mtls"])
def test_nginx_believes_it(world, version, leg):
    """nginx logs the client's own address and port; the header comes in the clear, then TLS if there is any."""
    legs, port = Legs(world), free_port()
    tls = f"ssl_certificate {legs.backend.path}; ssl_certificate_key {legs.backend.key_path}; " \
          f"ssl_client_certificate {legs.let_in}; ssl_verify_client on;" if leg == "mtls" else ""
    http = f"""server {{ listen 127.0.0.1:{port} {"ssl" if tls else ""} proxy_protocol; {tls}
        location / {{ return 200 "$proxy_protocol_addr:$proxy_protocol_port $ssl_client_s_dn"; }} }}"""
    world.keep(Nginx(world.folder / "nginx", [port], http))
    trust = 'tls: { trust: "{backends_ca}", name: app.internal, certificate: "{gateway}", private_key: "{gateway_key}" }'
    gateway = world.gateway(CONFIG.replace("{tls}", trust if tls else ""), backend=f"127.0.0.1:{port}", version=version,
                            tlvs="", **legs.values())
    with client.connect(gateway.port, world.context()) as connection:
        status, _, body = client.get(connection)
        address = connection.getsockname()
    subject = " CN=gateway.example.com" if tls else " "
    assert (status, body.decode()) == (200, f"{address[0]}:{address[1]}{subject}")


def test_tlvs_need_version_2(world):
    """`sallyport check` says so, with line and column."""
    gateway = world.prepared(CONFIG, backend="127.0.0.1:9", version=1, tlvs=", tlvs: [ssl]", tls="")
    done = command("check", "-c", gateway.path)
    assert done.returncode == 1
    assert f"{gateway.place_of('tlvs: ', '[ssl]')}: \"tlvs\" are given, but \"version\" is not 2" in done.stderr
