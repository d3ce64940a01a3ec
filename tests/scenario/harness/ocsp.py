"""OCSP responders: a real one over HTTP, made with the cryptography package, that answers as its story says."""
import datetime
import http.server
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from . import pki

GOOD = ocsp.OCSPCertStatus.GOOD
REVOKED = ocsp.OCSPCertStatus.REVOKED
UNKNOWN = ocsp.OCSPCertStatus.UNKNOWN
HOUR = datetime.timedelta(hours=1)


def delegate(authority, usage=ExtendedKeyUsageOID.OCSP_SIGNING, **options):
    """A certificate that may sign answers for `authority`."""
    return authority.issue("OCSP responder", usage=None,
                           extensions=[(x509.ExtendedKeyUsage([usage]), False)] if usage else [], **options)


def locations(*urls):
    """The extension that names responders, for a certificate's `extensions`."""
    return (x509.AuthorityInformationAccess([
        x509.AccessDescription(x509.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url))
        for url in urls]), False)


def failure(status):
    """A response that is only a status."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)


def _of_serial(number, issuer):
    """A certificate with this serial number and issuer: an answer takes no more from it."""
    key = pki.KEYS["ec"]()
    return (x509.CertificateBuilder().subject_name(pki.common_name("anybody")).issuer_name(issuer).public_key(key.public_key())
            .serial_number(number).not_valid_before(pki.now()).not_valid_after(pki.now() + pki.DAY)
            .sign(key, hashes.SHA256()))


class Responder:
    """Answers about the certificates of `authority`. What it says may be changed at any time: `statuses` by serial number
    (good for the others), `reason`, when an answer begins and ends, who signs, whether the nonce comes back, how long
    it takes; `answer` (a function of the request, or bytes) replaces it all. `asked` are the serial numbers."""

    def __init__(self, authority, signer=None, url_path="/"):
        self.authority = authority
        self.signer = signer
        self.statuses = {}
        self.default = GOOD
        self.reason = None
        self.this_update = -HOUR
        self.next_update = HOUR
        self.returns_nonce = True
        self.about = None
        self.delay = 0
        self.answer = None
        self.asked = []
        self.requests = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}{url_path}"

    def close(self):
        """Ends it; whoever asks is refused from now on."""
        self._server.shutdown()
        self._server.server_close()

    def revoke(self, certificate, reason=None):
        """Says from now on that it is revoked."""
        self.statuses[certificate.x509.serial_number] = REVOKED
        self.reason = reason

    def respond(self, der):
        """The answer to a request."""
        request = ocsp.load_der_ocsp_request(der)
        self.asked.append(request.serial_number)
        self.requests.append(request)
        if self.answer is not None:
            return self.answer(der) if callable(self.answer) else self.answer
        return self.signed(request)

    def signed(self, request):
        """A signed answer to a parsed request."""
        signer = self.signer or self.authority.certificate
        status = self.statuses.get(request.serial_number, self.default)
        now = pki.now()
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=_of_serial(request.serial_number if self.about is None else self.about,
                            self.authority.name),
            issuer=self.authority.certificate.x509, algorithm=request.hash_algorithm, cert_status=status,
            this_update=now + self.this_update,
            next_update=now + self.next_update if self.next_update is not None else None,
            revocation_time=now - HOUR if status == REVOKED else None,
            revocation_reason=self.reason if status == REVOKED else None,
        ).responder_id(ocsp.OCSPResponderEncoding.HASH, signer.x509)
        if self.signer:
            builder = builder.certificates([self.signer.x509])
        for extension in request.extensions if self.returns_nonce else []:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, False)
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _handler(responder):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            """One question."""

            def do_POST(self):  # pylint: disable=invalid-name
                """Answers it, late if the story wants it."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/ocsp-request"
                answer = responder.respond(body)
                time.sleep(responder.delay)
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/ocsp-response")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass  # whoever asked has gone

            def log_message(self, *_):
                """Says nothing."""

        return Handler
