"""Bytes pass every way, whatever they mean: clients in the clear, under TLS and under mutual TLS, to backends of each kind.
They arrive both ways, a backend that wants to be told by a PROXY header knows who the client is, and nobody comes in who
may not."""
import pytest

from harness.legs import LEGS
from harness.ways import Ways


@pytest.fixture(scope="module")
def ways(stage):
    """The legs, a Redis for each kind, and backends that are told who calls."""
    return Ways(stage)


@pytest.mark.parametrize("back", LEGS)
@pytest.mark.parametrize("front", LEGS)
def test_redis_is_reached(ways, front, back):
    """By redis-cli; behind mutual TLS, Redis lets in only whom its CA knows."""
    with ways.open(front, "bytes", back) as way:
        way.converse()
        if front == "mtls":
            way.refuses_strangers()


@pytest.mark.parametrize("back", LEGS)
@pytest.mark.parametrize("front", LEGS)
def test_a_backend_is_told_who_calls(ways, front, back):
    """Before the first byte, also before the handshake: addresses, and what is known of the client's TLS and certificate."""
    with ways.open(front, "told bytes", back) as way:
        told = way.converse()
        assert told.facts["source"].startswith("127.0.0.1:")
        assert told.facts["destination"] == f"127.0.0.1:{way.gateway.port}"
        assert told.caller == ways.gateways_subject(back)
        assert told.facts["checksummed"] and len(told.facts["unique_id"]) > 0
        assert told.facts.get("authority") == (None if front == "clear" else "localhost")
        tls = told.facts.get("ssl", {"tls": False, "verified": False})
        assert (tls["tls"], tls["verified"]) == (front != "clear", front == "mtls")
        assert (tls.get("cn"), tls.get("certificate")) == (("alice", ways.alice) if front == "mtls" else (None, None))
        if front == "mtls":
            way.refuses_strangers()
