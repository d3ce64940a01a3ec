"""The backends that stand for real ones in the stories of every way through: each serves its client without a gateway in
between, tells its own caller, and where it requires a certificate it serves nobody without a good one. Otherwise those
stories would prove nothing."""
import pytest

from harness import payloads
from harness.legs import LEGS, Legs


@pytest.fixture(scope="module")
def legs(stage):
    """The legs of this file."""
    return Legs(stage)


@pytest.fixture(scope="module", params=["HTTP/1.1", "HTTP/2", "WebSocket", "gRPC", "bytes"])
def payload(request, stage, legs):
    """A kind of traffic with its backends."""
    made = {"HTTP/1.1": lambda: payloads.Http(stage, legs, "1.1"), "HTTP/2": lambda: payloads.Http(stage, legs, "2"),
            "WebSocket": lambda: payloads.WebSocket(stage, legs), "gRPC": lambda: payloads.Grpc(stage, legs),
            "bytes": lambda: payloads.Bytes(stage, legs)}
    return made[request.param]()


def port_of(payload, leg):
    """Where the backend listens."""
    return int(payload.address(leg).rsplit(":", 1)[1])


@pytest.mark.parametrize("leg", LEGS)
def test_each_backend_serves_its_client(payload, legs, leg):
    """In the clear, under TLS, and under TLS with a client certificate, of which it tells."""
    told = payload.converse(port_of(payload, leg), leg, trust=legs.backends_ca.path)
    assert told.caller == ("CN=alice" if leg == "mtls" and not isinstance(payload, payloads.Bytes) else None)
    assert told.verdict is None


def test_whoever_is_unknown_is_not_served(stage, payload, legs):
    """Neither without a certificate, nor with one of a stranger."""
    port, trust = port_of(payload, "mtls"), legs.backends_ca.path
    with pytest.raises(payloads.NOT_SERVED):
        payload.converse(port, "tls", trust=trust)
    with pytest.raises(payloads.NOT_SERVED):
        payload.converse(port, "mtls", trust=trust, certificate=stage.servers_ca.issue("mallory"))
