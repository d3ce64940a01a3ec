"""gRPC passes every way: clients in the clear, under TLS and under mutual TLS, to services of each kind. Calls of every shape
work, with trailers, deadlines and health; the service knows who the client is, and nobody comes in who may not."""
import pytest

from harness.legs import LEGS
from harness.ways import Ways


@pytest.fixture(scope="module")
def ways(stage):
    """The legs, and a gRPC service."""
    return Ways(stage)


@pytest.mark.parametrize("back", LEGS)
@pytest.mark.parametrize("front", LEGS)
def test_grpc_passes(ways, front, back):
    """By grpcio at both ends."""
    with ways.open(front, "gRPC", back) as way:
        told = way.converse()
        assert (told.verdict, told.certificate) == ways.identity(front)
        assert told.caller == ways.gateways_subject(back)
        if front == "mtls":
            way.refuses_strangers()
