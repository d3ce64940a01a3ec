"""The kinds of traffic that go through the gateway: each with real backends on every kind of leg, and a conversation of a
real client, which checks that what was said arrived both ways and gives what the backend was told."""
import json
import os
import subprocess

import grpc

from . import client, grpcpeer, h2client, proxyheader, websocket
from .app import App
from .legs import LEGS
from .nginx import HttpBackend
from .redis import Cli, Redis

BODY = bytes(range(256)) * 800  # more than a record, a frame, a window of HTTP/2
# How a conversation fails with somebody who does not let the client in.
NOT_SERVED = (OSError, ConnectionError, h2client.Refused, websocket.Ended, websocket.Rejected, grpc.RpcError)


class Told:
    """What the backend found out: the verdict about the client, its certificate (base64 DER), and who called on the leg."""

    def __init__(self, facts):
        self.facts = facts
        self.verdict = facts.get("client-cert-verdict")
        self.certificate = facts.get("client-cert")
        self.caller = facts.get("x-leg-subject")


class Http:
    """HTTP of one version, by curl, and by a client that keeps its connection; nginx ends the second leg."""

    def __init__(self, world, legs, version):
        self.world, self.legs, self.version = world, legs, version
        self.backend = world.keep(HttpBackend(legs, world.folder / f"nginx-{version}", world.keep(App()).address))

    def address(self, leg):
        """Where the leg to the backend ends."""
        return self.backend.address(leg, self.version == "2")

    def converse(self, port, leg, **who):
        """A request by curl, then several of one connection."""
        told = self._by_curl(port, leg, **who)
        alpn = "h2" if self.version == "2" else "http/1.1"
        with self.legs.connect(port, leg, alpn=(alpn,), **who) as connection:
            others = self._on_one_connection(connection, leg)
            for other in others:
                assert other == told.facts
        return told

    def _by_curl(self, port, leg, certificate=None, trust=None):
        prior = {"1.1": "--http1.1", "2": "--http2-prior-knowledge" if leg == "clear" else "--http2"}[self.version]
        line = ["curl", "-sS", prior, "--data-binary", "@-", "-H", "Content-Type: x", "-H", "Expect:", "-H", "User-Agent:",
                "-H", "Accept:", "-w", "\n%{http_version} %{response_code} %header{x-told}",
                "--resolve", f"localhost:{port}:127.0.0.1"]
        if leg != "clear":
            line += ["--cacert", trust or self.world.trust]
        if leg == "mtls":
            shown = certificate or self.legs.alice
            line += ["--cert", shown.path, "--key", shown.key_path]
        line.append(f"{'http' if leg == 'clear' else 'https'}://localhost:{port}/curl")
        done = subprocess.run([str(word) for word in line], input=BODY, capture_output=True, timeout=30, check=False)
        if done.returncode != 0:
            raise ConnectionError(done.stderr.decode())
        body, facts = done.stdout.rsplit(b"\n", 1)
        version, status, told = facts.decode().split(" ", 2)
        if status != "200":
            raise ConnectionError(f"status {status}")
        assert (version, body) == (self.version, BODY)
        return self._told(told)

    def _on_one_connection(self, connection, leg):
        if self.version == "1.1":
            for path in ("/one", "/two"):
                request = client.request_bytes(path, "localhost", "Content-Type: x\r\n", "POST", BODY)
                status, fields, body = client.ask(connection, request)
                assert (status, body) == (200, BODY)
                yield self._told(fields["x-told"]).facts
            return
        with h2client.Client(connection, "http" if leg == "clear" else "https") as opened:
            numbers = [opened.open("POST", f"/{n}", [("content-type", "x")], end=False) for n in range(20)]
            for number in numbers:
                opened.send(number, BODY)
            for number in numbers:
                stream = opened.answer(number)
                assert (stream.status, bytes(stream.body)) == (200, BODY)
                yield self._told(stream.fields["x-told"]).facts

    @staticmethod
    def _told(text):
        facts = json.loads(text)
        for name in ("host", "content-length", "transfer-encoding"):
            facts.pop(name, None)
        return Told(facts)

    def close(self):
        """Ends the backend."""
        self.backend.close()


class WebSocket:
    """WebSocket over HTTP/1.1; nginx ends the second leg."""

    def __init__(self, world, legs):
        self.legs = legs
        server = world.backend(websocket.echo)
        self.backend = world.keep(HttpBackend(legs, world.folder / "nginx-web-socket", server.address, server.address))

    def address(self, leg):
        """Where the leg to the backend ends."""
        return self.backend.address(leg)

    def converse(self, port, leg, **who):
        """Messages of all sizes, and an end in order."""
        with websocket.Client(self.legs.connect(port, leg, alpn=("http/1.1",), **who)) as end:
            told = Told(json.loads(end.receive()))
            for message in ("hello", b"", b"x", BODY, "ü" * 1000):
                end.send(message)
                assert end.receive() == message
            assert end.close() == 1000
        return told

    def close(self):
        """Ends the backend."""
        self.backend.close()


class Grpc:
    """gRPC by grpcio at both ends."""

    def __init__(self, world, legs):
        self.legs = legs
        self.backend = world.keep(grpcpeer.Server(legs))

    def address(self, leg):
        """Where the leg to the backend ends."""
        return self.backend.address(leg)

    def converse(self, port, leg, **who):
        """One call of each shape, a failure that keeps its words, a deadline, and the health service."""
        with grpcpeer.Client(self.legs, port, leg, **who) as channel:
            message, told = channel.one(BODY)
            assert message == BODY
            assert channel.count(5) == [b"5", b"4", b"3", b"2", b"1"]
            assert list(channel.talk(iter([b"", b"a", BODY]))) == [b"", b"a", BODY]
            assert self._failure(channel, "Fail", b"no way") == (grpc.StatusCode.FAILED_PRECONDITION, "no way")
            assert self._failure(channel, "Hang", b"", timeout=0.3)[0] == grpc.StatusCode.DEADLINE_EXCEEDED
            assert channel.healthy()
        subject = told.pop("leg-subject")
        return Told({**told, "x-leg-subject": subject and f"CN={subject}"})

    @staticmethod
    def _failure(channel, name, message, **options):
        try:
            channel.one(message, f"/{grpcpeer.SERVICE}/{name}", **options)
        except grpc.RpcError as error:
            return error.code(), error.details()
        raise AssertionError(f"{name} did not fail")

    def close(self):
        """Ends the backend."""
        self.backend.close()


class Bytes:
    """Bytes that mean nothing to the gateway: Redis, by redis-cli."""

    def __init__(self, world, legs):
        self.legs = legs
        self.backends = {leg: world.keep(Redis(legs, world.folder / f"redis-{leg}", leg)) for leg in LEGS}

    def address(self, leg):
        """Where the leg to the backend ends."""
        return self.backends[leg].address

    def converse(self, port, leg, **who):
        """Stores a value, and reads it."""
        cli = Cli(self.legs, port, leg, **who)
        key = os.urandom(8).hex()
        if (answer := cli.run("SET", key, value=BODY)) != (0, b"OK\n"):
            raise ConnectionError(answer)
        assert cli.run("GET", key) == (0, BODY + b"\n")
        return Told({})

    def close(self):
        """Ends the backends."""
        for backend in self.backends.values():
            backend.close()


class ToldBytes:
    """Bytes for a backend that is told who calls by a PROXY header (version 2); they come back to the client."""

    def __init__(self, world, legs):
        self.legs = legs
        self.backends = {leg: world.backend(self._served_with(legs.server_side(leg))) for leg in LEGS}

    def address(self, leg):
        """Where the leg to the backend ends."""
        return self.backends[leg].address

    @staticmethod
    def _served_with(tls):
        def serve(connection):
            facts = proxyheader.read(connection)
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
                facts["x-leg-subject"] = _subject(connection.getpeercert())
            connection.sendall(json.dumps(facts).encode() + b"\n")
            while data := connection.recv(65536):
                connection.sendall(data)
        return serve

    def converse(self, port, leg, **who):
        """The facts, then bytes there and back."""
        with self.legs.connect(port, leg, **who) as connection:
            reader = connection.makefile("rb")
            line = reader.readline()
            if not line:
                raise ConnectionError("ended without a word")
            for size in (1, 1000, len(BODY)):
                connection.sendall(BODY[:size])
                assert reader.read(size) == BODY[:size]
        return Told(json.loads(line))


def _subject(certificate):
    names = [value for part in (certificate or {}).get("subject", ()) for key, value in part if key == "commonName"]
    return f"CN={names[0]}" if names else None
