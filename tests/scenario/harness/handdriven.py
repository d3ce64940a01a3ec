"""Python's TLS over a socket that we drive by hand: what the library wants to send may be changed or cut on the way."""
import ssl
import struct

from . import client


class Connection:
    """A TLS client whose bytes go through `change(flight_number, bytes)`, which gives pieces to send one by one."""

    def __init__(self, port, made, change, server_name="localhost", timeout=20):
        self.socket = client.tcp(port, timeout)
        self.change = change
        self.flight = 0
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        made.check_hostname = server_name is not None
        self.tls = made.wrap_bio(self.incoming, self.outgoing, server_hostname=server_name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _send(self):
        data = self.outgoing.read()
        if data:
            for piece in self.change(self.flight, data):
                self.socket.sendall(piece)
            self.flight += 1

    def _drive(self, step):
        while True:
            try:
                result = step()
                self._send()
                return result
            except ssl.SSLWantReadError:
                self._send()
                data = self.socket.recv(65536)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def handshake(self):
        """Goes through the handshake."""
        self._drive(self.tls.do_handshake)
        return self

    def read(self):
        """What comes next of the server's words."""
        return self._drive(lambda: self.tls.read(65536))

    def get(self, path="/", host="localhost"):
        """One request; the answer's status."""
        self._drive(lambda: self.tls.write(client.request_bytes(path, host, "Connection: close\r\n")))
        return int(self.read().split()[1])


def unchanged(_flight, data):
    """Sends what the library says."""
    return [data]


def records_of(data):
    """The records in `data`: type, version, content."""
    at = 0
    while at < len(data):
        kind, version, length = struct.unpack("!BHH", data[at:at + 5])
        yield kind, version, data[at + 5:at + 5 + length]
        at += 5 + length


def one_byte_records(flight, data):
    """The first flight as records of one byte each, in one write."""
    return [_cut(data, 1)] if flight == 0 else [data]


def one_byte_writes(flight, data):
    """The first flight in writes of one byte each."""
    return [data[i:i + 1] for i in range(len(data))] if flight == 0 else [data]


def _cut(data, size):
    made = b""
    for kind, version, content in records_of(data):
        for at in range(0, len(content), size):
            piece = content[at:at + size]
            made += struct.pack("!BHH", kind, version, len(piece)) + piece
    return made


def without_extension(number):
    """A change that takes an extension out of the ClientHello."""
    def change(flight, data):
        return [_without(data, number)] if flight == 0 else [data]
    return change


def _without(data, number):
    kind, version, hello = next(records_of(data))
    at = 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at:at + 2], "big")
    at += 1 + hello[at]
    extensions, kept = hello[at + 2:], b""
    while extensions:
        one, length = struct.unpack("!HH", extensions[:4])
        if one != number:
            kept += extensions[:4 + length]
        extensions = extensions[4 + length:]
    body = hello[4:at] + struct.pack("!H", len(kept)) + kept
    hello = hello[:1] + len(body).to_bytes(3, "big") + body
    return struct.pack("!BHH", kind, version, len(hello)) + hello


def with_certificate(der):
    """A change for TLS 1.2: whatever Certificate the client sends in the clear, `der` goes in its place."""
    def change(_flight, data):
        return [b"".join(_replaced(kind, version, content, der) for kind, version, content in records_of(data))]
    return change


def _replaced(kind, version, content, der):
    if kind == 22 and content[0] == 11:
        length = 4 + int.from_bytes(content[1:4], "big")
        certificates = len(der).to_bytes(3, "big") + der
        body = len(certificates).to_bytes(3, "big") + certificates
        content = bytes([11]) + len(body).to_bytes(3, "big") + body + content[length:]
    return struct.pack("!BHH", kind, version, len(content)) + content
