"""A gRPC service and its client, by grpcio, on all three kinds of leg; messages are bytes, so nothing is generated."""
import json
import threading
from concurrent import futures

import grpc

from .legs import LEGS

SERVICE = "story.Echo"
HEALTH = "grpc.health.v1.Health"
SERVING = b"\x08\x01"  # HealthCheckResponse: field 1, the enum's 1
PATIENCE_SECONDS = 20


def _told(context):
    """What the service was told: the metadata of the call, and who is at the other end of the leg."""
    facts = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
    names = context.auth_context().get("x509_common_name", [])
    return json.dumps({**facts, "leg-subject": names[0].decode() if names else None})


class _Service(grpc.GenericRpcHandler):
    """Echo in all shapes: `One`; `Count`, which counts down from its message; `Talk`, both ways at once; `Fail`; `Hang`."""

    def __init__(self, over):
        self.over = over

    def service(self, call):
        shapes = {
            f"/{SERVICE}/One": grpc.unary_unary_rpc_method_handler(self._one),
            f"/{SERVICE}/Count": grpc.unary_stream_rpc_method_handler(self._count),
            f"/{SERVICE}/Talk": grpc.stream_stream_rpc_method_handler(self._talk),
            f"/{SERVICE}/Fail": grpc.unary_unary_rpc_method_handler(self._fail),
            f"/{SERVICE}/Hang": grpc.unary_unary_rpc_method_handler(self._hang),
            f"/{HEALTH}/Check": grpc.unary_unary_rpc_method_handler(lambda request, context: SERVING),
        }
        return shapes.get(call.method)

    @staticmethod
    def _one(request, context):
        context.set_trailing_metadata((("told", _told(context)),))
        return request

    @staticmethod
    def _count(request, context):
        context.set_trailing_metadata((("told", _told(context)),))
        for number in range(int(request), 0, -1):
            yield str(number).encode()

    @staticmethod
    def _talk(requests, context):
        context.set_trailing_metadata((("told", _told(context)),))
        yield from requests

    @staticmethod
    def _fail(request, context):
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, request.decode())

    def _hang(self, _request, context):
        """Until the call is given up: one that nobody waits for may not keep a thread."""
        ended = threading.Event()
        context.add_callback(ended.set)
        while not self.over.is_set() and not ended.wait(0.1):
            continue
        return b""


class Server:
    """The service, on a port for each leg."""

    def __init__(self, legs):
        self.over = threading.Event()
        self.server = grpc.server(futures.ThreadPoolExecutor(32), options=[("grpc.so_reuseport", 0)])
        self.server.add_generic_rpc_handlers((_Service(self.over),))
        pair = [(legs.backend.key_path.read_bytes(), legs.backend.path.read_bytes())]
        secured = {"tls": grpc.ssl_server_credentials(pair),
                   "mtls": grpc.ssl_server_credentials(pair, legs.let_in.read_bytes(), require_client_auth=True)}
        self.ports = {leg: self.server.add_secure_port("127.0.0.1:0", secured[leg]) if leg in secured
                      else self.server.add_insecure_port("127.0.0.1:0") for leg in LEGS}
        self.server.start()

    def address(self, leg):
        """Where this leg ends."""
        return f"127.0.0.1:{self.ports[leg]}"

    def close(self):
        """Ends the service and whatever call still hangs."""
        self.over.set()
        self.server.stop(0).wait(10)


class Client:
    """A channel on one leg: alice's, to the gateway, unless another certificate and trust are given."""

    def __init__(self, legs, port, leg, certificate=None, trust=None):
        options = [("grpc.ssl_target_name_override", "localhost"), ("grpc.default_authority", "localhost"),
                   ("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
        target = f"127.0.0.1:{port}"
        if leg == "clear":
            self.channel = grpc.insecure_channel(target, options=options)
            return
        trust = (trust or legs.world.trust).read_bytes()
        shown = (certificate or legs.alice) if leg == "mtls" else None
        pair = (shown.key_path.read_bytes(), shown.path.read_bytes()) if shown else (None, None)
        self.channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(trust, *pair), options=options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def one(self, message, method=f"/{SERVICE}/One", timeout=PATIENCE_SECONDS, metadata=()):
        """A unary call: the answer, and what the service was told."""
        answer, call = self.channel.unary_unary(method).with_call(message, timeout=timeout, metadata=metadata)
        told = dict(call.trailing_metadata()).get("told", "{}")
        return answer, json.loads(told)

    def count(self, number):
        """A stream of answers: all of them."""
        return list(self.channel.unary_stream(f"/{SERVICE}/Count")(str(number).encode(), timeout=PATIENCE_SECONDS))

    def talk(self, messages):
        """A call that streams both ways; iterate over it. `messages` may block until there is something to say."""
        return self.channel.stream_stream(f"/{SERVICE}/Talk")(messages, timeout=60)

    def healthy(self):
        """Asks the health service."""
        return self.one(b"", f"/{HEALTH}/Check")[0] == SERVING
