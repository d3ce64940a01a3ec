"""Hundreds of HTTP/1 requests, good, ambiguous and malformed, through the real gateway: what the backend gets is clean.

CVE-2021-40346, CVE-2023-25725, CVE-2026-42926, CVE-2025-64763 and their kin: requests that two readers read
differently."""
import json
import queue
import re
import socket
import ssl
import threading

import pytest

from harness import client
from harness.backend import OK
from harness.gateway import TESTDATA

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    timeouts: { idle: 600ms, request_head: 600ms, body_idle: 600ms }
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
    timeouts: { response: 2s }
    pool: { idle_per_worker: 0 }
"""

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(TOKEN + rb" [\x21-\x7e\x80-\xff]+ HTTP/1\.1\r\n")
FIELD = re.compile(rb"(" + TOKEN + rb"):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[ \t]*[\x21-\x7e\x80-\xff])*)?)[ \t]*\r\n")
FRAMING = {"contentlength", "transferencoding"}


class Unclean(Exception):
    """What a backend should never see."""


def vectors():
    """All of them; each has a number, from which its client's address is made."""
    folder = TESTDATA / "http1"
    if not folder.exists():
        pytest.skip(f"no test data in {folder}")
    files = [folder / f"{name}.json" for name in ("desync", "llhttp", "pico")]
    return [vector for file in files for vector in json.loads(file.read_text())]


def source_of(number):
    """The address from which vector `number` is sent: X-Forwarded-For tells the backend's requests apart."""
    return f"127.1.{number // 200}.{number % 200 + 1}"


class StrictBackend:
    """Reads by the letter of RFC 9112, keeps whom each whole request came from, and what was wrong with others. A head
    whose body is then refused may have come: it is passed on before its body is there."""

    def __init__(self):
        self.seen = {}
        self.unclean = {}

    def __call__(self, connection):
        reader = connection.makefile("rb")
        while line := reader.readline(100000):
            source = "unknown"
            try:
                fields = self._read_head(reader, line)
                source = fields.get("x-forwarded-for", "unknown")
                self._read_body(reader, fields)
                self.seen.setdefault(source, []).append(line)
            except Unclean as fault:
                self.unclean.setdefault(source, []).append(str(fault))
                return
            connection.sendall(OK if not line.startswith(b"HEAD ") else OK[:-2])

    @staticmethod
    def _read_head(reader, line):
        if not REQUEST_LINE.fullmatch(line):
            raise Unclean(f"request line {line!r}")
        fields = {}
        while (line := reader.readline(100000)) != b"\r\n":
            match = FIELD.fullmatch(line)
            if not match:
                raise Unclean(f"field {line!r}")
            name = match[1].decode().lower()
            squeezed = re.sub("[^a-z]", "", name)
            if squeezed in FRAMING and (name.replace("-", "") != squeezed or name.count("-") != 1 or name in fields):
                raise Unclean(f"framing {line!r}")
            fields[name] = match[2].decode("latin1")
        if "content-length" in fields and "transfer-encoding" in fields:
            raise Unclean("two framings")
        return fields

    @staticmethod
    def _read_body(reader, fields):
        if "content-length" in fields:
            if not re.fullmatch("[0-9]{1,18}", fields["content-length"]):
                raise Unclean(f"length {fields['content-length']}")
            if len(reader.read(int(fields["content-length"]))) < int(fields["content-length"]):
                raise ConnectionError("cut off")
        elif "transfer-encoding" in fields:
            if fields["transfer-encoding"] != "chunked":
                raise Unclean(f"coding {fields['transfer-encoding']}")
            StrictBackend._read_chunks(reader)

    @staticmethod
    def _read_chunks(reader):
        while True:
            line = reader.readline(1000)
            if not line:
                raise ConnectionError("cut off")
            if not re.fullmatch(rb"[0-9a-fA-F]{1,15}\r\n", line):
                raise Unclean(f"chunk {line!r}")
            size = int(line, 16)
            if size == 0:
                break
            if not reader.read(size + 2).endswith(b"\r\n"):
                raise ConnectionError("cut off")
        while (line := reader.readline(100000)) not in (b"\r\n", b""):
            if not FIELD.fullmatch(line):
                raise Unclean(f"trailer {line!r}")


def send(gateway, made, number, vector):
    """Sends the raw bytes of a vector and reads until the gateway closes: the statuses of all answers."""
    with client.connect(gateway.port, made, source=source_of(number)) as connection:
        try:
            connection.sendall(vector["raw"].encode("latin1"))
            received = b""
            while data := connection.recv(65536):
                received += data
        except (ConnectionError, ssl.SSLError, socket.timeout) as failure:
            received += f"\r\n[{failure!r}]".encode()
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", received)]


@pytest.fixture(scope="module")
def played(stage):
    """Every vector sent once, twenty at a time: (vectors, statuses by number, the backend)."""
    backend = StrictBackend()
    gateway = stage.gateway(CONFIG, backend=stage.backend(backend).address)
    made = stage.context(stage.issue())
    work, statuses = queue.SimpleQueue(), {}
    every = vectors()
    for item in enumerate(every):
        work.put(item)

    def player():
        while True:
            try:
                number, vector = work.get_nowait()
            except queue.Empty:
                return
            statuses[number] = send(gateway, made, number, vector)
    threads = [threading.Thread(target=player) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    return every, statuses, backend


def test_what_is_to_be_rejected_is_rejected(played):
    """4xx or 5xx in the end, and the backend never has a whole request; unless good ones came first in the vector, and
    those were answered."""
    every, statuses, backend = played
    wrong = []
    for number, vector in enumerate(every):
        if vector["want"] != "reject":
            continue
        answers, seen = statuses[number], backend.seen.get(source_of(number), [])
        good_before = answers.count(200) if vector["raw"].count(" HTTP/1.1\r\n") > 1 else 0
        if not answers or answers[-1] < 400 or len(seen) != good_before:
            wrong.append((vector["name"], vector["raw"], answers, seen))
    assert not wrong, "\n".join(map(repr, wrong))


def test_what_is_to_be_accepted_is_accepted(played):
    """200 from the backend; 501 for a coding other than chunked."""
    every, statuses, _ = played
    wrong = []
    for number, vector in enumerate(every):
        if vector["want"] == "accept" and statuses[number][:1] not in ([200], [501]):
            wrong.append((vector["name"], vector["raw"], statuses[number]))
    assert not wrong, "\n".join(map(repr, wrong))


def test_whatever_is_passed_on_is_clean(played):
    """By the grammar of RFC 9112, with one framing."""
    every, _, backend = played
    assert len(every) > 250
    wrong = {every[number]["name"]: backend.unclean[source_of(number)]
             for number in range(len(every)) if source_of(number) in backend.unclean}
    assert not wrong and "unknown" not in backend.unclean


def test_nobody_gets_more_answers_than_he_asked_for(played):
    """A request hidden in another's body or head would be answered, too."""
    every, statuses, backend = played
    for number, vector in enumerate(every):
        at_backend = len(backend.seen.get(source_of(number), []))
        assert at_backend <= max(1, vector["raw"].count("HTTP/1")), vector
        assert statuses[number] or vector["want"] == "either", vector
