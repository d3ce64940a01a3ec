"""What may last for hours: WebSockets, calls of gRPC that stream, streams of HTTP/2, tunnels of bytes. Each of a client with a
certificate, and all of them through one gateway."""
import contextlib
import queue

import grpc
import pytest

from . import grpcpeer, h2client, websocket
from .app import App
from .gateway import free_port
from .nginx import HttpBackend

CONFIG = """\
workers: 2
state_directory: "{state}"
listeners:
  - name: web
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{clients}" {revocation} }
    tls: { alpn: [ h2, http/1.1 ] }
    routes:
      - { path: /socket, backend: sockets }
      - { path: /story.Echo, backend: service }
      - backend: app
  - name: bytes
    bind: 127.0.0.1:{bytes_port}
    mode: tcp
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{clients}" {revocation} }
    backend: echo
backends:
  sockets: { servers: [ "{sockets}" ] }
  service: { servers: [ "{service}" ], protocol: h2 }
  app: { servers: [ "{app}" ], protocol: h2 }
  echo: { servers: [ "{echo}" ] }
"""


def echo(connection):
    """Gives every byte back."""
    while data := connection.recv(65536):
        connection.sendall(data)


class Place:
    """The gateway with a backend for each kind; `revocation` goes into the settings of client authentication."""

    def __init__(self, world, legs, revocation="", **values):
        self.world, self.legs = world, legs
        self.bytes_port = free_port()
        service = world.keep(grpcpeer.Server(legs))
        nginx = world.keep(HttpBackend(legs, world.folder / "nginx-lasting", world.keep(App()).address))
        state = world.folder / "state"
        state.mkdir()
        self.gateway = world.gateway(CONFIG, revocation=revocation, state=state, bytes_port=self.bytes_port,
                                     sockets=world.backend(websocket.echo).address, service=service.address("clear"),
                                     app=nginx.address("clear", http2=True), echo=world.backend(echo).address, **values)

    def connect(self, certificate, alpn):
        """A connection to the listener of the web."""
        return self.legs.connect(self.gateway.port, "mtls", alpn=(alpn,), certificate=certificate)


class WebSocket:
    """A WebSocket over HTTP/1.1."""

    def __init__(self, place, certificate):
        self.connection = place.connect(certificate, "http/1.1")
        self.end = websocket.Client(self.connection)
        self.end.receive()

    def goes_on(self):
        """A message there and back."""
        self.end.send("hello")
        return self.end.receive() == "hello"

    def await_end(self):
        """Until the client sees that it is over, which is without having said anything; fails if something else comes."""
        with pytest.raises((websocket.Ended, OSError)):
            self.end.receive()

    def close(self):
        """Ends it."""
        self.connection.close()


class WebSocketOverHttp2(WebSocket):
    """A WebSocket on a stream of HTTP/2."""

    def __init__(self, place, certificate):  # pylint: disable=super-init-not-called
        self.connection = place.connect(certificate, "h2")
        self.end = websocket.Agreed(h2client.WebSocketTransport(h2client.Client(self.connection)))
        self.end.receive()


class Call:
    """A call of gRPC that streams both ways."""

    def __init__(self, place, certificate):
        self.said = queue.Queue()
        self.client = grpcpeer.Client(place.legs, place.gateway.port, "mtls", certificate=certificate)
        self.heard = self.client.talk(iter(self.said.get, None))
        assert self.goes_on()

    def goes_on(self):
        """A message there and back."""
        self.said.put(b"hello")
        return next(self.heard) == b"hello"

    def await_end(self):
        """Until it fails."""
        with pytest.raises(grpc.RpcError):
            next(self.heard)

    def close(self):
        """Ends it."""
        self.said.put(None)
        self.client.channel.close()


class Streams:
    """Several uploads on streams of one connection, none of them whole."""

    def __init__(self, place, certificate):
        self.connection = place.connect(certificate, "h2")
        self.client = h2client.Client(self.connection)
        self.numbers = [self.client.open("POST", "/upload", end=False) for _ in range(5)]
        for number in self.numbers:
            self.client.send(number, b"part", end=False)
        assert self.client.ask().status == 200

    def goes_on(self):
        """One of them is finished."""
        number = self.numbers.pop()
        self.client.send(number, b", rest")
        return self.client.answer(number).body == b"part, rest"

    def await_end(self):
        """Until the streams are reset or the connection ends."""
        with pytest.raises((h2client.Refused, OSError)):
            self.client.until(self.numbers[0], lambda stream: stream.ended)

    def close(self):
        """Ends it."""
        self.connection.close()


class Tunnel:
    """A tunnel of bytes."""

    def __init__(self, place, certificate):
        self.connection = place.legs.connect(place.bytes_port, "mtls", certificate=certificate)
        assert self.goes_on()

    def goes_on(self):
        """A byte there and back; the end instead is a failure of the connection."""
        self.connection.sendall(b"x")
        data = self.connection.recv(1)
        if not data:
            raise ConnectionError("ended")
        return data == b"x"

    def await_end(self):
        """Until the connection ends."""
        with contextlib.suppress(ConnectionResetError):
            assert self.connection.recv(1) == b""

    def close(self):
        """Ends it."""
        self.connection.close()


KINDS = {"WebSocket": WebSocket, "WebSocket over HTTP/2": WebSocketOverHttp2, "gRPC": Call, "HTTP/2": Streams,
         "bytes": Tunnel}
