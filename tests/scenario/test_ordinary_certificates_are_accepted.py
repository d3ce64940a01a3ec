"""What today's tools make by their own defaults is accepted with the gateway's initial settings; what older ones leave out is
told with the way out, `profile: path`, and accepted by it. OpenSSL's own certificates are made by OpenSSL, the others look as
the tools make them."""
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from harness import client, pki
from harness.gateway import SALLYPORT
from harness.world import REQUIRED

ROOT = dict(sign=True, certificates=True, crls=True)


def usages(sign=False, encipher=False, certificates=False, crls=False):
    """A key usage extension."""
    return x509.KeyUsage(digital_signature=sign, key_encipherment=encipher, key_cert_sign=certificates, crl_sign=crls,
                         content_commitment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                         decipher_only=False)


def raw(oid, der):
    """An extension that is only bytes."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), der)


def key_id(key):
    """The subject key identifier of a key."""
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def issuer_id(certificate, key, is_long=False):
    """The authority key identifier; long ones name issuer and serial number, too."""
    plain = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    if not is_long:
        return plain
    return x509.AuthorityKeyIdentifier(plain.key_identifier, [x509.DirectoryName(certificate.subject)],
                                       certificate.serial_number)


class Maker:
    """Makes certificates of exactly the extensions that are given, pairs with whether they are critical."""

    def __init__(self, folder):
        self.folder = folder

    def make(self, name, extensions, key, issuer=None, serial=None):
        """One certificate; `issuer` is another one with its key, or None for a root."""
        signer = issuer.key if issuer else key
        builder = (x509.CertificateBuilder().subject_name(pki.common_name(name))
                   .issuer_name(issuer.x509.subject if issuer else pki.common_name(name)).public_key(key.public_key())
                   .serial_number(serial or x509.random_serial_number())
                   .not_valid_before(pki.now() - pki.DAY).not_valid_after(pki.now() + 30 * pki.DAY))
        for extension, is_critical in extensions:
            builder = builder.add_extension(extension, is_critical)
        made = builder.sign(signer, hashes.SHA256())
        return pki.Certificate(self.folder, made.public_bytes(serialization.Encoding.DER), key)


def chain_of(leaf, *others):
    """The trust is the last of all."""
    return leaf.with_chain(*others[:-1]), others[-1].path


def step_ca(maker):
    """Root, intermediate, and a leaf with a name, the provisioner's extension and both usages, all P-256."""
    keys = [pki.KEYS["ec"]() for _ in range(3)]
    root = maker.make("Smallstep Root CA", [(usages(certificates=True, crls=True), True),
                                            (x509.BasicConstraints(True, 1), True), (key_id(keys[0]), False)], keys[0])
    middle = maker.make("Smallstep Intermediate CA", [(usages(certificates=True, crls=True), True),
                                                      (x509.BasicConstraints(True, 0), True), (key_id(keys[1]), False),
                                                      (issuer_id(root.x509, root.key), False)], keys[1], root)
    leaf = maker.make("alice@example.com", [
        (usages(sign=True), True), (x509.ExtendedKeyUsage([Usage.SERVER_AUTH, Usage.CLIENT_AUTH]), False),
        (key_id(keys[2]), False), (issuer_id(middle.x509, middle.key), False),
        (x509.SubjectAlternativeName([x509.RFC822Name("alice@example.com")]), False),
        (raw("1.3.6.1.4.1.37476.9000.64.1", b"\x30\x0c\x02\x01\x01\x04\x02me\x04\x03abc"), False)], keys[2], middle)
    return chain_of(leaf, middle, root)


def easy_rsa(maker, is_critical=True):
    """RSA; authority key identifiers with issuer and serial number; the leaf has no name but the common one."""
    keys = [pki.KEYS["rsa"]() for _ in range(2)]
    root = maker.make("Easy-RSA CA", [(x509.BasicConstraints(True, None), is_critical), (key_id(keys[0]), False),
                                      (usages(certificates=True, crls=True), False)], keys[0])
    leaf = maker.make("alice", [(x509.BasicConstraints(False, None), False), (key_id(keys[1]), False),
                                (issuer_id(root.x509, root.key, is_long=True), False),
                                (x509.ExtendedKeyUsage([Usage.CLIENT_AUTH]), False), (usages(sign=True), False)],
                      keys[1], root)
    return chain_of(leaf, root)


def vault(maker):
    """The root is trusted itself; names and an address; key agreement beside the signature."""
    keys = [pki.KEYS["rsa"]() for _ in range(2)]
    root = maker.make("Vault CA", [(usages(certificates=True, crls=True), True), (x509.BasicConstraints(True, None), True),
                                   (key_id(keys[0]), False), (issuer_id(None, keys[0]), False),
                                   (x509.SubjectAlternativeName([x509.DNSName("vault.example.com")]), False)], keys[0])
    leaf = maker.make("service.example.com", [
        (usages(sign=True, encipher=True), True),
        (x509.ExtendedKeyUsage([Usage.SERVER_AUTH, Usage.CLIENT_AUTH]), False), (key_id(keys[1]), False),
        (issuer_id(root.x509, root.key), False),
        (x509.AuthorityInformationAccess([x509.AccessDescription(
            x509.AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://vault/v1/pki/ca"))]),
         False),
        (x509.SubjectAlternativeName([x509.DNSName("service.example.com")]), False),
        (x509.CRLDistributionPoints([x509.DistributionPoint(
            [x509.UniformResourceIdentifier("http://vault/v1/pki/crl")], None, None, None)]), False)], keys[1], root)
    return chain_of(leaf, root)


def cfssl(maker):
    """The root has no authority key identifier; the intermediate's path length is zero."""
    keys = [pki.KEYS["ec"]() for _ in range(3)]
    root = maker.make("cfssl Root", [(usages(certificates=True, crls=True), True), (x509.BasicConstraints(True, None), True),
                                     (key_id(keys[0]), False)], keys[0])
    middle = maker.make("cfssl Intermediate", [
        (usages(sign=True, encipher=True, certificates=True, crls=True), True), (x509.BasicConstraints(True, 0), True),
        (key_id(keys[1]), False), (issuer_id(root.x509, root.key), False)], keys[1], root)
    leaf = maker.make("node-1", [
        (usages(sign=True, encipher=True), True), (x509.ExtendedKeyUsage([Usage.CLIENT_AUTH]), False),
        (x509.BasicConstraints(False, None), True), (key_id(keys[2]), False),
        (issuer_id(middle.x509, middle.key), False),
        (x509.SubjectAlternativeName([x509.DNSName("node-1"), x509.DNSName("localhost")]), False)], keys[2], middle)
    return chain_of(leaf, middle, root)


def microsoft(maker):
    """Certificate templates, a user principal name, lists over LDAP, application policies, an issuing CA with its version."""
    keys = [pki.KEYS["rsa"]() for _ in range(3)]
    root = maker.make("CORP-ROOT-CA", [(usages(**ROOT), False), (x509.BasicConstraints(True, None), True),
                                       (key_id(keys[0]), False), (raw("1.3.6.1.4.1.311.21.1", b"\x02\x01\x00"), False)],
                      keys[0])
    middle = maker.make("CORP-ISSUING-CA", [
        (raw("1.3.6.1.4.1.311.21.1", b"\x02\x01\x00"), False), (key_id(keys[1]), False),
        (raw("1.3.6.1.4.1.311.20.2", b"\x1e\x0a\x00S\x00u\x00b\x00C\x00A"), False), (usages(**ROOT), False),
        (x509.BasicConstraints(True, None), True), (issuer_id(root.x509, root.key), False)], keys[1], root)
    principal = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x10alice@corp.local")
    points = [x509.UniformResourceIdentifier("ldap:///CN=CORP-ISSUING-CA,CN=CDP?certificateRevocationList?base")]
    leaf = maker.make("Alice Adams", [
        (raw("1.3.6.1.4.1.311.21.7", b"\x30\x09\x06\x04\x2b\x06\x01\x04\x02\x01\x64"), False),
        (x509.ExtendedKeyUsage([Usage.CLIENT_AUTH, Usage.EMAIL_PROTECTION, Usage.SMARTCARD_LOGON,
                                x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.4")]), False),
        (usages(sign=True, encipher=True), True),
        (raw("1.3.6.1.4.1.311.21.10", b"\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"), False),
        (key_id(keys[2]), False), (issuer_id(middle.x509, middle.key), False),
        (x509.CRLDistributionPoints([x509.DistributionPoint(points, None, None, None)]), False),
        (x509.SubjectAlternativeName([principal]), False)], keys[2], middle)
    return chain_of(leaf, middle, root)


def openssl(*words):
    """Runs openssl with its own configuration file."""
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)


def openssl_req(maker, extensions=None):
    """`openssl req -x509` for the root, `openssl x509 -req` for the leaf: by default of version 1."""
    folder = maker.folder
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "ca.key", "-out", folder / "ca.pem",
            "-subj", "/CN=My CA", "-days", "30")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "leaf.key", "-out", folder / "leaf.csr", "-subj",
            "/CN=alice")
    more = []
    if extensions:
        (folder / "leaf.cnf").write_text(extensions)
        more = ["-extfile", folder / "leaf.cnf"]
    openssl("x509", "-req", "-in", folder / "leaf.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
            "-CAcreateserial", "-out", folder / "leaf.pem", "-days", "30", *more)
    made = x509.load_pem_x509_certificate((folder / "leaf.pem").read_bytes())
    key = serialization.load_pem_private_key((folder / "leaf.key").read_bytes(), None)
    return pki.Certificate(folder, made.public_bytes(serialization.Encoding.DER), key), folder / "ca.pem"


def go_program(maker):
    """As examples of Go's crypto/x509 have it: the CA's key usage is signing only, the leaf has no key usage."""
    keys = [pki.KEYS["ec"]() for _ in range(2)]
    root = maker.make("go CA", [(usages(sign=True, certificates=True), True), (x509.BasicConstraints(True, None), True),
                                (key_id(keys[0]), False)], keys[0], serial=1)
    leaf = maker.make("go client", [(x509.ExtendedKeyUsage([Usage.CLIENT_AUTH]), False),
                                    (issuer_id(root.x509, root.key), False)], keys[1], root, serial=2)
    return chain_of(leaf, root)


ORDINARY = {
    "step-ca": step_ca,
    "easy-rsa": easy_rsa,
    "vault": vault,
    "cfssl": cfssl,
    "microsoft": microsoft,
    "openssl": openssl_req,
    "openssl with extensions": lambda maker: openssl_req(
        maker, "keyUsage=digitalSignature\nextendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\n"
        "authorityKeyIdentifier=keyid\nsubjectAltName=DNS:alice.example.com\n"),
    "go": go_program,
}

# What older tools and recipes leave out, and what is said about it.
INFORMAL = {
    "a root of an old easy-rsa": (lambda maker: easy_rsa(maker, is_critical=False), "not marked critical"),
    "a leaf without key identifiers": (lambda maker: openssl_req(
        maker, "subjectAltName=DNS:alice.example.com\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"),
        "authority key identifier"),
    "a host with an underscore": (lambda maker: openssl_req(
        maker, "subjectAltName=DNS:host_1.example.com\nauthorityKeyIdentifier=keyid\n"), "underscore"),
}

PATH = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", profile: path }')


def judged(certificate, trust, *options):
    """What the command says."""
    return subprocess.run([SALLYPORT, "verify", *options, "--trust", trust, certificate.path], capture_output=True,
                          text=True, timeout=60, check=False)


@pytest.mark.parametrize("tool", ORDINARY)
def test_what_tools_make_is_accepted(world, tool):
    """By the command and in a handshake."""
    certificate, trust = ORDINARY[tool](Maker(world.folder))
    done = judged(certificate, trust)
    assert done.returncode == 0, done.stdout
    gateway = world.gateway(backend=world.recorder().address, clients=trust)
    assert client.get_once(gateway.port, world.context(certificate))[0] == 200


@pytest.mark.parametrize("what", INFORMAL)
def test_what_is_left_out_is_told_with_the_way_out(world, what):
    """Refused at first, accepted with `profile: path`."""
    make, words = INFORMAL[what]
    certificate, trust = make(Maker(world.folder))
    done = judged(certificate, trust)
    assert done.returncode == 1
    assert "certificate-profile" in done.stdout and words.lower() in done.stdout.lower()
    assert "set client_auth.profile to path" in done.stdout
    assert judged(certificate, trust, "--profile", "path").returncode == 0
    backend = world.recorder().address
    strict = world.gateway(backend=backend, clients=trust)
    assert client.refused_alert(strict.port, world.context(certificate)) == 42
    strict.refusal(reason="certificate-profile", stage="handshake")
    lenient = world.gateway(PATH, backend=backend, clients=trust)
    assert client.get_once(lenient.port, world.context(certificate))[0] == 200
