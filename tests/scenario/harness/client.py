"""Clients: Python's ssl for what needs every byte under control, curl and openssl for what users do."""
import socket
import ssl
import subprocess


def context(trust, certificate=None, version=None, alpn=("http/1.1",)):
    """A client's TLS settings: it trusts `trust` (a path) and shows `certificate` (of harness.pki) if there is one."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(trust)
    if certificate:
        made.load_cert_chain(certificate.path, certificate.key_path)
    if version:
        made.minimum_version = made.maximum_version = version
    if alpn:
        made.set_alpn_protocols(list(alpn))
    return made


def connect(port, made, server_name="localhost", session=None, timeout=10):
    """A connected TLS socket. With TLS 1.3 a refused certificate shows at the first read."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    try:
        return made.wrap_socket(raw, server_hostname=server_name, session=session)
    except Exception:
        raw.close()
        raise


def read_answer(connection):
    """One answer from a socket: (status, fields, body)."""
    reader = connection.makefile("rb")
    status_line = reader.readline(65536)
    if not status_line:
        raise ConnectionError("closed without an answer")
    status = int(status_line.split()[1])
    fields = {}
    while (line := reader.readline(65536)) not in (b"\r\n", b""):
        name, value = line.split(b":", 1)
        fields[name.decode().lower()] = value.strip().decode("latin1")
    if fields.get("transfer-encoding") == "chunked":
        return status, fields, _read_chunked(reader)
    if "content-length" in fields:
        return status, fields, reader.read(int(fields["content-length"]))
    return status, fields, b"" if status in (204, 304) else reader.read()


def _read_chunked(reader):
    body = b""
    while size := int(reader.readline(1024).split(b";")[0], 16):
        body += reader.read(size)
        reader.readline(8)
    while reader.readline(65536) not in (b"\r\n", b""):
        continue
    return body


def ask(connection, request):
    """Sends request bytes and reads one answer."""
    connection.sendall(request)
    return read_answer(connection)


def get(connection, path="/", host="localhost", fields=""):
    """GET on an open connection; `fields` are further lines, each ended by CR LF."""
    return ask(connection, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode("latin1"))


def curl(port, trust, *arguments, certificate=None, host="localhost", path="/", timeout=20):
    """The real curl: (exit code, output, errors)."""
    line = ["curl", "-sS", "--cacert", trust, "--resolve", f"{host}:{port}:127.0.0.1"]
    if certificate:
        line += ["--cert", certificate.path, "--key", certificate.key_path]
    line += [*arguments, f"https://{host}:{port}{path}"]
    done = subprocess.run(list(map(str, line)), capture_output=True, text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout, done.stderr


def s_client(port, trust, *arguments, certificate=None, server_name="localhost", request=None, timeout=20):
    """openssl s_client with one request: everything that it printed."""
    line = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", trust, "-servername", server_name,
            "-ign_eof"]
    if certificate:
        line += ["-cert", certificate.path, "-key", certificate.key_path, "-cert_chain", certificate.path]
    request = request or f"GET / HTTP/1.1\r\nHost: {server_name}\r\nConnection: close\r\n\r\n"
    done = subprocess.run(list(map(str, [*line, *arguments])), input=request.encode(), capture_output=True,
                          timeout=timeout, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")
