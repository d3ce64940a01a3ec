"""A server of HTTP/2 without TLS that does with each request what a story says; the protocol is Debian's python3-h2."""
import socket
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions


class H2Server:
    """`behave(connection, request)` is called with two numbers, each counted from 1: the connection's and the request's
    among all. It says what happens to the request: "answer", "refuse" (REFUSED_STREAM), "leave" (GOAWAY that leaves it
    out), or "hold" until `release` is called. `requests` lists (connection, method, path) of all that came."""

    def __init__(self, behave=lambda connection, request: "answer"):
        self.behave = behave
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


class _Connection:
    def __init__(self, server, connection, number):
        self.server, self.connection, self.number = server, connection, number
        self.lock = threading.Lock()
        self.protocol = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="latin1"))

    def serve(self):
        """Until the client goes."""
        with self.connection:
            self._send(self.protocol.initiate_connection)
            try:
                while data := self.connection.recv(65536):
                    with self.lock:
                        events = self.protocol.receive_data(data)
                    for event in events:
                        self._take(event)
                    self._send(lambda: None)
            except (OSError, h2.exceptions.ProtocolError):
                pass

    def _send(self, act):
        with self.lock:
            act()
            self.connection.sendall(self.protocol.data_to_send())

    def _take(self, event):
        if isinstance(event, h2.events.DataReceived):
            self.protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if not isinstance(event, h2.events.RequestReceived):
            return
        fields = dict(event.headers)
        with self.server.lock:
            self.server.requests.append((self.number, fields[":method"], fields[":path"]))
            count = len(self.server.requests)
        getattr(self, "_" + self.server.behave(self.number, count))(event.stream_id)

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
