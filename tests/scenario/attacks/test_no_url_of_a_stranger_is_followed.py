"""CVE-2026-21945, CVE-2023-33201, Keycloak #46742: a certificate names a URL, and the gateway is made to go there. Here
only certificates that verified are asked about, and only hosts that the configuration names are dialled."""
import http.server
import threading

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from harness import client, pki
from harness.world import REQUIRED

ASKED = REQUIRED.replace('trust: "{clients}" }',
                         'trust: "{clients}", revocation: { ocsp: { mode: hard, aia_hosts: "{allowed}" } } }')


class Trap:
    """A server of a place where the gateway has no business; `visits` are the paths that were asked for."""

    def __init__(self):
        self.visits = []
        trap = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Notes everything."""

            def do_GET(self):  # pylint: disable=invalid-name
                """One visit."""
                trap.visits.append(self.path)
                self.send_error(404)

            do_POST = do_GET  # pylint: disable=invalid-name

            def log_message(self, *_):
                """Says nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.host = f"127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(name="trap")
def make_trap():
    """A trap for one story."""
    made = Trap()
    yield made
    made.close()


def leads_to(host):
    """All the extensions of a certificate that name URLs, to this host."""
    def uri(path):
        return x509.UniformResourceIdentifier(f"http://{host}/{path}")
    access = x509.AuthorityInformationAccess([
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri("ocsp")),
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri("issuer.cer"))])
    point = x509.DistributionPoint(full_name=[uri("list.crl")], relative_name=None, reasons=None, crl_issuer=None)
    return [(access, False), (x509.CRLDistributionPoints([point]), False)]


def test_a_client_of_ours_sends_the_gateway_nowhere(world, trap):
    """A good certificate with URLs of a host that is not in aia_hosts: refused without an answer, nobody visited."""
    responder = world.responder()
    gateway = world.gateway(ASKED, backend=world.recorder().address, allowed=responder.host)
    with pytest.raises((OSError, EOFError)):
        client.get_once(gateway.port, world.context(world.issue("alice", extensions=leads_to(trap.host))))
    assert "aia_hosts" in gateway.refusal(reason="ocsp-unavailable")["detail"]
    assert not trap.visits and not responder.asked


@pytest.mark.parametrize("stranger", ["another CA", "self-signed", "tampered"])
def test_a_stranger_sends_the_gateway_nowhere_at_all(world, trap, stranger):
    """Not even to a host that is allowed: nothing is asked about a certificate before it is verified."""
    gateway = world.gateway(ASKED, backend=world.recorder().address, allowed=trap.host)
    extensions = leads_to(trap.host)
    made = {"another CA": lambda: pki.Authority(world.folder, "Clients CA").issue("mallory", extensions=extensions),
            "self-signed": lambda: pki.make(world.folder, pki.common_name("mallory"), None, "client",
                                            extensions=extensions),
            "tampered": lambda: world.issue("mallory", extensions=extensions).tampered()}[stranger]()
    assert client.refused_alert(gateway.port, world.context(made)) is not None
    assert not trap.visits


def test_the_allowed_host_is_asked_only_what_ocsp_asks(world, trap):
    """The same certificate where the host is allowed: one question to its responder, no list, no issuer."""
    gateway = world.gateway(ASKED, backend=world.recorder().address, allowed=trap.host)
    with pytest.raises((OSError, EOFError)):
        client.get_once(gateway.port, world.context(world.issue("alice", extensions=leads_to(trap.host))))
    gateway.refusal(reason="ocsp-unavailable")
    assert trap.visits == ["/ocsp"]
