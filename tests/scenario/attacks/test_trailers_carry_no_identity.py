"""A forged identity behind a chunked body is a forged identity."""
import pytest

from harness import client, hosts

HOST = hosts.name("required")


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway, its backend, and a client's settings."""
    backend = stage.recorder()
    return hosts.start(stage, backend), backend, stage.context(stage.issue())


def post(scene, path, trailers, fields=""):
    """A chunked request with these trailers; the answer's status."""
    gateway, _, made = scene
    body = "5\r\nhello\r\n0\r\n" + "".join(line + "\r\n" for line in trailers) + "\r\n"
    request = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n{fields}\r\n{body}"
    with client.connect(gateway.port, made, server_name=HOST) as connection:
        return client.ask(connection, request.encode())[0]


@pytest.mark.parametrize("name", ["Client-Cert", "client_cert", "CLIENT.CERT", "X-SSL-Client-Cert", "Client-Cert-Chain",
                                  "client-cert-verdict"])
def test_refused_or_stripped(scene, name):
    """Refused: the backend never has a whole request. Stripped: it has one without the trailer."""
    _, backend, _ = scene
    before = len(backend.requests)
    assert post(scene, "/refuse", ["X-Sum: 1", f"{name}: forged"]) == 400
    assert len(backend.requests) == before
    assert post(scene, "/strip", ["X-Sum: 1", f"{name}: forged"], f"Trailer: X-Sum, {name}\r\n") == 200
    request = backend.last()
    assert b"forged" not in request and b"\r\nX-Sum: 1\r\n" in request


@pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding", "Host", "content_length"])
def test_framing_does_not_come_after_the_body(scene, name):
    """Refused, or gone when it reaches the backend."""
    _, backend, _ = scene
    before = len(backend.requests)
    if post(scene, "/strip", [f"{name}: 7"]) == 200:
        assert f"\r\n{name}: 7".lower().encode() not in backend.last().lower()
    else:
        assert len(backend.requests) == before


def test_honest_trailers_arrive(scene):
    """They are passed on as they came."""
    _, backend, _ = scene
    assert post(scene, "/refuse", ["X-Checksum: abc", "X-Signature: def"]) == 200
    assert backend.last().endswith(b"0\r\nX-Checksum: abc\r\nX-Signature: def\r\n\r\n")
