"""Bodies larger than every buffer on the way arrive whole, whatever the pace of those who read them."""
import hashlib
import threading
import time

import pytest

from harness import client
from harness.backend import answer, read_head

LARGE = bytes(range(256)) * (32 << 12)  # 32 MB


@pytest.fixture(scope="module")
def gateway(stage):
    """A gateway whose backend answers /download with LARGE, and everything else with what it thinks of the body."""
    def serve(connection):
        reader = connection.makefile("rb")
        while (head := read_head(reader)) is not None:
            if head.startswith(b"GET /download"):
                connection.sendall(answer(LARGE))
            elif head.startswith(b"GET /chunks"):
                send_chunks(connection)
            else:
                connection.sendall(answer(digest_of(reader, head).encode()))

    return stage.gateway(backend=stage.backend(serve).address)


def send_chunks(connection):
    """LARGE in chunks of all sizes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    at, size = 0, 1
    while at < len(LARGE):
        part = LARGE[at:at + size]
        connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        at, size = at + size, size * 3 % 99991 + 1
    connection.sendall(b"0\r\n\r\n")


def digest_of(reader, head):
    """The digest of the request's body."""
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    digest = hashlib.sha256()
    while length:
        more = reader.read(min(length, 100000))
        digest.update(more)
        length -= len(more)
        time.sleep(0.0005)
    return digest.hexdigest()


def read_slowly(reader, length):
    """The bytes, with a pause now and then."""
    body = bytearray()
    while len(body) < length:
        more = reader.read(min(500000, length - len(body)))
        assert more, f"the answer ended after {len(body)} bytes"
        body += more
        time.sleep(0.002)
    return bytes(body)


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("path", ["/download", "/chunks"])
def test_a_large_answer_arrives_whole(stage, gateway, path, version):
    """Several at once, so that they meet full buffers at every place."""
    context = stage.context(stage.issue(), version)
    failures = []

    def fetch():
        try:
            with client.connect(gateway.port, context) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                reader = connection.makefile("rb")
                status, fields = client.read_head(reader)
                assert status == 200
                assert body_of(reader, fields) == LARGE
        except (AssertionError, OSError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=fetch) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def body_of(reader, fields):
    """The body, by its framing."""
    if "content-length" in fields:
        return read_slowly(reader, int(fields["content-length"]))
    parts = []
    while size := int(reader.readline(), 16):
        parts.append(read_slowly(reader, size))
        assert reader.readline() == b"\r\n"
    return b"".join(parts)


def test_a_large_request_arrives_whole(stage, gateway):
    """The backend reads it in small pieces."""
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        connection.sendall(b"PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(LARGE))
        connection.sendall(LARGE)
        status, _, body = client.read_answer(connection.makefile("rb"))
    assert (status, body.decode()) == (200, hashlib.sha256(LARGE).hexdigest())
