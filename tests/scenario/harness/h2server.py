"""A server of HTTP/2 without TLS that does with each request what a story says; the protocol is Debian's python3-h2."""
import socket
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from .waiting import until


class H2Server:
    """`behave(connection, request)` is called with two numbers, each counted from 1: the connection's and the request's
    among all. It says what happens to the request: "answer", "refuse" (REFUSED_STREAM), "leave" (GOAWAY that leaves it
    out), "hold" until `release` is called, or a function that is run in a thread of its own with the `Asked` request
    and answers by its methods. `requests` lists (connection, method, path) of all that came.
    `settings` are said besides the usual ones, by number, when the first bytes of a client have come."""

    def __init__(self, behave=lambda connection, request: "answer", settings=()):
        self.behave = behave
        self.settings = dict(settings)
        self.requests = []
        self.connections = 0
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def release(self):
        """Lets held requests be answered."""
        self.released.set()

    def close(self):
        """Takes no more connections; those that stand end with their client."""
        self.released.set()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=_Connection(self, connection, self.connections).serve, daemon=True).start()


class Asked:
    """A request and what has come of it so far; what is sent goes out as it is given, right or wrong."""

    def __init__(self, connection, number, fields):
        self.connection, self.number = connection, number
        self.fields = [(name, value) for name, value in fields]
        self.body = bytearray()
        self.trailers = None
        self.ended = False
        self.reset = None

    def whole(self):
        """Waits for the end of the body; the request."""
        until(lambda: self.ended, 10, "the request's end")
        return self

    def head(self, fields, end=False):
        """Sends a head, or trailers."""
        self.connection.send(lambda protocol: protocol.send_headers(self.number, fields, end_stream=end))

    def data(self, data, end=True):
        """Sends bytes of the body that fit into the window."""
        self.connection.send(lambda protocol: protocol.send_data(self.number, data, end_stream=end))

    def data_and_enough(self, data):
        """The body's end, and in the same breath that no more of the request is wanted (RFC 9113 section 8.1)."""
        def act(protocol):
            protocol.send_data(self.number, data, end_stream=True)
            protocol.reset_stream(self.number, h2.errors.ErrorCodes.NO_ERROR)
        self.connection.send(act)

    def give_up(self, code):
        """Resets the stream."""
        self.connection.send(lambda protocol: protocol.reset_stream(self.number, code))


class _Connection:
    def __init__(self, server, connection, number):
        self.server, self.connection, self.number = server, connection, number
        self.lock = threading.Lock()
        self.asked = {}
        self.protocol = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="latin1", validate_outbound_headers=False, normalize_inbound_headers=False))
        if server.settings:
            self.protocol.local_settings = h2.settings.Settings(client=False, initial_values=server.settings)

    def serve(self):
        """Until the client goes."""
        with self.connection:
            try:
                first = self.connection.recv(65536)
                self._send(self.protocol.initiate_connection)
                self._take_in(first)
                while data := self.connection.recv(65536):
                    self._take_in(data)
            except (OSError, h2.exceptions.ProtocolError):
                pass

    def _take_in(self, data):
        with self.lock:
            events = self.protocol.receive_data(data)
        for event in events:
            self._take(event)
        self._send(lambda: None)

    def send(self, act):
        """Does this with the protocol and sends what comes of it."""
        self._send(lambda: act(self.protocol))

    def _send(self, act):
        with self.lock:
            act()
            self.connection.sendall(self.protocol.data_to_send())

    def _take(self, event):
        if isinstance(event, h2.events.DataReceived):
            self.protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if getattr(event, "stream_id", None) in self.asked:
            self._note(self.asked[event.stream_id], event)
        if not isinstance(event, h2.events.RequestReceived):
            return
        fields = dict(event.headers)
        asked = self.asked[event.stream_id] = Asked(self, event.stream_id, event.headers)
        with self.server.lock:
            self.server.requests.append((self.number, fields[":method"], fields[":path"]))
            count = len(self.server.requests)
        what = self.server.behave(self.number, count)
        if callable(what):
            threading.Thread(target=what, args=(asked,), daemon=True).start()
        else:
            getattr(self, "_" + what)(event.stream_id)

    @staticmethod
    def _note(asked, event):
        if isinstance(event, h2.events.DataReceived):
            asked.body += event.data
        elif isinstance(event, h2.events.TrailersReceived):
            asked.trailers = list(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            asked.ended = True
        elif isinstance(event, h2.events.StreamReset):
            asked.reset = int(event.error_code)

    def _answer(self, stream):
        self._send(lambda: self.protocol.send_headers(stream, [(":status", "200"), ("content-length", "2")]))
        self._send(lambda: self.protocol.send_data(stream, b"ok", end_stream=True))

    def _refuse(self, stream):
        self._send(lambda: self.protocol.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM))

    def _leave(self, stream):
        self._send(lambda: self.protocol.close_connection(last_stream_id=stream - 2 if stream > 1 else 0))

    def _hold(self, stream):
        def answer():
            self.server.released.wait(30)
            self._answer(stream)
        threading.Thread(target=answer, daemon=True).start()
