"""A gRPC client reads no HTTP status: what the gateway refuses, and what its backends fail to do, comes as a status of
gRPC with a message."""
import grpc
import pytest

from harness import client, h2client
from harness.grpcpeer import Client, SERVICE
from harness.legs import Legs
from harness.ports import free_port
from harness.world import REQUIRED

ROUTES = f"""\
    tls: {{ alpn: [h2] }}
    limits: {{ body: 1KB }}
    hosts:
      - {{ names: limited.example.com, client_limits: {{ identity: {{ requests_per_second: 1, burst: 1 }} }} }}
    routes:
      - {{ host: limited.example.com, backend: app }}
      - {{ path: /{SERVICE}/Closed, backend: app, deny: {{ subject.cn: alice }} }}
      - {{ path: /{SERVICE}/Away, backend: away }}
      - {{ path: /{SERVICE}/Hung, backend: hung }}
"""
BACKENDS = """\
  away:
    servers: [ "127.0.0.1:{away_port}" ]
  hung:
    servers: [ "{hung}" ]
    timeouts: { response: 300ms }
    retries: { count: 0 }
"""
CONFIG = REQUIRED.replace("    routes:\n      - backend: app\n", ROUTES) + BACKENDS


@pytest.fixture(scope="module")
def place(stage):
    """A gateway, and legs to it."""
    hung = stage.backend(lambda connection: connection.makefile("rb").read())
    gateway = stage.gateway(CONFIG, away_port=free_port(), hung=hung.address, backend=hung.address)
    return gateway, Legs(stage)


@pytest.mark.parametrize("method,body,code,reason", [
    ("Closed", b"", grpc.StatusCode.PERMISSION_DENIED, "policy"),
    ("Nowhere/else", b"", grpc.StatusCode.UNIMPLEMENTED, "no-route"),
    ("Away", b"", grpc.StatusCode.UNAVAILABLE, "backend-connect"),
    ("Hung", b"", grpc.StatusCode.DEADLINE_EXCEEDED, "backend-timeout"),
    ("Hung", bytes(2000), grpc.StatusCode.RESOURCE_EXHAUSTED, "body-too-large")])
def test_each_failure_has_its_status(place, method, body, code, reason):
    """The message is the reason's sentence."""
    gateway, legs = place
    with Client(legs, gateway.port, "mtls") as asking, pytest.raises(grpc.RpcError) as failed:
        asking.one(body, f"/{SERVICE}/{method}")
    assert failed.value.code() == code
    record = gateway.refusal(reason=reason)
    assert failed.value.details() == record["sentence"]


def test_it_is_trailers_only(stage, place):
    """One HEADERS frame with the status 200 that ends the stream; who is no gRPC client gets the HTTP status."""
    gateway, legs = place
    connection = client.connect(gateway.port, stage.context(legs.alice, alpn=("h2",)))
    with h2client.Client(connection) as asking:
        stream = asking.ask("POST", f"/{SERVICE}/Closed", [("content-type", "application/grpc+proto"), ("te", "trailers")])
        assert (stream.status, stream.body, stream.trailers) == (200, b"", {})
        assert stream.fields["grpc-status"] == "7" and stream.fields["content-type"] == "application/grpc"
        assert asking.ask("POST", f"/{SERVICE}/Closed").status == 403
        assert asking.ask("POST", f"/{SERVICE}/Closed", [("content-type", "application/grpc-web")]).status == 403


def test_limits_are_told_as_exhausted_resources(stage, place):
    """429 becomes 8."""
    gateway, legs = place
    connection = client.connect(gateway.port, stage.context(legs.alice, alpn=("h2",)), "limited.example.com")
    with h2client.Client(connection, authority="limited.example.com") as asking:
        numbers = [asking.open("POST", "/x", [("content-type", "application/grpc")], end=True) for _ in range(5)]
        refused = asking.until(numbers[-1], lambda stream: stream.status)
        assert refused.fields["grpc-status"] == "8"


def test_a_call_has_the_time_that_its_client_gives_it(stage, place):
    """grpc-timeout bounds the whole call, and is passed on."""
    gateway, legs = place
    connection = client.connect(gateway.port, stage.context(legs.alice, alpn=("h2",)))
    with h2client.Client(connection) as asking:
        stream = asking.ask("POST", f"/{SERVICE}/Hung", [("content-type", "application/grpc"), ("grpc-timeout", "50m")])
        assert stream.fields["grpc-status"] == "4"
    assert gateway.refusal(reason="call-timeout")["status"] == 504
