"""HTTP/2 passes every way, with HTTP/2 in front and behind: clients in the clear (with prior knowledge), under TLS and under
mutual TLS, to backends of each kind. What is sent arrives both ways, the backend knows who the client is, and nobody comes
in who may not."""
import pytest

from harness.legs import LEGS
from harness.ways import Ways


@pytest.fixture(scope="module")
def ways(stage):
    """The legs, and nginx as the backend."""
    return Ways(stage)


@pytest.mark.parametrize("back", LEGS)
@pytest.mark.parametrize("front", LEGS)
def test_http2_passes(ways, front, back):
    """By curl, and with 20 streams of one connection at a time; nginx tells that it was asked in HTTP/2, and by whom."""
    with ways.open(front, "HTTP/2", back) as way:
        told = way.converse()
        assert (told.verdict, told.certificate) == ways.identity(front)
        assert told.caller == ways.gateways_subject(back)
        assert told.facts["x-leg-protocol"] == "HTTP/2.0"
        if front == "mtls":
            way.refuses_strangers()
