"""HTTP/2 floods (rapid reset, CONTINUATION, SETTINGS, PING, PRIORITY, WINDOW_UPDATE, empty frames, malformed requests, heads
that grow by decompression) end their own connection, with the reason in the record; others go on being served."""
import threading

import hpack
import pytest
from hyperframe.frame import (ContinuationFrame, DataFrame, HeadersFrame, PingFrame, PriorityFrame, RstStreamFrame,
                              SettingsFrame, WindowUpdateFrame)

from harness import client
from harness.load import Load
from harness.world import REQUIRED

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame(0).serialize()
HTTP2 = "workers: 1\n" + REQUIRED.replace("    routes:", "    tls: { alpn: [h2, http/1.1] }\n    routes:")
REQUEST = [(":method", "POST"), (":scheme", "https"), (":path", "/flood"), (":authority", "localhost")]
MANY = 20000  # more than any limit allows, and more than a connection lives to send


def headers(stream, *flags, fields=()):
    """A HEADERS frame that begins a request; without a state of HPACK that would have to be kept."""
    made = HeadersFrame(stream, data=hpack.Encoder().encode([*REQUEST, *fields]), flags=["END_HEADERS", *flags])
    return made.serialize()


def rapid_reset():
    """CVE-2023-44487: begin and take back."""
    for number in range(MANY):
        yield headers(2 * number + 1) + RstStreamFrame(2 * number + 1, error_code=8).serialize()


def continuations():
    """CVE-2024-27316 and its kin: a head that does not end."""
    yield HeadersFrame(1, data=hpack.Encoder().encode(REQUEST)).serialize()
    for _ in range(MANY):
        yield ContinuationFrame(1, data=b"").serialize()


def settings():
    """CVE-2019-9515: each wants an acknowledgement."""
    for _ in range(MANY):
        yield SettingsFrame(0).serialize()


def pings():
    """CVE-2019-9512: each wants an answer."""
    for _ in range(MANY):
        yield PingFrame(0, opaque_data=b"8 bytes!").serialize()


def priorities():
    """CVE-2019-9513: each shuffles the streams."""
    for number in range(MANY):
        yield PriorityFrame(2 * (number % 50) + 1, depends_on=0, stream_weight=number % 256).serialize()


def window_updates():
    """Credit for answers that nobody asked for."""
    for _ in range(MANY):
        yield WindowUpdateFrame(0, window_increment=1).serialize()


def empty_frames():
    """CVE-2019-9518: a body of nothing."""
    yield headers(1)
    for _ in range(MANY):
        yield DataFrame(1, data=b"").serialize()


def malformed():
    """Requests that we have to reset."""
    for number in range(MANY):
        yield headers(2 * number + 1, "END_STREAM", fields=[("UPPER", "case")])


def decompressed():
    """CVE-2016-1544: a small head that is large inside: one long field of the dynamic table, named again and again."""
    encoder = hpack.Encoder()
    block = encoder.encode([*REQUEST, ("x-long", "x" * 3500)]) + b"\xbe" * 14000
    for number in range(MANY):
        yield HeadersFrame(2 * number + 1, data=block[:16000], flags=["END_HEADERS", "END_STREAM"]).serialize()


FLOODS = {rapid_reset: "http2-resets", continuations: "http2-continuations", settings: "http2-settings",
          pings: "http2-pings", priorities: "http2-priorities", window_updates: "http2-window-updates",
          empty_frames: "http2-empty-frames", malformed: "http2-malformed", decompressed: "http2-head-bytes"}


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway with HTTP/2, and a client's certificate."""
    return stage.gateway(HTTP2, backend=stage.recorder().address), stage.issue()


def read_all(connection, ended):
    """Takes everything that comes until the gateway has had enough."""
    try:
        while connection.recv(65536):
            continue
    except OSError:
        pass
    ended.set()


def flood(connection, frames, ended):
    """Sends until the connection ends, by pieces of many frames."""
    piece = PREFACE
    try:
        for frame in frames:
            piece += frame
            if len(piece) > 8192:
                connection.sendall(piece)
                piece = b""
            if ended.is_set():
                return
        connection.sendall(piece)
    except OSError:
        pass


@pytest.mark.parametrize("frames", FLOODS, ids=lambda frames: frames.__name__)
def test_a_flood_ends_its_connection(stage, scene, frames):
    """With its reason; who uses the gateway meanwhile notices nothing."""
    gateway, certificate = scene
    with Load(gateway.port, stage.context(certificate), kept=1, fresh=1) as load:
        load.until_answered(4)
        connection = client.connect(gateway.port, stage.context(certificate, alpn=("h2",)))
        ended = threading.Event()
        reading = threading.Thread(target=read_all, args=(connection, ended), daemon=True)
        reading.start()
        flood(connection, frames(), ended)
        assert ended.wait(20), "the flood goes on"
        reading.join(10)
        connection.close()
        load.until_answered(4)
    assert not load.failures
    assert gateway.refusal(reason=FLOODS[frames])["listener"] == "public"
