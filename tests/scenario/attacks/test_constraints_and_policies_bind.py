"""What a CA may certify, and under which policy, binds in every spelling and under every other rule. CVE-2025-61727 (an
excluded name hides under a wildcard), CVE-2026-33810 (name constraints compared with regard to case), CVE-2025-22874
(accepting any usage switched the check of policies off)."""
import ipaddress

import pytest
from cryptography import x509

from harness import client, pki
from harness.world import REQUIRED

POLICY = x509.ObjectIdentifier("1.3.6.1.4.1.55555.10")
OTHER = x509.ObjectIdentifier("1.3.6.1.4.1.55555.11")
ASKING = REQUIRED.replace('trust: "{clients}" }', 'trust: "{clients}", extended_key_usage: {usage}, '
                          'certificate_policies: [ "1.3.6.1.4.1.55555.10" ] }')


DNS, MAIL, URI = x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier
LIMITS = x509.NameConstraints(
    [DNS("example.com"), MAIL("example.com"), URI(".example.com"), x509.IPAddress(ipaddress.ip_network("192.0.2.0/24"))],
    [DNS("secret.example.com"), URI("secret.example.com"), MAIL("root@example.com")])

OUTSIDE = {
    "another domain": (DNS, "example.org"),
    "a domain that only ends alike": (DNS, "badexample.com"),
    "the excluded name": (DNS, "secret.example.com"),
    "the excluded name in capitals": (DNS, "SECRET.EXAMPLE.COM"),
    "below the excluded name": (DNS, "a.Secret.example.com"),
    "a wildcard that stands for the excluded name": (DNS, "*.example.com"),
    "a mailbox elsewhere": (MAIL, "alice@example.org"),
    "the excluded mailbox": (MAIL, "root@EXAMPLE.com"),
    "a URI elsewhere": (URI, "https://www.example.org/"),
    "a URI with the domain as its user": (URI, "https://www.example.com@example.org/"),
    "the excluded host in a URI": (URI, "spiffe://SECRET.example.com/x"),
    "an address elsewhere": (x509.IPAddress, ipaddress.ip_address("192.0.3.1")),
    "an address of another kind": (x509.IPAddress, ipaddress.ip_address("::ffff:192.0.2.1")),
}
INSIDE = {
    "its domain": (DNS, "example.com"),
    "its domain in capitals": (DNS, "WWW.EXAMPLE.COM"),
    "a wildcard elsewhere": (DNS, "*.www.example.com"),
    "a mailbox": (MAIL, "alice@Example.com"),
    "a URI": (URI, "spiffe://www.example.com/x"),
    "an address": (x509.IPAddress, ipaddress.ip_address("192.0.2.77")),
}


@pytest.fixture(scope="module")
def gateway(stage):
    """Any chain under the trust is good."""
    return stage.gateway(backend=stage.recorder().address)


@pytest.fixture(scope="module")
def limited(stage):
    """An intermediate that may certify some names only."""
    return pki.Authority(stage.folder, "Limited", issuer=stage.clients_ca, extensions=[(LIMITS, True)])


def issue(authority, named):
    """A client's certificate with one alternative name."""
    kind, value = named
    return authority.issue("alice", extensions=[(x509.SubjectAlternativeName([kind(value)]), False)])


@pytest.mark.parametrize("what", OUTSIDE)
def test_a_name_outside_is_refused(stage, gateway, limited, what):
    """Also when it stands beside one that is inside."""
    settings = stage.context(issue(limited, OUTSIDE[what]))
    assert client.refused_alert(gateway.port, settings) == 42
    gateway.refusal(reason="certificate-name-constraint", stage="handshake")
    kind, value = OUTSIDE[what]
    both = x509.SubjectAlternativeName([DNS("www.example.com"), kind(value)])
    hidden = limited.issue("alice", extensions=[(both, False)])
    assert client.refused_alert(gateway.port, stage.context(hidden)) == 42


@pytest.mark.parametrize("what", INSIDE)
def test_a_name_inside_is_accepted(stage, gateway, limited, what):
    """In either case of letters."""
    assert client.get_once(gateway.port, stage.context(issue(limited, INSIDE[what])))[0] == 200


def policies(*identifiers):
    """A policies extension."""
    return x509.CertificatePolicies([x509.PolicyInformation(one, None) for one in identifiers]), False


@pytest.mark.parametrize("usage", ["if_present", "required", "ignored"])
def test_a_policy_that_is_asked_for_has_to_be_there(world, usage):
    """In all certificates of the path, whatever the rule of usage."""
    gateway = world.gateway(ASKING, backend=world.recorder().address, usage=usage)
    good = pki.Authority(world.folder, "Good", issuer=world.clients_ca, extensions=[policies(POLICY)])
    bare = pki.Authority(world.folder, "Bare", issuer=world.clients_ca)
    assert client.get_once(gateway.port, world.context(good.issue("alice", extensions=[policies(POLICY)])))[0] == 200
    for certificate in (good.issue("alice"), good.issue("alice", usage="any"),
                        good.issue("alice", extensions=[policies(OTHER)]),
                        bare.issue("alice", extensions=[policies(POLICY)])):
        assert client.refused_alert(gateway.port, world.context(certificate)) in (42, 43)
        gateway.refusal(stage="handshake")
