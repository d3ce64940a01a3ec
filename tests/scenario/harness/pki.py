"""A throw-away PKI. Every certificate is made for one story, so that the story says what is special about it."""
import datetime
import ipaddress
import itertools

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
_numbers = itertools.count(1)


def now():
    """The present, to the second, as the certificates count it."""
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)


def _alternative_name(text):
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _new_key(kind):
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


class Certificate:
    """A certificate with its key, written as PEM files under `folder`; `chain` are its intermediates, PEM."""

    def __init__(self, folder, certificate, key, chain=b""):
        self.x509 = certificate
        self.key = key
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        self.serial = format(certificate.serial_number, "x")
        stem = f"{next(_numbers):03d}"
        self.path = folder / f"{stem}.pem"
        self.key_path = folder / f"{stem}.key"
        self.path.write_bytes(self.pem + chain)
        self.key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                    serialization.NoEncryption()))


class Authority:
    """A certificate authority, self-signed or under `issuer`."""

    def __init__(self, folder, name, issuer=None, **options):
        self.folder = folder
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.issuer = issuer
        self.certificate = self._make(self.name, usage=None, is_ca=True, **options)
        self.path = self.certificate.path

    def chain(self):
        """This authority and those above it without the root, PEM, for sending along."""
        return self.certificate.pem + self.issuer.chain() if self.issuer else b""

    def issue(self, common_name, usage="client", chain=None, **options):
        """A leaf for `usage` (client, server, both, email, or None for no extended key usage)."""
        subject = options.pop("subject", None) or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        return self._make(subject, usage=usage, is_ca=False, signer=self,
                          chain=self.chain() if chain is None else chain, **options)

    def _make(self, subject, usage, is_ca, signer=None, kind="ec", names=(), not_before=None, not_after=None,
              chain=b"", key=None, signing_key=None, path_length=None, extensions=()):
        key = key or _new_key(kind)
        above = signer or self.issuer
        builder = (x509.CertificateBuilder().subject_name(subject)
                   .issuer_name(above.name if above else subject).public_key(key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(not_before or now() - DAY).not_valid_after(not_after or now() + 30 * DAY)
                   .add_extension(x509.BasicConstraints(is_ca, path_length if is_ca else None), critical=True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False))
        authority_key = (above.certificate.key if above else key).public_key()
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key), False)
        builder = builder.add_extension(self._key_usage(is_ca), critical=True)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(_usages(usage)), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_alternative_name(n) for n in names]), False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        signing_key = signing_key or (above.certificate.key if above else key)
        return Certificate(self.folder, builder.sign(signing_key, hashes.SHA256()), key, chain)

    @staticmethod
    def _key_usage(is_ca):
        return x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca,
                             content_commitment=False, key_encipherment=False, data_encipherment=False,
                             key_agreement=False, encipher_only=False, decipher_only=False)


def _usages(usage):
    return {"client": [ExtendedKeyUsageOID.CLIENT_AUTH], "server": [ExtendedKeyUsageOID.SERVER_AUTH],
            "both": [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH],
            "email": [ExtendedKeyUsageOID.EMAIL_PROTECTION]}[usage]


def tampered(certificate, folder):
    """The same certificate with one bit of its signature changed; same key."""
    der = bytearray(certificate.der)
    der[-5] ^= 1
    import base64
    body = base64.encodebytes(bytes(der)).decode()
    path = folder / f"tampered-{certificate.serial[:8]}.pem"
    path.write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    return path
