"""A request that another reader would find inside of a message could travel under another client's identity.

CVE-2023-25725 (empty field name), CVE-2021-40346 (length of a name that overflows), CVE-2026-42926, CVE-2025-64763,
CVE-2025-61730, and the classic disagreements on Content-Length and Transfer-Encoding."""
import pytest

from harness import client
from harness.backend import fields_of

HIDDEN = "GET /hidden HTTP/1.1\r\nHost: localhost\r\nX-Hidden: yes\r\n\r\n"
LENGTH = f"Content-Length: {len(HIDDEN)}\r\n"
END = "0\r\n\r\n"
LONG = "a" * 270

# (fields, body): to one reader the body holds HIDDEN, to the other HIDDEN comes after it.
DISAGREEMENTS = {
    "CL.TE": (f"Content-Length: {len(END + HIDDEN)}\r\nTransfer-Encoding: chunked\r\n", END + HIDDEN),
    "TE.CL": (f"Transfer-Encoding: chunked\r\nContent-Length: {len(END + HIDDEN)}\r\n", END + HIDDEN),
    "CL.0": ("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", END + HIDDEN),
    "two lengths": (f"Content-Length: 0\r\n{LENGTH}", HIDDEN),
    "two lengths, the other way round": (f"{LENGTH}Content-Length: 0\r\n", HIDDEN),
    "a list of lengths": (f"Content-Length: {len(HIDDEN)}, 0\r\n", HIDDEN),
    "a length with a sign": (f"Content-Length: +{len(HIDDEN)}\r\n", HIDDEN),
    "a negative length": ("Content-Length: -1\r\n", HIDDEN),
    "a length in hexadecimal": (f"Content-Length: {len(HIDDEN):#x}\r\n", HIDDEN),
    "a length with a blank in it": (f"Content-Length: {str(len(HIDDEN))[0]} {str(len(HIDDEN))[1:]}\r\n", HIDDEN),
    "a length that wraps at 64 bits": (f"Content-Length: {(1 << 64) + len(HIDDEN)}\r\n", HIDDEN),
    "a length that wraps at 32 bits": (f"Content-Length: {(1 << 32) + len(HIDDEN)}\r\n{LENGTH}", HIDDEN),
    "a length behind a tab in the name": (f"Content-Length\t: {len(HIDDEN)}\r\n", HIDDEN),
    "a length after a blank": (f" {LENGTH}", HIDDEN),
    "a folded length": (f"Content-Length:\r\n {len(HIDDEN)}\r\n", HIDDEN),
    "an underscored length": (f"Content_Length: {len(HIDDEN)}\r\n", HIDDEN),
    "chunked twice": (f"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n{LENGTH}", END + HIDDEN),
    "chunked and identity": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", END + HIDDEN),
    "identity and chunked": ("Transfer-Encoding: identity, chunked\r\n", END + HIDDEN),
    "chunked in quotes": (f"Transfer-Encoding: \"chunked\"\r\n{LENGTH}", END + HIDDEN),
    "chunked with a tail": (f"Transfer-Encoding: chunkedx\r\n{LENGTH}", END + HIDDEN),
    "chunked behind a vertical tab": (f"Transfer-Encoding: \x0bchunked\r\n{LENGTH}", END + HIDDEN),
    "chunked behind NUL": (f"Transfer-Encoding: \0chunked\r\n{LENGTH}", END + HIDDEN),
    "chunked with a blank before the colon": (f"Transfer-Encoding : chunked\r\n{LENGTH}", END + HIDDEN),
    "an underscored coding": (f"Transfer_Encoding: chunked\r\n{LENGTH}", END + HIDDEN),
    "a bare line feed": (f"X: y\nTransfer-Encoding: chunked\r\n{LENGTH}", END + HIDDEN),
    "a bare carriage return": (f"X: y\rTransfer-Encoding: chunked\r\n{LENGTH}", END + HIDDEN),
    "an empty name": (f": x\r\nTransfer-Encoding: chunked\r\n{LENGTH}", END + HIDDEN),
    "a name that overflows": (f"Content-Length0{LONG}:\r\n{LENGTH}", HIDDEN),
    "a chunk size that wraps": ("Transfer-Encoding: chunked\r\n", f"1{0:016x}\r\n{END}{HIDDEN}"),
    "a chunk size with a blank": ("Transfer-Encoding: chunked\r\n", f"0 \r\n\r\n{HIDDEN}"),
    "a chunk that ends with a line feed": ("Transfer-Encoding: chunked\r\n", f"1\r\nx\n0\r\n\r\n{HIDDEN}"),
    "a chunk extension with a line feed": ("Transfer-Encoding: chunked\r\n", f"2;\nxx\r\n4c\r\n{END}{HIDDEN}"),
    "a chunk extension with a carriage return": ("Transfer-Encoding: chunked\r\n", f"1;a\rb\r\nx\r\n{END}{HIDDEN}"),
}


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway, its backend, and two clients."""
    backend = stage.recorder()
    gateway = stage.gateway(backend=backend.address)
    return gateway, backend, stage.context(stage.issue("mallory")), stage.issue("alice")


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_it_is_refused_and_nobody_inherits_it(stage, scene, name):
    """One answer, 4xx or 501, then the end; the next client's request is its own."""
    gateway, backend, mallory, alice = scene
    fields, body = DISAGREEMENTS[name]
    before = len(backend.requests)
    with client.connect(gateway.port, mallory) as connection:
        connection.sendall(f"POST /outer HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{body}".encode("latin1"))
        status, got, _ = client.read_answer(connection)
        if name == "a name that overflows":
            assert status == 200 and fields_of(backend.last())["content-length"] == [str(len(HIDDEN))]
            before += 1
        else:
            assert (400 <= status < 500 or status == 501) and got["connection"] == "close"
            assert connection.recv(1) == b""
    assert len(backend.requests) == before
    assert client.get_once(gateway.port, stage.context(alice), "/inner")[0] == 200
    request = backend.last()
    assert request.startswith(b"GET /inner ") and b"X-Hidden" not in request.split(b"\r\n\r\n")[0]
    assert not backend.to_path("/hidden")
