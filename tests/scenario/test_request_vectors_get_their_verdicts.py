"""Other projects' collection of strange requests, through the real gateway: each gets its verdict, and what the backend
is sent is clean, byte for byte (testdata/http1)."""
import importlib.util
import json
import socket

import pytest

from harness import client
from harness.backend import OK, Server, read_request
from harness.gateway import ROOT, TESTDATA

CASES = TESTDATA / "http1"
WAIT_SECONDS = 0.3  # for the answers to requests that are not complete: there are none


def load_judge():
    """The script that judges the parser alone; its rules of cleanliness hold here too."""
    spec = importlib.util.spec_from_file_location("http1", ROOT / "tests" / "vectors" / "http" / "http1.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tap:
    """A reader of a connection that keeps every byte it gives."""

    def __init__(self, connection, kept):
        self.reader = connection.makefile("rb", buffering=0)
        self.kept = kept

    def read(self, length):
        """Exactly `length` bytes, or what there was before the end."""
        data = b""
        while len(data) < length and (more := self.reader.read(length - len(data))):
            self.kept += more
            data += more
        return data

    def readline(self, limit):
        """A line, byte by byte: nothing is read ahead."""
        line = b""
        while len(line) < limit and not line.endswith(b"\n") and (octet := self.read(1)):
            line += octet
        return line


@pytest.fixture(scope="module")
def tapped(stage):
    """A gateway, and the bytes of each connection that its backend got."""
    connections = []

    def serve(connection):
        kept = bytearray()
        connections.append(kept)
        tap = Tap(connection, kept)
        while read_request(tap) is not None:
            connection.sendall(OK)

    backend = stage.backend(serve)
    return stage.gateway(backend=backend.address), connections


def statuses_of(connection):
    """The statuses of all answers until the connection ends or falls silent."""
    connection.settimeout(WAIT_SECONDS)
    received = b""
    try:
        while more := connection.recv(65536):
            received += more
    except (socket.timeout, OSError):
        pass
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def is_as_wanted(want, statuses):
    """Whether the answers fit the verdict; incomplete requests have none. 501 is for codings other than chunked."""
    refused = bool(statuses) and 400 <= statuses[-1] < 600
    if want == "reject":
        return refused or not statuses
    return want == "either" or not refused or statuses[-1] == 501


@pytest.mark.timeout(600)
def test_every_vector_gets_its_verdict_and_the_backend_only_what_is_clean(stage, tapped):
    """All of them on connections of their own, as a client with a good certificate."""
    if not CASES.is_dir():
        pytest.skip(f"{CASES} is not there")
    judge = load_judge()
    gateway, connections = tapped
    context = stage.context(stage.issue())
    cases = [case for name in judge.FILES for case in json.loads((CASES / name).read_text(encoding="utf-8"))]
    wrong = []
    for case in cases:
        with client.connect(gateway.port, context) as connection:
            connection.sendall(case["raw"].encode("latin1"))
            statuses = statuses_of(connection)
        if not is_as_wanted(case["want"], statuses):
            wrong.append(f"{case['name']}: wanted {case['want']}, got {statuses}")
    unclean = [problem for kept in connections if (problem := judge.unclean(bytes(kept)))]
    assert not wrong and not unclean
    assert sum(len(kept) for kept in connections) > 0
