"""Backends: one that keeps every byte it was sent, one that is told what to do byte by byte, and nginx."""
import pathlib
import socket
import subprocess
import threading

from .gateway import free_port
from .waiting import until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(body=b"ok", status=200, fields=""):
    """The bytes of an answer with a Content-Length."""
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
    return head.encode("latin1") + body


class Server:
    """Listens, and runs `serve(connection)` in a thread for each connection; the socket is closed afterwards. With `tls`,
    an SSLContext, the handshake comes first."""

    def __init__(self, serve, port=0, tls=None, host="127.0.0.1"):
        self.serve = serve
        self.tls = tls
        self.connections = 0
        self.open = set()
        self.listening = socket.create_server((host, port), backlog=256)
        self.port = self.listening.getsockname()[1]
        self.address = f"{host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open.add(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        try:
            if self.tls:
                self.open.discard(connection)
                connection = self.tls.wrap_socket(connection, server_side=True)
                self.open.add(connection)
            self.serve(connection)
        except (OSError, ValueError):
            pass
        finally:
            self.open.discard(connection)
            connection.close()

    def hang_up(self):
        """Closes every open connection."""
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        """Stops listening and closes what is open."""
        try:
            self.listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listening.close()
        self.hang_up()


class Recorder(Server):
    """An HTTP/1.1 backend that keeps what it was sent, byte by byte, and answers as it is told.

    `answer(request_bytes)` gives the bytes to send back, or None to close without a word."""

    def __init__(self, answer_to=None, port=0, tls=None, host="127.0.0.1"):
        self.answer_to = answer_to or (lambda request: OK)
        self.requests = []
        super().__init__(self._serve, port, tls, host)

    def _serve(self, connection):
        reader = connection.makefile("rb")
        while (request := read_request(reader)) is not None:
            self.requests.append(request)
            given = self.answer_to(request)
            if given is None:
                return
            connection.sendall(given)
            if b"connection: close" in given.split(b"\r\n\r\n")[0].lower():
                return

    def last(self):
        """The last request, waited for: bytes of head and body."""
        until(lambda: self.requests, 5, "a request at the backend")
        return self.requests[-1]

    def to_path(self, path):
        """The requests so far whose target is `path`."""
        return [request for request in self.requests if request.split(b" ", 2)[1] == path.encode()]


def read_request(reader):
    """One request from a binary file: all its bytes, or None at the end, also when that comes in its middle."""
    head = read_head(reader)
    if head is None:
        return None
    lowered = head.lower()
    if b"\r\ntransfer-encoding: chunked\r\n" in lowered:
        return head + _read_chunks(reader)
    if b"\r\ncontent-length:" in lowered:
        length = int(lowered.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
        body = reader.read(length)
        return head + body if len(body) == length else None
    return head


def read_head(reader):
    """A head up to its empty line, or None at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = reader.readline(65536)
        if not line:
            return None
        head += line
    return head


def _read_chunks(reader):
    body = b""
    while True:
        line = reader.readline(1024)
        if not line:
            raise OSError("the end in the middle of a chunked body")
        body += line
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        body += reader.read(size + 2)
    while True:
        line = reader.readline(65536)
        body += line
        if line == b"\r\n":
            return body
        if not line:
            raise OSError("the end in the middle of the trailers")


def fields_of(request):
    """The fields of a request's head: lower-case name to the list of its values."""
    fields = {}
    for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, value = line.split(b":", 1)
        fields.setdefault(name.decode("latin1").lower(), []).append(value.strip().decode("latin1"))
    return fields


def body_of(request):
    """What follows the head."""
    return request.split(b"\r\n\r\n", 1)[1]


class Nginx:
    """Debian's nginx as the backend: it logs the forwarded certificate as a real backend sees it."""

    CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    log_format identity '$request_method $request_uri|$http_client_cert|$http_client_cert_chain|$http_client_cert_verdict';
    access_log {folder}/nginx-access.log identity;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    large_client_header_buffers 8 32k; keepalive_requests 1000000; client_max_body_size 0;
    server {{
        listen 127.0.0.1:{port};
        location / {{ {location} }}
    }}
}}
"""

    def __init__(self, folder, location="return 200 'hello from nginx\\n';"):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        config = self.folder / "nginx.conf"
        config.write_text(self.CONFIG.format(folder=self.folder, port=self.port, location=location))
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-e", self.folder / "nginx-error.log", "-c", config])
        until(self._answers, 10, "nginx to listen")

    def _answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def lines(self):
        """The access log's lines."""
        path = self.folder / "nginx-access.log"
        return path.read_text().splitlines() if path.exists() else []

    def close(self):
        """Ends nginx."""
        self.process.terminate()
        self.process.wait(10)
