"""Every way through the gateway: a kind of traffic, a leg in front and a leg behind. The configuration of each is put together
from the tables of docs/guides/modes.md, so that what the guide says is what the stories run."""
import base64
import contextlib
import re

import pytest

from . import payloads
from .gateway import ROOT
from .legs import Legs

GUIDE = ROOT / "docs" / "guides" / "modes.md"
# The names of files and addresses in the guide, and what stands for them in a story.
NAMES = {"server.pem": "{server}", "server.key": "{server_key}", "clients.pem": "{clients}", "backends.pem": "{backends_ca}",
         "gateway.pem": "{gateway}", "gateway.key": "{gateway_key}"}
IN_GUIDE = {"clear": "clear", "tls": "TLS", "mtls": "mTLS"}
MAKERS = {"bytes": payloads.Bytes, "told bytes": payloads.ToldBytes, "WebSocket": payloads.WebSocket, "gRPC": payloads.Grpc,
          "HTTP/1.1": lambda world, legs: payloads.Http(world, legs, "1.1"),
          "HTTP/2": lambda world, legs: payloads.Http(world, legs, "2")}


def table(heading):
    """The table of the guide whose first column has this heading: the first cell to the code spans of each further cell."""
    text = GUIDE.read_text(encoding="utf-8")
    found = re.search(rf"^\| {heading} \|.*\n\|[-|: ]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, f"{GUIDE.name} has no table of {heading}"
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in found.group(1).splitlines()]
    return {row[0]: [re.findall(r"`([^`]+)`", cell) for cell in row[1:]] for row in rows}


def configuration(front, payload, back):
    """The configuration of a way, as the guide has it, over the names of a story."""
    listener, backend = table("traffic")[payload]
    listener = [*table("in front")[IN_GUIDE[front]][0], *(line for line in listener if _fits(line, front))]
    return _whole(listener, [*backend, *table("behind")[IN_GUIDE[back]][0]])


def passthrough():
    """The configuration of a passthrough, whatever is in it."""
    return _whole(table("not decrypted")["passthrough"][0], [])


def _whole(listener, backend):
    lines = ["listeners:", "  - name: public", "    bind: 127.0.0.1:{port}", *(f"    {line}" for line in listener),
             "backends:", "  app:", '    servers: [ "{backend}" ]', *(f"    {line}" for line in backend)]
    text = "\n".join(lines) + "\n"
    for name, value in NAMES.items():
        text = text.replace(name, f'"{value}"')
    return text


def _fits(line, front):
    """In the clear there are no settings of TLS."""
    return front != "clear" or not line.startswith("tls:")


class Way:
    """One way, open."""

    def __init__(self, ways, gateway, front, payload):
        self.ways, self.gateway, self.front, self.payload = ways, gateway, front, payload

    def converse(self, **who):
        """The conversation of this kind of traffic, as alice unless told otherwise; what the backend was told."""
        return self.payload.converse(self.gateway.port, self.front, **who)

    def refuses_strangers(self):
        """Without a certificate, and with one of a stranger: not served, and there is a record of each."""
        self.gateway.begin_records()
        with pytest.raises(payloads.NOT_SERVED):
            self.payload.converse(self.gateway.port, "tls")
        assert self.gateway.refusal(reason="certificate-missing")
        mallory = self.ways.stage.servers_ca.issue("mallory")
        with pytest.raises(payloads.NOT_SERVED):
            self.payload.converse(self.gateway.port, "mtls", certificate=mallory)
        assert self.gateway.refusal(reason="certificate-unknown-issuer")


class Ways:
    """The legs and the backends that all the ways of a file share."""

    def __init__(self, stage):
        self.stage = stage
        self.legs = Legs(stage)
        self.made = {}
        self.alice = base64.b64encode(self.legs.alice.der).decode()

    def identity(self, front):
        """What a backend is to be told of a client that comes in on this leg: verdict and certificate."""
        if front != "mtls":
            return "NONE", None
        return "VERIFIED", f":{self.alice}:"

    @staticmethod
    def gateways_subject(back):
        """Whom a backend is to find at the other end of this leg."""
        return "CN=gateway.example.com" if back == "mtls" else None

    def payload(self, name):
        """The kind of traffic of this name, its backends running."""
        if name not in self.made:
            self.made[name] = MAKERS[name](self.stage, self.legs)
        return self.made[name]

    @contextlib.contextmanager
    def open(self, front, name, back, passed_through=False):
        """A gateway for this way."""
        payload = self.payload(name)
        config = passthrough() if passed_through else configuration(front, name, back)
        gateway = self.stage.gateway(config, backend=payload.address(back), **self.legs.values())
        yield Way(self, gateway, front, payload)
        gateway.stop()
