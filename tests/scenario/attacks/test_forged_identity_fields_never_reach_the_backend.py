"""Whatever a client calls its forged identity, the backend does not see it; with a certificate and without one.

CVE-2026-39858, CVE-2026-54763, CVE-2025-64484, CVE-2015-0219, CVE-2024-45614 (underscores), CVE-2026-33433 (odd case),
CVE-2026-30851, CVE-2026-52845 (kept when the proxy has nothing to say; CGI names), CVE-2026-35051 (the whole forwarded
set), and the header smuggling of Telekom 2020 and Praetorian 2025."""
import base64
import itertools

import pytest

from harness import client, hosts
from harness.backend import fields_of

MARK = "forged"

# The names under which this gateway or its kin tell an identity.
IDENTITIES = ["Client-Cert", "Client-Cert-Chain", "Client-Cert-Verdict", "X-SSL-Client-Cert", "X-SSL-Client-Verify",
              "X-SSL-Client-S-DN", "X-Client-Cert", "X-Client-Cert-Chain", "SSL-Client-Cert",
              "X-Forwarded-Client-Cert", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info"]
FORWARDED = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix",
             "Forwarded", "X-Real-IP"]


def spellings(name):
    """The name as a sloppy reader of header names may also take it."""
    under, dotted = name.replace("-", "_"), name.replace("-", ".")
    mixed = "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(name))
    return [name, name.lower(), name.upper(), mixed, under, under.upper(), under.lower(), dotted,
            name.replace("-", "_", 1), dotted.upper(), name.replace("-", "~"), name.replace("-", "!")]


def folded(name):
    """Names as CGI folds them."""
    return name.lower().replace("_", "-").replace(".", "-")


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway with hosts of every kind, its backend, and a good certificate."""
    backend = stage.recorder()
    return hosts.start(stage, backend), backend, stage.issue()


class Visitor:
    """A client that keeps its connection while it may."""

    def __init__(self, gateway, made, host):
        self.gateway, self.made, self.host, self.connection = gateway, made, hosts.name(host), None

    def status(self, path, fields):
        """The status of one request with these field lines."""
        if self.connection is None:
            self.connection = client.connect(self.gateway.port, self.made, server_name=self.host)
        status, got, _ = client.get(self.connection, path, self.host, fields)
        if got.get("connection") == "close":
            self.connection.close()
            self.connection = None
        return status


@pytest.mark.parametrize("host, shows", [("off", False), ("optional", False), ("optional", True), ("required", True)])
@pytest.mark.parametrize("path", ["/refuse", "/strip"])
def test_no_spelling_gets_through(stage, scene, host, shows, path):
    """Refused or stripped; what remains under any of these names is the gateway's own word."""
    gateway, backend, alice = scene
    visitor = Visitor(gateway, stage.context(alice if shows else None), host)
    for name in itertools.chain.from_iterable(map(spellings, IDENTITIES)):
        before = len(backend.requests)
        status = visitor.status(path, f"{name}: {MARK}\r\n")
        if path == "/refuse":
            assert (status, len(backend.requests)) == (400, before), name
        else:
            assert status == 200, name
            assert_told_the_truth(backend.last(), alice if shows else None)


def assert_told_the_truth(request, certificate):
    """The backend's head: nothing forged, exactly the gateway's fields, each once and spelt as documented."""
    assert MARK.encode() not in request
    fields = fields_of(request)
    protected = {folded(name) for name in IDENTITIES}
    told = {name: value for name, value in fields.items() if folded(name) in protected}
    expected = {"client-cert-verdict": ["VERIFIED" if certificate else "NONE"]}
    if certificate:
        der = base64.b64encode(certificate.der).decode()
        expected |= {"client-cert": [f":{der}:"], "x-ssl-client-cert": [der]}
    assert told == expected


@pytest.mark.parametrize("path", ["/refuse", "/strip"])
def test_twice_and_beside_a_good_one(stage, scene, path):
    """Two copies, of one spelling or of two."""
    gateway, backend, alice = scene
    visitor = Visitor(gateway, stage.context(alice), "required")
    pairs = [("Client-Cert", "Client-Cert"), ("Client-Cert", "client_cert"), ("CLIENT.CERT", "X-SSL-CLIENT_CERT")]
    for first, second in pairs:
        before = len(backend.requests)
        status = visitor.status(path, f"{first}: {MARK}\r\nX-Innocent: yes\r\n{second}: {MARK}\r\n")
        if path == "/refuse":
            assert (status, len(backend.requests)) == (400, before)
        else:
            assert status == 200
            assert_told_the_truth(backend.last(), alice)
            assert fields_of(backend.last())["x-innocent"] == ["yes"]


def test_the_refusal_is_recorded(stage, scene):
    """With reason and remedy, and whose connection it was."""
    gateway, _, alice = scene
    client.get_once(gateway.port, stage.context(alice), "/recorded", hosts.name("required"), "client_CERT: x\r\n")
    record = gateway.refusal(path="/recorded")
    assert (record["reason"], record["status"]) == ("protected-field", 400)
    assert record["identity"]["fingerprint"] == alice.fingerprint


@pytest.mark.parametrize("shows", [True, False])
def test_forwarded_fields_are_the_gateways_own(stage, scene, shows):
    """Clients behind other proxies send these in good faith: they are replaced or dropped, not refused."""
    gateway, backend, alice = scene
    visitor = Visitor(gateway, stage.context(alice if shows else None), "optional")
    for name in itertools.chain.from_iterable(map(spellings, FORWARDED)):
        assert visitor.status("/refuse", f"{name}: {MARK}\r\n") == 200, name
        request = backend.last()
        assert MARK.encode() not in request, name
        fields = fields_of(request)
        assert (fields["x-forwarded-for"], fields["x-forwarded-proto"]) == (["127.0.0.1"], ["https"])


def test_names_that_only_resemble_are_the_clients_own(stage, scene):
    """What no backend takes for an identity passes untouched."""
    gateway, backend, alice = scene
    visitor = Visitor(gateway, stage.context(alice), "required")
    innocent = ["Client-Id", "My-Client-Cert", "X-Forward", "Accept-Client", "Cookie"]
    assert visitor.status("/refuse", "".join(f"{name}: mine\r\n" for name in innocent)) == 200
    fields = fields_of(backend.last())
    assert all(fields[name.lower()] == ["mine"] for name in innocent)


def test_empty_names_and_names_with_blanks_are_refused(stage, scene):
    """CVE-2023-25725: an empty name hid the fields behind it; a blank before the colon hides its own."""
    gateway, backend, alice = scene
    for line in (": forged", "Client-Cert : forged", " Client-Cert: forged", "Client-Cert\t: forged",
                 "Client-Cert\x00: forged", "Client-Cert\x0b: forged", "X-A: b\r\n\tClient-Cert: forged",
                 "X-A: b\nClient-Cert: forged", "X-A: b\rClient-Cert: forged"):
        before = len(backend.requests)
        with client.connect(gateway.port, stage.context(alice), server_name="required.example.com") as connection:
            assert client.get(connection, "/strip", "required.example.com", line + "\r\n")[0] == 400, line
        assert len(backend.requests) == before
