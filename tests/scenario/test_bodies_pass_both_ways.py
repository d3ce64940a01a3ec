"""Bodies of every framing, in both directions, with trailers; and answers that have none."""
import hashlib
import os

import pytest

from harness import client
from harness.backend import answer, body_of, fields_of, read_request

CHUNKED = "Transfer-Encoding: chunked\r\n"


def unchunked(body):
    """The content of a chunked body as the recorder keeps it, and its trailers."""
    content = b""
    while True:
        line, body = body.split(b"\r\n", 1)
        size = int(line, 16)
        if size == 0:
            return content, body
        content, body = content + body[:size], body[size + 2:]


class Scene:
    """A gateway whose backend answers each path with what a story put there."""

    def __init__(self, stage):
        self.answers = {}
        self.backend = stage.recorder(lambda request: self.answers.get(request.split(b" ", 2)[1], answer()))
        self.gateway = stage.gateway(backend=self.backend.address)
        self.made = stage.context(stage.issue())

    def connect(self):
        """A client's connection."""
        return client.connect(self.gateway.port, self.made)

    def get(self, answer_bytes, method="GET"):
        """What a client gets when the backend answers so, and whether the connection goes on."""
        self.answers[b"/x"] = answer_bytes
        with self.connect() as connection:
            got = client.ask(connection, client.request_bytes("/x", method=method), method)
            again = got[1].get("connection") != "close" and client.get(connection, "/y")[0] == 200
        return got, again


@pytest.fixture(scope="module")
def scene(stage):
    """The scene of this file."""
    return Scene(stage)


@pytest.mark.parametrize("size", [0, 1, 1000, 16384, 100000, 3000001])
def test_requests_with_a_length(scene, size):
    """Byte for byte."""
    body = os.urandom(size)
    with scene.connect() as connection:
        assert client.ask(connection, client.request_bytes("/up", method="POST", body=body))[0] == 200
    request = scene.backend.last()
    assert body_of(request) == body
    assert fields_of(request)["content-length"] == [str(size)]


@pytest.mark.parametrize("pieces", [[], [b"x"], [b"hello", b" ", b"world"], [b"y" * 70000] * 3])
def test_requests_in_chunks(scene, pieces):
    """The chunks may be cut anew, the content may not; no length is made up."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    with scene.connect() as connection:
        request = client.request_bytes("/up", method="POST", fields=CHUNKED) + chunks + b"0\r\n\r\n"
        assert client.ask(connection, request)[0] == 200
        assert client.get(connection, "/next")[0] == 200
    request = scene.backend.to_path("/up")[-1]
    assert unchunked(body_of(request))[0] == b"".join(pieces)
    assert "content-length" not in fields_of(request)


def test_chunk_extensions_end_here(scene):
    """Nobody behind has to understand them."""
    with scene.connect() as connection:
        request = client.request_bytes("/up", method="POST", fields=CHUNKED)
        assert client.ask(connection, request + b'5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n')[0] == 200
    body = body_of(scene.backend.last())
    assert unchunked(body)[0] == b"hello" and b";" not in body


@pytest.mark.parametrize("chunk", [b"5\nhello\r\n", b"5\r\nhelloXX", b"-5\r\nhello\r\n", b"0x5\r\nhello\r\n",
                                   b"5 \r\nhello\r\n",
                                   b"fffffffffffffffff\r\nhello\r\n", b"\r\nhello\r\n", b"5;" + b"x" * 100000])
def test_broken_chunks_are_refused(scene, chunk):
    """400, the connection ends, and the backend never has a whole request."""
    before = len(scene.backend.to_path("/broken"))
    with scene.connect() as connection:
        request = client.request_bytes("/broken", method="POST", fields=CHUNKED)
        status, fields, _ = client.ask(connection, request + chunk + b"0\r\n\r\n")
        assert (status, fields["connection"]) == (400, "close")
    assert len(scene.backend.to_path("/broken")) == before
    assert scene.gateway.refusal(reason="chunk")["status"] == 400


def test_trailers_of_a_request(scene):
    """After the content, where they were."""
    with scene.connect() as connection:
        request = client.request_bytes("/up", method="POST", fields=CHUNKED + "Trailer: X-Sum\r\n")
        assert client.ask(connection, request + b"2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n")[0] == 200
    assert unchunked(body_of(scene.backend.last())) == (b"hi", b"X-Sum: 7\r\n\r\n")


def chunked_answer(content, trailers=b""):
    """An answer in chunks of 1,000 bytes."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(content[i:i + 1000]), content[i:i + 1000])
                      for i in range(0, len(content), 1000))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n" + trailers + b"\r\n"


@pytest.mark.parametrize("size", [0, 1, 999, 250000])
def test_answers_of_every_framing(scene, size):
    """With a length, in chunks, until the backend closes: the client gets the same and can go on."""
    content = os.urandom(size)
    for given in (answer(content), chunked_answer(content),
                  b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + content,
                  answer(content, fields="Connection: close\r\n")):
        (status, _, body), again = scene.get(given)
        assert (status, hashlib.sha256(body).digest(), again) == (200, hashlib.sha256(content).digest(), True)


def test_trailers_of_an_answer(scene):
    """They reach the client."""
    (status, fields, body), again = scene.get(chunked_answer(b"hello", b"X-Sum: 7\r\n"))
    assert (status, body, fields.get("x-sum"), again) == (200, b"hello", "7", True)


def test_an_answer_to_http_1_0_has_no_chunks(scene):
    """Its end is the end of the connection."""
    scene.answers[b"/x"] = chunked_answer(b"hello")
    with scene.connect() as connection:
        connection.sendall(b"GET /x HTTP/1.0\r\nHost: localhost\r\n\r\n")
        status, fields, body = client.read_answer(connection)
    assert (status, body) == (200, b"hello") and "transfer-encoding" not in fields


@pytest.mark.parametrize("given, method", [
    (b"HTTP/1.1 204 No Content\r\n\r\n", "GET"), (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", "GET"),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "HEAD"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD"), (b"HTTP/1.1 200 OK\r\n\r\n", "HEAD")])
def test_answers_without_a_body_end_at_their_head(scene, given, method):
    """HEAD, 204 and 304, whatever their fields say (RFC 9112 section 6.3); both connections go on."""
    (status, fields, body), again = scene.get(given, method)
    assert (status, body, again) == (int(given.split()[1]), b"", True)
    if b"1000" in given:
        assert fields["content-length"] == "1000"


@pytest.mark.parametrize("given", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", b"HTTP/1.1 200 OK\nX: y\n\n",
    b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"nonsense\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n"])
def test_broken_answers_become_502(scene, given):
    """The client is told by us, in clean words."""
    (status, _, body), _ = scene.get(given)
    assert status == 502 and b"reason: backend-malformed" in body


def test_an_answer_may_come_before_the_request_is_over(stage):
    """A backend that refuses early and closes: its answer arrives, in spite of the unread body."""
    def serve(connection):
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        connection.sendall(answer(b"too much", 413, "Connection: close\r\n"))
        connection.settimeout(5)
        while connection.recv(65536):
            continue
    gateway = stage.gateway(backend=stage.backend(serve).address)
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        request = client.request_bytes("/", method="POST", fields="Content-Length: 100000000\r\n")
        connection.sendall(request + b"x" * 5000)
        status, _, body = client.read_answer(connection)
    assert (status, body) == (413, b"too much")


def test_expect_is_answered(scene):
    """100 first, then the body is sent, then the answer; the backend does not have to know of it."""
    with scene.connect() as connection:
        fields = "Expect: 100-continue\r\nContent-Length: 5\r\n"
        connection.sendall(client.request_bytes("/e", method="POST", fields=fields))
        reader = connection.makefile("rb", buffering=0)
        assert client.read_head(reader)[0] == 100
        connection.sendall(b"hello")
        assert client.read_answer(reader)[0] == 200
    assert body_of(scene.backend.last()) == b"hello"


def test_expect_of_a_refused_request_is_answered_at_once(scene):
    """No 100: the client need not send what nobody wants."""
    with scene.connect() as connection:
        fields = "Expect: 100-continue\r\nContent-Length: 5\r\nClient-Cert: x\r\n"
        connection.sendall(client.request_bytes("/e", method="POST", fields=fields))
        assert client.read_head(connection.makefile("rb", buffering=0))[0] == 400


def test_another_expectation_fails(scene):
    """417 (RFC 9110 section 10.1.1)."""
    with scene.connect() as connection:
        assert client.get(connection, fields="Expect: miracles\r\n")[0] == 417


def test_interim_answers_pass(stage):
    """103 and other hints reach the client before the answer, 100 and 101 do not."""
    def serve(connection):
        reader = connection.makefile("rb")
        while read_request(reader) is not None:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer())
    gateway = stage.gateway(backend=stage.backend(serve).address)
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        connection.sendall(client.request_bytes("/") * 2)
        reader = connection.makefile("rb", buffering=0)
        for _ in range(2):
            status, fields = client.read_head(reader)
            assert (status, fields["link"]) == (103, "</a>")
            assert client.read_answer(reader)[0] == 200
