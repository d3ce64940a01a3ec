"""A TLS 1.3 client that does only what it is told: no certificate, no proof, a foreign proof. RFC 8446, with x25519 and
TLS_AES_128_GCM_SHA256, and no look at the server's certificate."""
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import client

HANDSHAKE, ALERT, CHANGE_CIPHER, APPLICATION = 22, 21, 20, 23
SERVER_HELLO, CERTIFICATE, CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, FINISHED = 2, 11, 13, 15, 20
ECDSA_P256_SHA256 = 0x0403


class Alerted(Exception):
    """The server sent an alert."""

    def __init__(self, number):
        super().__init__(f"alert {number}")
        self.number = number


def vector(data, length_bytes):
    """A vector of the presentation language: its length in so many bytes, then itself."""
    return len(data).to_bytes(length_bytes, "big") + data


def extension(kind, data):
    """One extension of a hello."""
    return struct.pack("!H", kind) + vector(data, 2)


def client_hello(public_key, server_name="localhost", extensions=b"", random=None):
    """The handshake message; `extensions` are added to the usual ones."""
    name = vector(b"\0" + vector(server_name.encode(), 2), 2)
    usual = (extension(0, name) + extension(10, vector(b"\x00\x1d", 2))
             + extension(13, vector(struct.pack("!4H", ECDSA_P256_SHA256, 0x0804, 0x0807, 0x0401), 2))
             + extension(43, vector(b"\x03\x04", 1)) + extension(51, vector(b"\x00\x1d" + vector(public_key, 2), 2)))
    body = (b"\x03\x03" + (random or os.urandom(32)) + vector(os.urandom(32), 1) + vector(b"\x13\x01", 2) + b"\x01\x00"
            + vector(usual + extensions, 2))
    return b"\x01" + vector(body, 3)


def record(kind, data):
    """One record in the clear."""
    return struct.pack("!BHH", kind, 0x0303, len(data)) + data


class _Direction:
    """The keys of one direction."""

    def __init__(self, secret):
        self.secret = secret
        self.cipher = AESGCM(_expand(secret, b"key", b"", 16))
        self.iv = _expand(secret, b"iv", b"", 12)
        self.count = 0

    def nonce(self):
        """The next record's nonce."""
        number = self.count.to_bytes(12, "big")
        self.count += 1
        return bytes(a ^ b for a, b in zip(self.iv, number))


def _expand(secret, label, data, length):
    info = struct.pack("!H", length) + vector(b"tls13 " + label, 1) + vector(data, 1)
    return HKDFExpand(algorithm=hashes.SHA256(), length=length, info=info).derive(secret)


def _extract(salt, secret):
    return hmac.new(salt, secret, hashlib.sha256).digest()


class Client:
    """One connection up to the server's Finished; then `send` says what the client's flight is."""

    def __init__(self, port, server_name="localhost"):
        self.socket = client.tcp(port)
        self.reader = self.socket.makefile("rb")
        self.transcript = b""
        self.requested = False
        self.messages = b""
        self.sending = self.receiving = None
        key = X25519PrivateKey.generate()
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        hello = client_hello(public, server_name)
        self.transcript += hello
        self.socket.sendall(record(HANDSHAKE, hello))
        self._read_flight(key)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def _hash(self):
        return hashlib.sha256(self.transcript).digest()

    def _read_flight(self, key):
        self._begin(key, self._message())
        while (message := self._message())[0] != FINISHED:
            self.requested |= message[0] == CERTIFICATE_REQUEST
        self.application = (self._secret(self.master, b"c ap traffic"), self._secret(self.master, b"s ap traffic"))

    def _begin(self, key, hello):
        assert hello[0] == SERVER_HELLO
        shared = key.exchange(X25519PublicKey.from_public_bytes(_share_of(hello)))
        early = _extract(bytes(32), bytes(32))
        derived = _expand(early, b"derived", hashlib.sha256(b"").digest(), 32)
        handshake = _extract(derived, shared)
        self.sending = _Direction(self._secret(handshake, b"c hs traffic"))
        self.receiving = _Direction(self._secret(handshake, b"s hs traffic"))
        self.master = _extract(_expand(handshake, b"derived", hashlib.sha256(b"").digest(), 32), bytes(32))

    def _secret(self, secret, label):
        return _expand(secret, label, self._hash(), 32)

    def _record(self):
        """The next record's type and content; alerts are raised."""
        while True:
            head = self.reader.read(5)
            if len(head) < 5:
                raise ConnectionError("closed")
            kind, _, length = struct.unpack("!BHH", head)
            data = self.reader.read(length)
            if kind == CHANGE_CIPHER:
                continue
            if kind == APPLICATION:
                data = self.receiving.cipher.decrypt(self.receiving.nonce(), data, head).rstrip(b"\0")
                kind, data = data[-1], data[:-1]
            if kind == ALERT:
                raise Alerted(data[1])
            return kind, data

    def _message(self):
        """The next handshake message, added to the transcript."""
        while len(self.messages) < 4 or len(self.messages) < 4 + int.from_bytes(self.messages[1:4], "big"):
            kind, data = self._record()
            assert kind == HANDSHAKE, kind
            self.messages += data
        length = 4 + int.from_bytes(self.messages[1:4], "big")
        message, self.messages = self.messages[:length], self.messages[length:]
        self.transcript += message
        return message

    def _send(self, kind, data):
        """Sends `data` in as many records as it takes. A server may have hung up by now: what it said is read later."""
        sealed = b""
        for at in range(0, len(data), 16384):
            plain = data[at:at + 16384] + bytes([kind])
            head = struct.pack("!BHH", APPLICATION, 0x0303, len(plain) + 16)
            sealed += head + self.sending.cipher.encrypt(self.sending.nonce(), plain, head)
        try:
            self.socket.sendall(sealed)
        except OSError:
            pass

    def certificate(self, *ders):
        """The Certificate message; without certificates it says that there is none."""
        entries = b"".join(vector(der, 3) + b"\0\0" for der in ders)
        body = b"\0" + vector(entries, 3)
        return bytes([CERTIFICATE]) + vector(body, 3)

    def proof(self, key):
        """The CertificateVerify message, signed by a P-256 key over the transcript so far."""
        content = b" " * 64 + b"TLS 1.3, client CertificateVerify\0" + self._hash()
        signature = key.sign(content, ec.ECDSA(hashes.SHA256()))
        return bytes([CERTIFICATE_VERIFY]) + vector(struct.pack("!H", ECDSA_P256_SHA256) + vector(signature, 2), 3)

    def finished(self):
        """The Finished message over the transcript so far."""
        key = _expand(self.sending.secret, b"finished", b"", 32)
        return bytes([FINISHED]) + vector(hmac.new(key, self._hash(), hashlib.sha256).digest(), 3)

    def say(self, *makers):
        """Sends messages, each made when those before it are in the transcript."""
        for make in makers:
            message = make()
            self.transcript += message
            self._send(HANDSHAKE, message)

    def ask(self, request):
        """Goes over to application data, sends a request and gives the first piece of the answer."""
        self.sending, self.receiving = (_Direction(secret) for secret in self.application)
        self._send(APPLICATION, request)
        while True:
            kind, data = self._record()
            if kind == APPLICATION:
                return data


def _share_of(hello):
    """The server's public key out of its ServerHello."""
    at = 4 + 2 + 32
    at += 1 + hello[at] + 3
    end = at + 2 + int.from_bytes(hello[at:at + 2], "big")
    at += 2
    while at < end:
        kind, length = struct.unpack("!HH", hello[at:at + 4])
        if kind == 51:
            return hello[at + 8:at + 4 + length]
        at += 4 + length
    raise AssertionError("the ServerHello has no key share")
