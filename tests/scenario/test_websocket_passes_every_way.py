"""WebSocket passes every way: clients in the clear, under TLS and under mutual TLS, to backends of each kind. Messages arrive
both ways, the backend knows who the client is, and nobody comes in who may not."""
import pytest

from harness.legs import LEGS
from harness.ways import Ways


@pytest.fixture(scope="module")
def ways(stage):
    """The legs, and a WebSocket server behind nginx as the backend."""
    return Ways(stage)


@pytest.mark.parametrize("back", LEGS)
@pytest.mark.parametrize("front", LEGS)
def test_websocket_passes(ways, front, back):
    """Text, bytes and nothing, small and large, and an orderly end."""
    with ways.open(front, "WebSocket", back) as way:
        told = way.converse()
        assert (told.verdict, told.certificate) == ways.identity(front)
        assert told.caller == ways.gateways_subject(back)
        if front == "mtls":
            way.refuses_strangers()
