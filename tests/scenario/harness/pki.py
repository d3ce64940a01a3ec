"""A throw-away PKI. Every certificate is made for one story, so that the story says what is special about it."""
import base64
import datetime
import ipaddress
import itertools
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)
_numbers = itertools.count(1)

KEYS = {
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "k256": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "rsa1024": lambda: rsa.generate_private_key(public_exponent=65537, key_size=1024),
}


def now():
    """The present, to the second, as the certificates count it."""
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)


def common_name(text, string_type=None):
    """A subject of one common name; `string_type` (an _ASN1Type) says how it is encoded."""
    if string_type is None:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _type=string_type)])


def _alternative_name(text):
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    if "@" in text:
        return x509.RFC822Name(text)
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def pem_of(der):
    """A certificate in PEM."""
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


class Certificate:
    """A certificate with its key, as PEM files under `folder`; `chain` (PEM) is sent along with it."""

    def __init__(self, folder, der, key, chain=b""):
        self.folder = pathlib.Path(folder)
        self.der = der
        self.key = key
        self.chain = chain
        self.pem = pem_of(der)
        stem = f"{next(_numbers):04d}"
        self.path = self.folder / f"{stem}.pem"
        self.key_path = self.folder / f"{stem}.key"
        self.path.write_bytes(self.pem + chain)
        self.key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                    serialization.NoEncryption()))

    @property
    def x509(self):
        """The certificate, parsed."""
        return x509.load_der_x509_certificate(self.der)

    @property
    def fingerprint(self):
        """SHA-256 in hexadecimal."""
        return self.x509.fingerprint(hashes.SHA256()).hex()

    @property
    def serial(self):
        """The serial number in lower-case hexadecimal, whole bytes."""
        digits = format(self.x509.serial_number, "x")
        return digits if len(digits) % 2 == 0 else "0" + digits

    def with_chain(self, *others):
        """The same certificate that sends `others` (certificates) along."""
        return Certificate(self.folder, self.der, self.key, b"".join(other.pem for other in others))

    def tampered(self):
        """The same certificate with one bit of its signature changed; same key."""
        der = bytearray(self.der)
        der[-5] ^= 1
        return Certificate(self.folder, bytes(der), self.key, self.chain)


class Authority:
    """A certificate authority, self-signed or under `issuer`."""

    def __init__(self, folder, name, issuer=None, **options):
        self.folder = pathlib.Path(folder)
        self.issuer = issuer
        self.name = options.pop("subject", None) or common_name(name)
        self.certificate = make(self.folder, self.name, self.issuer, usage=None, is_ca=True, **options)

    @classmethod
    def acting(cls, certificate, issuer):
        """Any certificate in the role of an authority, whether it may or not."""
        made = cls.__new__(cls)
        made.folder, made.issuer, made.certificate = certificate.folder, issuer, certificate
        made.name = certificate.x509.subject
        return made

    @property
    def path(self):
        """The file with this authority's certificate."""
        return self.certificate.path

    def chain(self):
        """This authority and those above it without the root, PEM, for sending along."""
        return self.certificate.pem + self.issuer.chain() if self.issuer else b""

    def issue(self, name, usage="client", chain=None, **options):
        """A leaf for `usage` (client, server, both, email, any, or None for no extended key usage)."""
        subject = options.pop("subject", None) or common_name(name)
        return make(self.folder, subject, self, usage=usage, chain=self.chain() if chain is None else chain, **options)


def make(folder, subject, issuer, usage, is_ca=False, kind="ec", names=(), not_before=None, not_after=None, chain=b"",
         key=None, path_length=None, extensions=(), key_usage="usual", digest=None):
    """A certificate of `subject`, signed by `issuer` (an Authority) or by itself."""
    key = key or KEYS[kind]()
    signing_key = issuer.certificate.key if issuer else key
    builder = (x509.CertificateBuilder().subject_name(subject)
               .issuer_name(issuer.name if issuer else subject).public_key(key.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(not_before or now() - DAY).not_valid_after(not_after or now() + 30 * DAY)
               .add_extension(x509.BasicConstraints(is_ca, path_length if is_ca else None), critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), False))
    if key_usage:
        builder = builder.add_extension(_key_usage(is_ca, key_usage), critical=True)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(_usages(usage)), False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_alternative_name(n) for n in names]), False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    if digest is None and not isinstance(signing_key, ed25519.Ed25519PrivateKey):
        digest = hashes.SHA256()
    der = builder.sign(signing_key, digest).public_bytes(serialization.Encoding.DER)
    return Certificate(folder, der, key, chain)


def _key_usage(is_ca, kind):
    agrees = kind == "agreement"
    return x509.KeyUsage(digital_signature=not is_ca and not agrees, key_cert_sign=is_ca, crl_sign=is_ca,
                         content_commitment=False, key_encipherment=False, data_encipherment=False,
                         key_agreement=agrees, encipher_only=False, decipher_only=False)


def _usages(usage):
    return {"client": [ExtendedKeyUsageOID.CLIENT_AUTH], "server": [ExtendedKeyUsageOID.SERVER_AUTH],
            "both": [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH],
            "email": [ExtendedKeyUsageOID.EMAIL_PROTECTION],
            "any": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}[usage]
