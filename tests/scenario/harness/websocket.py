"""WebSocket (RFC 6455) over any connected socket, at both ends; the protocol itself is Debian's wsproto."""
import collections

from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import (AcceptConnection, BytesMessage, CloseConnection, Ping, RejectConnection, Request,
                            TextMessage)
from wsproto.utilities import LocalProtocolError

from .app import told_of


class Ended(Exception):
    """The other side closed; `code` is its close code, or None when the connection just ended."""

    def __init__(self, code=None):
        super().__init__(f"ended with {code}")
        self.code = code


class Rejected(Exception):
    """The handshake got an ordinary answer."""

    def __init__(self, status):
        super().__init__(f"status {status}")
        self.status = status


class _End:
    def __init__(self, connection, protocol):
        self.connection = connection
        self.protocol = protocol
        self.pending = collections.deque()
        self.partial = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, message):
        """Sends text or bytes as one message."""
        event = TextMessage(data=message) if isinstance(message, str) else BytesMessage(data=message)
        self.connection.sendall(self.protocol.send(event))

    def _next(self):
        """The next event; Ended when the connection is over."""
        while not self.pending:
            data = self.connection.recv(65536)
            if not data:
                raise Ended()
            self.protocol.receive_data(data)
            self.pending.extend(self.protocol.events())
        return self.pending.popleft()

    def receive(self):
        """The next whole message; pings are answered meanwhile."""
        while True:
            event = self._next()
            if isinstance(event, CloseConnection):
                self._answer_close(event)
                raise Ended(event.code)
            if isinstance(event, Ping):
                self.connection.sendall(self.protocol.send(event.response()))
            elif isinstance(event, (TextMessage, BytesMessage)):
                self.partial = event.data if self.partial is None else self.partial + event.data
                if event.message_finished:
                    message, self.partial = self.partial, None
                    return message

    def _answer_close(self, event):
        try:
            self.connection.sendall(self.protocol.send(event.response()))
        except (OSError, LocalProtocolError):
            pass  # nobody listens any more, or our own close came first

    def close(self, code=1000):
        """Says goodbye and waits for the other side to say it too."""
        self.connection.sendall(self.protocol.send(CloseConnection(code=code)))
        try:
            while True:
                self.receive()
        except Ended as ended:
            return ended.code


class Client(_End):
    """The client's end of a WebSocket over a connected socket. Rejected when the server does not agree."""

    def __init__(self, connection, host="localhost", path="/socket", fields=()):
        super().__init__(connection, WSConnection(ConnectionType.CLIENT))
        self.connection.sendall(self.protocol.send(Request(host=host, target=path, extra_headers=list(fields))))
        event = self._next()
        if isinstance(event, RejectConnection):
            raise Rejected(event.status_code)
        assert isinstance(event, AcceptConnection), event


class Agreed(_End):
    """The client's end where the handshake was another's: over a stream of HTTP/2."""

    def __init__(self, transport):
        super().__init__(transport, Connection(ConnectionType.CLIENT))


class _ServerEnd(_End):
    def __init__(self, connection):
        super().__init__(connection, WSConnection(ConnectionType.SERVER))
        request = self._next()
        fields = {}
        for name, value in request.extra_headers:
            fields.setdefault(name.decode("latin1").lower(), []).append(value.decode("latin1"))
        self.connection.sendall(self.protocol.send(AcceptConnection()))
        self.send(told_of(fields))


def echo(connection):
    """Serves one connection: the first message says what the server was told, every further one comes back."""
    end = _ServerEnd(connection)
    try:
        while True:
            end.send(end.receive())
    except Ended:
        pass
