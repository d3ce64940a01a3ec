"""Certificate revocation lists for stories."""
import datetime
import itertools

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from .pki import DAY, now

_numbers = itertools.count(1)
HOLD = x509.ReasonFlags.certificate_hold
REMOVE = x509.ReasonFlags.remove_from_crl


def write(authority, revoked=(), path=None, number=1, base=None, signer=None, this_update=None, next_update=None,
          reason=None, extensions=(), pem=True):
    """A list of `authority` (of harness.pki) that names the certificates `revoked`, as a file; its path."""
    builder = (x509.CertificateRevocationListBuilder().issuer_name(authority.name)
               .last_update(this_update or now() - datetime.timedelta(hours=1))
               .next_update(next_update or now() + DAY))
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    for certificate in revoked:
        builder = builder.add_revoked_certificate(_entry(certificate, reason))
    made = builder.sign((signer or authority).certificate.key, hashes.SHA256())
    path = path or authority.folder / f"{next(_numbers):04d}.crl"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM if pem else serialization.Encoding.DER))
    return path


def _entry(certificate, reason):
    builder = (x509.RevokedCertificateBuilder().serial_number(certificate.x509.serial_number)
               .revocation_date(now() - datetime.timedelta(hours=2)))
    if reason:
        builder = builder.add_extension(x509.CRLReason(reason), False)
    return builder.build()
