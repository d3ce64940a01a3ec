"""A certificate that is no CA's issues nothing, whatever is asked of chains: laxer rules about form and usage are no laxer
rule about who may issue. CVE-2021-3450 (a strict flag switched the check of CAs off), CVE-2025-6037 and CVE-2024-2048 (a
certificate trusted for itself vouched for others of its key)."""
import itertools

import pytest
from cryptography import x509

from harness import client, pki
from harness.world import REQUIRED

PROFILES = ["path", "rfc5280", "webpki"]
USAGES = ["if_present", "ignored"]
RULES = list(itertools.product(PROFILES, USAGES, ["true", "false"]))

HOST = """\
      - names: [ {name} ]
        client_auth: {{ mode: required, trust: "{trust}", profile: {profile}, extended_key_usage: {usage},
                        complete_chain: {complete} }}
"""


def name_of(rules):
    """The host with these rules."""
    return "-".join(rules).replace("_", "") + ".example.com"


@pytest.fixture(scope="module")
def gateway(stage):
    """One host for each combination of rules."""
    hosts = "".join(HOST.format(name=name_of(rules), trust=stage.clients_ca.path, profile=rules[0], usage=rules[1],
                                complete=rules[2]) for rules in RULES)
    config = REQUIRED.replace("    routes:\n", "    hosts:\n{hosts}    routes:\n")
    return stage.gateway(config, backend=stage.recorder().address, hosts=hosts)


def by_a_leaf(stage):
    """Issued by a client's certificate."""
    bob = stage.issue("bob")
    return pki.Authority.acting(bob, stage.clients_ca).issue("mallory")


def by_a_leaf_that_may_sign(stage):
    """The client's certificate has a CA's key usage, but is none."""
    bob = pki.make(stage.folder, pki.common_name("bob"), stage.clients_ca, "client", key_usage=None)
    return pki.Authority.acting(bob, stage.clients_ca).issue("mallory")


def by_a_ca_that_may_not_sign(stage):
    """basicConstraints say that it is a CA, its key usage that it signs no certificates."""
    usage = x509.KeyUsage(digital_signature=True, crl_sign=True, key_cert_sign=False, content_commitment=False,
                          key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                          decipher_only=False)
    odd = pki.make(stage.folder, pki.common_name("Odd CA"), stage.clients_ca, None, is_ca=True, key_usage=None,
                   extensions=[(usage, True)])
    return pki.Authority.acting(odd, stage.clients_ca).issue("mallory")


def of_the_ca_s_name(stage):
    """Another key under the name of the trusted CA."""
    return pki.Authority(stage.folder, "Clients CA").issue("mallory")


def of_the_ca_s_key_and_another_name(stage):
    """Self-signed by the trusted key under a name that nobody trusts: only who has that key can make it."""
    return pki.make(stage.folder, pki.common_name("mallory"), None, "client", key=stage.clients_ca.certificate.key)


MAKERS = [by_a_leaf, by_a_leaf_that_may_sign, by_a_ca_that_may_not_sign, of_the_ca_s_name,
          of_the_ca_s_key_and_another_name]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_it_is_refused_under_all_rules(stage, gateway, make):
    """With a reason about the chain; and the host works."""
    settings = stage.context(make(stage))
    for rules in RULES:
        assert client.refused_alert(gateway.port, settings, server_name=name_of(rules)) in (42, 43, 48), rules
    assert gateway.refusal(stage="handshake")["reason"].startswith("certificate-")


@pytest.mark.parametrize("rules", RULES, ids="-".join)
def test_who_may_is_let_in(stage, gateway, rules):
    """Under the same rules."""
    name = name_of(rules)
    assert client.get_once(gateway.port, stage.context(stage.issue()), host=name, server_name=name)[0] == 200
