"""The legs of a way through the gateway: each in the clear, under TLS, or under TLS with a client certificate."""
import ssl

from . import client, pki

LEGS = ("clear", "tls", "mtls")


class Legs:
    """What both ends of both legs need: who the backends are, whom they let in, and who the gateway is to them."""

    def __init__(self, world):
        self.world = world
        self.backends_ca = pki.Authority(world.folder, "Backends CA")
        self.gateways_ca = pki.Authority(world.folder, "Gateways CA")
        self.backend = self.backends_ca.issue("app.internal", "server", names=["app.internal", "localhost", "127.0.0.1"])
        self.gateway = self.gateways_ca.issue("gateway.example.com", names=["gateway.example.com"])
        self.alice = world.issue("alice")
        # Through a passthrough it is the clients themselves whom a backend sees.
        self.let_in = world.folder / "let-in-by-backends.pem"
        self.let_in.write_bytes(self.gateways_ca.certificate.pem + world.clients_ca.certificate.pem)

    def values(self):
        """What a configuration may name."""
        return {"backends_ca": self.backends_ca.path, "gateway": self.gateway.path, "gateway_key": self.gateway.key_path}

    def server_side(self, leg, alpn=()):
        """A backend's TLS settings on this leg; None in the clear."""
        if leg == "clear":
            return None
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.backend.path, self.backend.key_path)
        if leg == "mtls":
            made.load_verify_locations(self.let_in)
            made.verify_mode = ssl.CERT_REQUIRED
        if alpn:
            made.set_alpn_protocols(list(alpn))
        return made

    def client_side(self, leg, alpn=(), certificate=None, trust=None):
        """A client's TLS settings on this leg, alice's unless another certificate is given; None in the clear."""
        if leg == "clear":
            return None
        shown = (certificate or self.alice) if leg == "mtls" else None
        return client.context(trust or self.world.trust, shown, alpn=alpn)

    def connect(self, port, leg, server_name="localhost", **options):
        """A client's connection on this leg: alice's, to the gateway, unless the options say otherwise."""
        made = self.client_side(leg, **options)
        return client.connect(port, made, server_name) if made else client.tcp(port)
