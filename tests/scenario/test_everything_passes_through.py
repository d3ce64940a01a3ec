"""Every kind of traffic passes through a gateway that does not decrypt it: the TLS of client and backend is theirs alone, and a
backend that requires certificates sees the client's own."""
import pytest

from harness import payloads
from harness.ways import Ways


@pytest.fixture(scope="module")
def ways(stage):
    """The legs, and the backends of all kinds of traffic."""
    return Ways(stage)


@pytest.mark.parametrize("back", ["tls", "mtls"])
@pytest.mark.parametrize("traffic", ["bytes", "HTTP/1.1", "HTTP/2", "WebSocket", "gRPC"])
def test_it_passes_through(ways, traffic, back):
    """The client trusts the backend's own CA; the backend tells the client's name, and refuses strangers by itself."""
    with ways.open(back, traffic, back, passed_through=True) as way:
        trust = ways.legs.backends_ca.path
        told = way.converse(trust=trust)
        if traffic != "bytes":
            assert told.caller == ("CN=alice" if back == "mtls" else None)
        if back == "mtls":
            with pytest.raises(payloads.NOT_SERVED):
                way.converse(trust=trust, certificate=ways.stage.servers_ca.issue("mallory"))
