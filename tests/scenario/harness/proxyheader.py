"""Reads a PROXY protocol header of version 2 with what it adds (TLVs), as a backend does that knows nothing of the gateway."""
import base64
import struct

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
ALPN, AUTHORITY, CRC32C, UNIQUE_ID, SSL = 0x01, 0x02, 0x03, 0x05, 0x20
TEXTS = {ALPN: "alpn", AUTHORITY: "authority"}
SSL_TEXTS = {0x21: "version", 0x22: "cn", 0x23: "cipher", 0x24: "sig_alg", 0x25: "key_alg"}
SSL_CERTIFICATE = 0x28
CLIENT_SSL, CLIENT_CERT_CONN, CLIENT_CERT_SESS = 1, 2, 4


def crc32c(data):
    """The checksum of RFC 3720 appendix B.4, bit by bit."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def _exactly(connection, length):
    data = b""
    while len(data) < length:
        part = connection.recv(length - len(data))
        if not part:
            raise ConnectionError("the end within a PROXY header")
        data += part
    return data


def _additions(data, at):
    while at < len(data):
        kind, length = struct.unpack("!BH", data[at:at + 3])
        assert at + 3 + length <= len(data), "a TLV longer than the header"
        yield kind, at + 3, data[at + 3:at + 3 + length]
        at += 3 + length


def read(connection):
    """Takes the header from a socket, not a byte more. Its facts: `command`, `source`, `destination`, and what was added."""
    head = _exactly(connection, 16)
    assert head[:12] == SIGNATURE, head
    command, family, length = struct.unpack("!BBH", head[12:])
    body = _exactly(connection, length)
    facts = {"command": {0x20: "LOCAL", 0x21: "PROXY"}[command]}
    at = _addresses(facts, family, body)
    for kind, place, value in _additions(body, at):
        if kind == CRC32C:
            zeroed = head + body[:place] + bytes(4) + body[place + 4:]
            assert struct.unpack("!I", value)[0] == crc32c(zeroed), "the checksum is wrong"
            facts["checksummed"] = True
        elif kind == SSL:
            facts["ssl"] = _ssl(value)
        elif kind == UNIQUE_ID:
            facts["unique_id"] = value.hex()
        elif kind in TEXTS:
            facts[TEXTS[kind]] = value.decode()
    return facts


def _addresses(facts, family, body):
    if family == 0x11:
        source, destination, source_port, destination_port = struct.unpack("!4s4sHH", body[:12])
        facts["source"] = ".".join(map(str, source)) + f":{source_port}"
        facts["destination"] = ".".join(map(str, destination)) + f":{destination_port}"
    return {0x11: 12, 0x21: 36, 0x31: 216, 0x00: 0}[family]


def _ssl(value):
    """The facts about the client's TLS; `verified` only where a certificate was shown and found good."""
    client, verify = struct.unpack("!BI", value[:5])
    facts = {"tls": bool(client & CLIENT_SSL), "certificate_shown": bool(client & (CLIENT_CERT_CONN | CLIENT_CERT_SESS)),
             "verified": bool(client & (CLIENT_CERT_CONN | CLIENT_CERT_SESS)) and verify == 0}
    for kind, _, text in _additions(value, 5):
        if kind in SSL_TEXTS:
            facts[SSL_TEXTS[kind]] = text.decode()
        elif kind == SSL_CERTIFICATE:
            facts["certificate"] = base64.b64encode(text).decode()
    return facts
