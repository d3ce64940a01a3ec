"""A PROXY protocol header from a trusted network tells who the client is; from anybody else it is garbage."""
import json
import struct

import pytest

from harness import client
from harness.backend import fields_of
from harness.gateway import TESTDATA

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    proxy_protocol: { from: [ 127.0.0.1/32, "::1/128" ] }
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    timeouts: { proxy_header: 1s, client_hello: 1s }
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
"""
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway, its backend and a client's settings."""
    backend = stage.recorder()
    return stage.gateway(CONFIG, backend=backend.address), backend, stage.context(stage.issue())


def version2(command=0x21, family=0x11, body=b""):
    """A binary header."""
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


V4 = bytes([192, 0, 2, 7, 198, 51, 100, 1]) + struct.pack("!HH", 4711, 443)
V6 = bytes.fromhex("20010db8000000000000000000000007") + bytes(15) + b"\x01" + struct.pack("!HH", 4712, 443)
GOOD = {
    "v1 IPv4": (b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n", "192.0.2.7", "192.0.2.7:4711"),
    "v1 IPv6": (b"PROXY TCP6 2001:db8::7 ::1 4712 443\r\n", "2001:db8::7", "[2001:db8::7]:4712"),
    "v1 UNKNOWN": (b"PROXY UNKNOWN\r\n", "127.0.0.1", None),
    "v2 IPv4": (version2(body=V4), "192.0.2.7", "192.0.2.7:4711"),
    "v2 IPv6": (version2(family=0x21, body=V6), "2001:db8::7", "[2001:db8::7]:4712"),
    "v2 LOCAL": (version2(command=0x20, family=0), "127.0.0.1", None),
    "v2 with additions": (version2(body=V4 + b"\x04\x00\x03abc" + b"\x02\x00\x01x"), "192.0.2.7", "192.0.2.7:4711"),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_backend_and_the_logs_are_told(scene, name):
    """Its address replaces the load balancer's everywhere."""
    gateway, backend, made = scene
    header, address, logged = GOOD[name]
    path = "/" + name.replace(" ", "-")
    with client.connect(gateway.port, made, before=header) as connection:
        assert client.get(connection, path, fields="X-Forwarded-For: 6.6.6.6\r\n")[0] == 200
    assert fields_of(backend.last())["x-forwarded-for"] == [address]
    record = gateway.access(path=path)
    assert record["client"] == logged or logged is None and record["client"].startswith("127.0.0.1:")


@pytest.mark.parametrize("name", ["v1 IPv6", "v2 with additions"])
def test_a_refusal_names_the_client_as_well(stage, scene, name):
    """Not the load balancer."""
    gateway, _, _ = scene
    assert client.refused_alert(gateway.port, stage.context(), before=GOOD[name][0]) == 116
    assert gateway.refusal(reason="certificate-missing")["client"] == GOOD[name][2]


def dribbled(port, made, header, **options):
    """The header one byte at a time, then TLS."""
    raw = client.tcp(port, **options)
    for byte in header:
        raw.sendall(bytes([byte]))
    return made.wrap_socket(raw, server_hostname="localhost")


@pytest.mark.parametrize("name", ["v1 IPv4", "v2 with additions"])
def test_it_may_come_byte_by_byte(scene, name):
    """The hello follows in its own packet, or together with the header's end."""
    gateway, backend, made = scene
    with dribbled(gateway.port, made, GOOD[name][0]) as connection:
        assert client.get(connection)[0] == 200
    assert fields_of(backend.last())["x-forwarded-for"] == [GOOD[name][1]]


def closed_without_a_word(connection):
    """Whether the gateway hangs up, perhaps with an alert, and never speaks HTTP or TLS."""
    try:
        return connection.recv(100)[:1] in (b"", b"\x15")
    except ConnectionResetError:
        return True


BAD = [b"PROXY TCP4 192.0.2.7 198.51.100.1 4711\r\n", b"PROXY TCP4 999.0.2.7 198.51.100.1 1 2\r\n",
       b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\n", b"PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n",
       b"proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n", b"PROXY " + b"x" * 200, version2(command=0x31),
       version2(command=0x2f), version2(body=V4[:5]), version2(body=V4 + b"\x04\xff\xffshort"),
       b"GET / HTTP/1.1\r\n\r\n", SIGNATURE[:-1] + b"X" + version2(body=V4)[12:]]


@pytest.mark.parametrize("header", BAD, ids=range(len(BAD)))
def test_a_malformed_one_ends_the_connection(scene, header):
    """HAProxy's bug of a TLV longer than its header among them; nothing is guessed, nothing reaches the backend."""
    gateway, backend, _ = scene
    before = len(backend.requests)
    with client.tcp(gateway.port) as connection:
        connection.sendall(header)
        assert closed_without_a_word(connection)
    assert gateway.refusal(stage="proxy_header")["reason"] == "proxy-header-malformed"
    assert len(backend.requests) == before


def test_from_a_trusted_network_it_is_required(scene):
    """A plain ClientHello is no PROXY header."""
    gateway, _, made = scene
    with pytest.raises(OSError):
        client.connect(gateway.port, made).close()
    assert gateway.refusal(stage="proxy_header")["reason"] == "proxy-header-malformed"


@pytest.mark.parametrize("name", ["v1 IPv4", "v2 IPv4"])
def test_from_strangers_it_is_refused(scene, name):
    """A client cannot say who it is; without the header it is served under its own address."""
    gateway, backend, made = scene
    before = len(backend.requests)
    with client.tcp(gateway.port, source="127.0.0.2") as connection:
        connection.sendall(GOOD[name][0])
        assert closed_without_a_word(connection)
    assert gateway.refusal(stage="client_hello")["reason"] == "client-hello-malformed"
    assert len(backend.requests) == before
    assert client.get_once(gateway.port, made, source="127.0.0.2")[0] == 200
    assert fields_of(backend.last())["x-forwarded-for"] == ["127.0.0.2"]


def addition(kind, value):
    """One addition of a binary header."""
    return struct.pack("!BH", kind, len(value)) + value


def test_what_else_is_told_is_in_the_record_and_decides_nothing(stage, scene):
    """Name, protocol, TLS and the client's certificate: told, not proven. Who the client is, its own handshake says."""
    gateway, backend, made = scene
    mallory = stage.issue("mallory")
    tls = b"\x03\x00\x00\x00\x00" + addition(0x21, b"TLSv1.3") + addition(0x22, b"mallory")
    tls += addition(0x28, mallory.der)
    body = V4 + addition(1, b"h2") + addition(2, b"told.example") + addition(5, b"\x01\xff") + addition(0x20, tls)
    with client.connect(gateway.port, made, before=version2(body=body)) as connection:
        assert client.get(connection, "/told")[0] == 200
    record = gateway.access(path="/told")
    told = record["told_by_proxy"]
    assert (told["authority"], told["alpn"], told["unique_id"]) == ("told.example", "h2", "01ff")
    assert (told["tls"], told["tls_version"], told["verified"], told["common_name"]) == (True, "TLSv1.3", True, "mallory")
    assert told["certificate"]["fingerprint_sha256"] == mallory.fingerprint
    assert record["sni"] == "localhost" and "mallory" not in record["identity"]["subject"]
    assert not any("mallory" in value for values in fields_of(backend.last()).values() for value in values)
    stranger = stage.context()
    with pytest.raises(OSError):
        with client.connect(gateway.port, stranger, before=version2(body=body)) as connection:
            client.get(connection, "/stranger")
    record = gateway.refusal(reason="certificate-missing")
    assert record["told_by_proxy"]["common_name"] == "mallory" and not backend.to_path("/stranger")


def test_the_vectors(scene):
    """Every header of the collection: taken, or the connection ends; a part of one waits."""
    gateway, backend, made = scene
    path = TESTDATA / "proxy-protocol" / "vectors.json"
    if not path.exists():
        pytest.skip(f"no test data in {path}")
    wrong = []
    for vector in json.loads(path.read_text()):
        header = bytes.fromhex(vector["hex"])
        header = header[:len(header) - len(bytes.fromhex(vector.get("rest", "")))]
        if vector["expect"] == "need-more" or vector.get("level") == "should":
            continue
        try:
            with client.connect(gateway.port, made, before=header) as connection:
                taken = client.get(connection)[0] == 200
        except OSError:
            taken = False
        good = {"proxied": [True], "local": [True], "unknown": [True], "reject": [False]}
        if taken not in good.get(vector["expect"], [True, False]):
            wrong.append((vector["name"], taken))
        if vector["expect"] == "proxied" and taken and vector["family"] in ("IPv4", "IPv6"):
            told = fields_of(backend.last())["x-forwarded-for"]
            if told != [vector["src"]]:
                wrong.append((vector["name"], told))
    assert not wrong
