"""gRPC through HTTP/2 on both sides: calls of all shapes, cancelled calls, the identity as metadata."""
import queue

import grpc
import pytest

from harness.grpcpeer import Client, SERVICE, Server
from harness.legs import Legs
from harness.world import REQUIRED

CONFIG = REQUIRED.replace("    routes:\n", "    tls: { alpn: [h2] }\n    routes:\n").replace(
    'servers: [ "{backend}" ]', 'servers: [ "{backend}" ]\n    protocol: h2')


@pytest.fixture(scope="module")
def place(stage):
    """A gateway before a service, and legs to it."""
    legs = Legs(stage)
    service = stage.keep(Server(legs))
    return stage.gateway(CONFIG, backend=service.address("clear")), legs


def test_calls_of_all_shapes(place):
    """Unary, a stream of answers, both directions in turn, failures with their details, and health."""
    gateway, legs = place
    with Client(legs, gateway.port, "mtls") as asking:
        answer, told = asking.one(b"x" * 300000)
        assert answer == b"x" * 300000 and told["client-cert-verdict"] == "VERIFIED"
        assert asking.count(50) == [str(number).encode() for number in range(50, 0, -1)]
        assert asking.healthy()
        with pytest.raises(grpc.RpcError) as failed:
            asking.one("too early: ä".encode(), f"/{SERVICE}/Fail")
        assert (failed.value.code(), failed.value.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "too early: ä")


def test_both_sides_take_turns(place):
    """Nothing is gathered: each message comes back before the next is sent."""
    gateway, legs = place
    said = queue.SimpleQueue()
    with Client(legs, gateway.port, "mtls") as asking:
        call = asking.talk(iter(said.get, None))
        for number in range(20):
            said.put(str(number).encode())
            assert next(call) == str(number).encode()
        said.put(None)
        assert list(call) == []


def test_a_cancelled_call_is_cancelled_behind(place):
    """The service hears of it, and so does the record."""
    gateway, legs = place
    said = queue.SimpleQueue()
    with Client(legs, gateway.port, "mtls") as asking:
        call = asking.talk(iter(said.get, None))
        said.put(b"one")
        assert next(call) == b"one"
        call.cancel()
        said.put(None)
        record = gateway.access(path=f"/{SERVICE}/Talk", reason="client-gone")
        assert record["protocol"] == "HTTP/2"
        assert asking.one(b"after")[0] == b"after"
