"""A stranger's certificate may be as odd as it likes: it is refused, quickly, in little memory, and nobody else waits.

CVE-2022-0778 (explicit curve parameters), CVE-2023-0464 (policies), CVE-2023-0286, CVE-2022-3602 (names),
CVE-2023-29409, CVE-2025-58187 (huge keys), CVE-2024-24783 (unknown algorithms), CVE-2023-2650 (object identifiers),
CVE-2026-32280 (chains that explode)."""
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness import client, pki, rawtls
from harness.gateway import memory_kib


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway and its backend."""
    backend = stage.recorder()
    return stage.gateway(backend=backend.address), backend


def by_openssl(world, *arguments):
    """A self-signed certificate that openssl makes with a key of these arguments; DER."""
    key, made = world.folder / "odd.key", world.folder / "odd.der"
    subprocess.run(["openssl", *arguments, "-out", key], check=True, capture_output=True)
    subprocess.run(["openssl", "req", "-x509", "-key", key, "-subj", "/CN=odd", "-outform", "DER", "-out", made],
                   check=True, capture_output=True)
    return made.read_bytes()


def explicit_curve(world):
    """The curve spelt out in the key, not named."""
    return [by_openssl(world, "ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout")]


def with_huge_key(world, name, identifier):
    """A CA's certificate with an RSA key of 16,384 bits; made up, since nobody has the time to generate one."""
    key = rsa.RSAPublicNumbers(65537, (1 << 16383) + 0x10001).public_key()
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(world.clients_ca.name).public_key(key)
               .serial_number(1).not_valid_before(pki.now() - pki.DAY).not_valid_after(pki.now() + pki.DAY)
               .add_extension(x509.BasicConstraints(True, None), True).add_extension(identifier, False))
    signed = builder.sign(world.clients_ca.certificate.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def huge_key(world):
    """As the client's own."""
    return [with_huge_key(world, pki.common_name("huge"), x509.SubjectKeyIdentifier(b"x"))]


def huge_issuer(world):
    """As the key by which the client's certificate would have to be checked."""
    authority = pki.Authority(world.folder, "Huge", kind="rsa")
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority.certificate.key.public_key())
    return [authority.issue("alice").der, with_huge_key(world, authority.name, identifier)]


def policies(world):
    """Three intermediates, each with hundreds of policies."""
    many = x509.CertificatePolicies([
        x509.PolicyInformation(x509.ObjectIdentifier(f"1.3.6.1.4.1.5.{number}"), None) for number in range(400)])
    above, chain = world.clients_ca, []
    for number in range(3):
        above = pki.Authority(world.folder, f"Policies {number}", issuer=above, extensions=[(many, False)])
        chain.insert(0, above.certificate.der)
    leaf = above.issue("alice", extensions=[(many, False)], not_after=pki.now() - pki.HOUR)
    return [leaf.der, *chain]


def constraints(world):
    """A thousand names against a thousand constraints."""
    limits = x509.NameConstraints([x509.DNSName(f"d{number}.example.com") for number in range(1000)], None)
    authority = pki.Authority(world.folder, "Constrained", issuer=world.clients_ca, extensions=[(limits, True)])
    names = [f"n{number}.example.org" for number in range(700)]
    return [authority.issue("alice", names=names).der, authority.certificate.der]


def same_names(world):
    """Nine authorities of one name, each of which might have issued the next."""
    name = pki.common_name("Same")
    key = pki.KEYS["ec"]()
    many = [pki.make(world.folder, name, None, None, is_ca=True, key=key) for _ in range(8)]
    return [pki.Authority.acting(many[0], None).issue("alice").der, *[one.der for one in many]]


def large(world):
    """A leaf of 80 KB."""
    filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.2"), b"x" * 80000)
    return [world.issue(extensions=[(filler, False)]).der]


def node(tag, *parts):
    """A node of DER."""
    content = b"".join(parts)
    length = bytes([len(content)]) if len(content) < 128 else b"\x83" + len(content).to_bytes(3, "big")
    return bytes([tag]) + length + content


def long_identifier(world):
    """A name whose type is an object identifier of one number with 100,000 digits."""
    like = world.issue().x509
    algorithm = node(0x30, node(6, b"\x2a\x86\x48\xce\x3d\x04\x03\x02"))
    dates = node(0x30, node(0x17, b"200101000000Z"), node(0x17, b"400101000000Z"))
    subject = node(0x30, node(0x31, node(0x30, node(6, b"\x2a" + b"\xff" * 50000 + b"\x7f"), node(0x0c, b"x"))))
    key = like.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    body = node(0x30, node(0xa0, node(2, b"\x02")), node(2, b"\x07"), algorithm, like.issuer.public_bytes(), dates,
                subject, key)
    return [node(0x30, body, algorithm, node(3, b"\0" + like.signature))]


@pytest.mark.parametrize("make", [huge_key, huge_issuer])
def test_no_signature_is_checked_by_a_huge_key(stage, scene, make):
    """Its size is looked at first."""
    gateway, _ = scene
    assert show(gateway, make(stage)) == 43
    assert "8192 bits" in gateway.refusal(reason="certificate-weak-key")["detail"]


@pytest.mark.parametrize("make", [explicit_curve, huge_key, huge_issuer, policies, constraints, same_names, large, long_identifier],
                         ids=lambda make: make.__name__)
def test_it_is_refused_quickly(stage, scene, make):
    """Twenty times in under two seconds of the worker's time, with a record; the worker is the same and no larger."""
    gateway, backend = scene
    ders = make(stage)
    worker = gateway.children()[0]
    show(gateway, ders)
    spent, held, reached = cpu_seconds(worker), memory_kib(worker), len(backend.requests)
    for _ in range(20):
        assert show(gateway, ders) in (10, 42, 43, 45, 47, 48, 50)
    assert gateway.children() == [worker]
    assert cpu_seconds(worker) - spent < 2
    assert memory_kib(worker) - held < 8192
    assert len(backend.requests) == reached
    assert gateway.refusal(stage="handshake")["reason"].startswith("certificate-")


def show(gateway, ders):
    """Shows these certificates without being able to prove anything; the alert."""
    with rawtls.Client(gateway.port) as visitor:
        with pytest.raises((rawtls.Alerted, ConnectionError)) as refusal:
            visitor.say(lambda: visitor.certificate(*ders), visitor.finished)
            visitor.ask(client.request_bytes())
    return getattr(refusal.value, "number", 47)


def cpu_seconds(pid):
    """Processor time of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_meanwhile_others_are_served(stage, scene):
    """A good client among a crowd of the worst kind."""
    gateway, _ = scene
    worst, made = policies(stage), stage.context(stage.issue())
    crowd = [rawtls.Client(gateway.port) for _ in range(20)]
    for visitor in crowd:
        visitor.say(lambda visitor=visitor: visitor.certificate(*worst))
    began = time.monotonic()
    assert client.get_once(gateway.port, made)[0] == 200
    assert time.monotonic() - began < 5
    for visitor in crowd:
        visitor.socket.close()
