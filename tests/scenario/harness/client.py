"""Clients: Python's ssl for what needs every byte under control, curl and openssl for what users do."""
import re
import socket
import ssl
import subprocess

TLS12 = ssl.TLSVersion.TLSv1_2
TLS13 = ssl.TLSVersion.TLSv1_3
VERSIONS = (TLS12, TLS13)

# What OpenSSL calls the alerts of RFC 8446 section 6 that it receives.
ALERTS = {
    "handshake failure": 40, "bad certificate": 42, "unsupported certificate": 43, "certificate revoked": 44,
    "certificate expired": 45, "certificate unknown": 46, "illegal parameter": 47, "unknown ca": 48, "access denied": 49,
    "decode error": 50, "decrypt error": 51, "protocol version": 70, "internal error": 80, "unrecognized name": 112,
    "certificate required": 116, "no application protocol": 120, "unexpected message": 10, "record overflow": 22,
}


def context(trust, certificate=None, version=None, alpn=("http/1.1",), ciphers=None):
    """A client's TLS settings: it trusts `trust` (a path) and shows `certificate` (of harness.pki) if there is one."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(trust)
    if ciphers:
        made.set_ciphers(ciphers)
    if certificate:
        made.load_cert_chain(certificate.path, certificate.key_path)
    if version:
        made.minimum_version = made.maximum_version = version
    if alpn:
        made.set_alpn_protocols(list(alpn))
    return made


def tcp(port, timeout=20, source="127.0.0.1", nagle=True):
    """A TCP connection from the loopback address `source`. Without Nagle's delay a first request does not wait 40 ms for
    an acknowledgement of the handshake."""
    made = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, not nagle)
    return made


def connect(port, made, server_name="localhost", session=None, timeout=20, source="127.0.0.1", before=b"", nagle=True):
    """A connected TLS socket; `before` is sent in the clear. With TLS 1.3 a refused certificate shows at the first
    read."""
    raw = tcp(port, timeout, source, nagle)
    try:
        raw.sendall(before)
        made.check_hostname = server_name is not None and made.verify_mode != ssl.CERT_NONE
        return made.wrap_socket(raw, server_hostname=server_name, session=session)
    except BaseException:
        raw.close()
        raise


def alert_in(text):
    """The number of the alert that an error message of OpenSSL names, or None."""
    text = text.lower().replace("_", " ")
    for name, number in ALERTS.items():
        if re.search(rf"\b(alert|tlsv1|tlsv13) {name}\b", text):
            return number
    return None


def refused_alert(port, made, **options):
    """Connects and expects to be refused in the handshake; the number of the alert that said so."""
    try:
        with connect(port, made, **options) as connection:
            received = connection.recv(1)
    except ssl.SSLError as error:
        number = alert_in(str(error))
        assert number is not None, f"refused, but without an alert: {error}"
        return number
    raise AssertionError(f"not refused: {received!r}")


def read_answer(reader, method="GET"):
    """One answer from a socket or a binary file: (status, fields, body). Interim answers are passed over."""
    reader = reader if hasattr(reader, "readline") else reader.makefile("rb", buffering=0)
    status, fields = read_head(reader)
    while status < 200:
        status, fields = read_head(reader)
    if method == "HEAD" or status in (204, 304):
        return status, fields, b""
    if fields.get("transfer-encoding") == "chunked":
        return status, fields, _read_chunked(reader, fields)
    if "content-length" in fields:
        return status, fields, read_exactly(reader, int(fields["content-length"]))
    return status, fields, read_to_end(reader)


def read_head(reader):
    """Status and fields of one answer's head; names in lower case, values joined by commas."""
    status_line = reader.readline(65536)
    if not status_line:
        raise ConnectionError("closed without an answer")
    fields = {}
    while (line := reader.readline(65536)) not in (b"\r\n", b""):
        name, value = line.split(b":", 1)
        _add_field(fields, name, value)
    return int(status_line.split()[1]), fields


def _add_field(fields, name, value):
    name, value = name.decode().lower(), value.strip().decode("latin1")
    fields[name] = fields[name] + ", " + value if name in fields else value


def read_exactly(reader, length):
    """`length` bytes, or fewer when the end comes first."""
    parts = []
    while length > 0 and (part := reader.read(min(length, 1 << 16))):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def read_to_end(reader):
    """Everything up to the end."""
    parts = []
    while part := reader.read(1 << 16):
        parts.append(part)
    return b"".join(parts)


def _read_chunked(reader, fields):
    """The body; trailers are added to `fields`."""
    parts = []
    while size := int(reader.readline(1024).split(b";")[0], 16):
        parts.append(read_exactly(reader, size))
        read_exactly(reader, 2)
    while (line := reader.readline(65536)) not in (b"\r\n", b""):
        _add_field(fields, *line.split(b":", 1))
    return b"".join(parts)


def ask(connection, request, method="GET"):
    """Sends request bytes and reads one answer."""
    connection.sendall(request)
    return read_answer(connection, method)


def request_bytes(path="/", host="localhost", fields="", method="GET", body=None):
    """A request; `fields` are further lines, each ended by CR LF."""
    if body is not None:
        fields += f"Content-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode("latin1") + (body or b"")


def get(connection, path="/", host="localhost", fields=""):
    """GET on an open connection."""
    return ask(connection, request_bytes(path, host, fields))


def get_once(port, made, path="/", host="localhost", fields="", **options):
    """GET on a connection of its own, for the server name `host` unless told otherwise."""
    with connect(port, made, **{"server_name": host, **options}) as connection:
        return get(connection, path, host, fields)


def session_of(connection):
    """The session to resume: with TLS 1.3 the ticket has come when an answer has."""
    assert connection.session is not None and connection.session.has_ticket, "no ticket came"
    return connection.session


def curl(port, trust, *arguments, certificate=None, host="localhost", path="/", timeout=30):
    """The real curl: (exit code, output, errors)."""
    line = ["curl", "-sS", "--cacert", trust, "--resolve", f"{host}:{port}:127.0.0.1"]
    if certificate:
        line += ["--cert", certificate.path, "--key", certificate.key_path]
    line += [*arguments, f"https://{host}:{port}{path}"]
    done = subprocess.run(list(map(str, line)), capture_output=True, text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout, done.stderr


def s_client(port, trust, *arguments, certificate=None, server_name="localhost", request=None, timeout=30):
    """openssl s_client with one request: everything that it printed."""
    line = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", trust, "-servername", server_name,
            "-ign_eof"]
    if certificate:
        line += ["-cert", certificate.path, "-key", certificate.key_path, "-cert_chain", certificate.path]
    request = request or f"GET / HTTP/1.1\r\nHost: {server_name}\r\nConnection: close\r\n\r\n"
    done = subprocess.run(list(map(str, [*line, *arguments])), input=request.encode(), capture_output=True,
                          timeout=timeout, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")
