"""Without a server name, or with one that nobody has, a client meets the strictest demands, never the laxest.

CVE-2018-21246, CVE-2022-23632, CVE-2022-46153 (names that skipped the policy), CVE-2026-48491 (wildcards and case),
CVE-2026-6860 (a memory for every name under a wildcard)."""
import pytest

from harness import client, hosts, rawtls
from harness.gateway import memory_kib


@pytest.fixture(scope="module")
def gateway(stage):
    """The gateway with hosts of every kind; its listener itself asks for nothing."""
    return hosts.start(stage, stage.recorder())


STRICT = [None, "unknown.example.com", "example.com", "off.example.org", "required.example.com", "x.wild.example.com",
          "X.WILD.example.com", "a.b.wild.example.com", "wild.example.com", "xoff.example.com", "127.0.0.1"]


def context(stage, certificate=None, version=None):
    """A client that takes any name from the server."""
    made = stage.context(certificate, version)
    made.check_hostname = False
    return made


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("name", STRICT)
def test_no_certificate_no_entry(stage, gateway, version, name):
    """certificate_required, or what TLS 1.2 has for it."""
    alert = _alert(gateway, stage, name, version)
    assert alert == (40 if version == client.TLS12 else 116)


def _alert(gateway, stage, name, version):
    made = context(stage, None, version)
    made.verify_mode = 0
    return client.refused_alert(gateway.port, made, server_name=name)


@pytest.mark.parametrize("name", ["off.example.com.", "OFF.EXAMPLE.COM", "lax.wild.example.com", "off.example.com"])
def test_spellings_of_a_lax_host_are_that_host_or_nobody(gateway, name):
    """A trailing dot is not allowed in a server name (RFC 6066 section 3); whatever it leads to is no loophole."""
    with rawtls.Client(gateway.port, server_name=name) as visitor:
        assert not visitor.requested or name.endswith(".")


@pytest.mark.parametrize("name", ["required.example.com.", "REQUIRED.EXAMPLE.COM", "x.wild.example.com.",
                                  "X.Wild.Example.Com"])
def test_spellings_of_a_strict_host_are_strict(gateway, name):
    """Case folded, dot or no dot: a certificate is asked for."""
    try:
        with rawtls.Client(gateway.port, server_name=name) as visitor:
            assert visitor.requested
    except rawtls.Alerted as alert:
        assert alert.number in (47, 50, 112)


def test_names_under_a_wildcard_leave_nothing_behind(gateway):
    """A thousand of them, and the worker is no larger than after a few."""
    def visit(numbers):
        for number in numbers:
            with rawtls.Client(gateway.port, server_name=f"n{number}.wild.example.com"):
                pass
    worker = gateway.children()[0]
    visit(range(100))
    before = memory_kib(worker)
    visit(range(100, 400))
    assert memory_kib(worker) - before < 4096


NAMED = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    {default}
    hosts:
      - names: [ off.example.com ]
        certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
      - names: [ required.example.com ]
        certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
        client_auth: { mode: {mode}, trust: "{clients}" }
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
"""


def test_the_operator_may_name_another_default(stage):
    """default_host in so many words; the strict host stays strict, by server name and by Host."""
    default = "default_host: off.example.com"
    lax = stage.gateway(NAMED, backend=stage.recorder().address, mode="required", default=default)
    made = context(stage)
    for name in (None, "unknown.example.com"):
        assert client.get_once(lax.port, made, host="unknown.example.com", server_name=name)[0] == 200
        assert client.get_once(lax.port, made, host="required.example.com", server_name=name)[0] == 421
    assert client.refused_alert(lax.port, made, server_name="required.example.com") == 116


def test_without_any_default_unknown_names_are_refused(stage):
    """No certificate to show, nobody who requires one: unrecognized_name, and a record."""
    gateway = stage.gateway(NAMED, backend=stage.recorder().address, mode="optional", default="")
    made = context(stage)
    for name in (None, "unknown.example.com"):
        assert client.refused_alert(gateway.port, made, server_name=name) == 112
        assert gateway.refusal(reason="sni-unknown").get("sni") == name
        gateway.begin_records()
    assert client.get_once(gateway.port, made, host="off.example.com")[0] == 200
    assert client.get_once(gateway.port, made, host="unknown.example.com", server_name="off.example.com")[0] == 421
