"""An HTTP/2 client over any connected socket; the protocol itself is Debian's python3-h2."""
import h2.config
import h2.connection
import h2.events
import h2.exceptions


class Refused(Exception):
    """The stream was reset, or the connection ended; `code` is HTTP/2's error code, or None."""

    def __init__(self, code=None):
        super().__init__(f"error code {code}")
        self.code = code


class Stream:
    """What has come of one stream so far."""

    def __init__(self):
        self.status = None
        self.fields = {}
        self.interims = []
        self.trailers = {}
        self.body = bytearray()
        self.taken = 0
        self.ended = False
        self.reset = None

    def take(self):
        """The bytes that have come since the last call."""
        data, self.taken = bytes(self.body[self.taken:]), len(self.body)
        return data


def _decoded(fields):
    return {_text(name): _text(value) for name, value in fields}


def _text(value):
    return value.decode("latin1") if isinstance(value, bytes) else value


class Client:
    """One connection. Any number of streams may be open; whatever comes is sorted while one is waited for."""

    def __init__(self, connection, scheme="https", authority="localhost"):
        self.connection = connection
        self.scheme, self.authority = scheme, authority
        config = h2.config.H2Configuration(client_side=True, header_encoding=None, validate_outbound_headers=False)
        self.protocol = h2.connection.H2Connection(config)
        self.streams = {}
        self.goaway = None
        self.settings = {}
        self.protocol.initiate_connection()
        self._flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def _flush(self):
        data = self.protocol.data_to_send()
        if data:
            self.connection.sendall(data)

    def open(self, method="GET", path="/", fields=(), end=True, pseudo=()):
        """Sends a request's head; the stream's number."""
        number = self.protocol.get_next_available_stream_id()
        head = [(":method", method), (":scheme", self.scheme), (":authority", self.authority), (":path", path)]
        self.streams[number] = Stream()
        self.protocol.send_headers(number, [*head, *pseudo, *fields], end_stream=end)
        self._flush()
        return number

    def send(self, number, data, end=True):
        """Sends a body's bytes as the other side gives room."""
        at = 0
        while at < len(data):
            window = self.protocol.local_flow_control_window(number)
            room = min(window, self.protocol.max_outbound_frame_size, len(data) - at)
            if room == 0:
                self.receive()
                continue
            self.protocol.send_data(number, data[at:at + room])
            self._flush()
            at += room
        if end:
            self.protocol.end_stream(number)
            self._flush()

    def end_with(self, number, trailers):
        """Ends a body with trailers."""
        self.protocol.send_headers(number, trailers, end_stream=True)
        self._flush()

    def give_up(self, number, code):
        """Resets a stream with this error code."""
        self.protocol.reset_stream(number, code)
        self._flush()

    def receive(self):
        """Takes in what comes next; Refused when the connection is over."""
        try:
            data = self.connection.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Refused(self.goaway)
        for event in self.protocol.receive_data(data):
            self._sort(event)
        self._flush()

    def _sort(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RemoteSettingsChanged):
            self.settings.update({int(code): changed.new_value for code, changed in event.changed_settings.items()})
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = int(event.error_code)
        elif stream is not None:
            self._sort_into(stream, event)

    def _sort_into(self, stream, event):
        if isinstance(event, h2.events.ResponseReceived):
            stream.fields = _decoded(event.headers)
            stream.status = int(stream.fields.pop(":status"))
        elif isinstance(event, h2.events.InformationalResponseReceived):
            stream.interims.append(_decoded(event.headers))
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data
            self.protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = _decoded(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset = int(event.error_code)

    def until(self, number, condition):
        """Receives until `condition(stream)` holds; Refused when the stream is reset first."""
        stream = self.streams[number]
        while not condition(stream):
            if stream.reset is not None:
                raise Refused(stream.reset)
            self.receive()
        return stream

    def answer(self, number):
        """The whole answer of a stream."""
        return self.until(number, lambda stream: stream.ended)

    def ask(self, method="GET", path="/", fields=(), body=None):
        """A request and its whole answer."""
        number = self.open(method, path, fields, end=body is None)
        if body is not None:
            self.send(number, body)
        return self.answer(number)


class WebSocketTransport:
    """A stream of extended CONNECT (RFC 8441) as if it were a socket. Refused when there is no such stream to be had."""

    def __init__(self, client, path="/socket", fields=()):
        self.client = client
        client_settings = client.settings
        while not client_settings:
            client.receive()
        assert client_settings.get(8) == 1, "the server does not offer extended CONNECT"
        self.number = client.open("CONNECT", path, [("sec-websocket-version", "13"), *fields], end=False,
                                  pseudo=[(":protocol", "websocket")])
        status = client.until(self.number, lambda stream: stream.status).status
        if status != 200:
            raise Refused(status)

    def sendall(self, data):
        """As of a socket."""
        self.client.send(self.number, data, end=False)

    def recv(self, _most):
        """As of a socket."""
        stream = self.client.streams[self.number]
        while stream.taken == len(stream.body):
            if stream.ended or stream.reset is not None:
                return b""
            try:
                self.client.receive()
            except Refused:
                return b""
        return stream.take()

    def close(self):
        """Ends the stream; the connection stays."""
        try:
            self.client.protocol.end_stream(self.number)
            self.client._flush()  # pylint: disable=protected-access
        except (h2.exceptions.ProtocolError, OSError):
            pass
