"""Rules over certificates and requests decide: at the listener and its hosts already in the handshake, at a route when the
request is there; and the record says which line did."""
import datetime

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from harness import client
from harness.world import REQUIRED

RULED = REQUIRED.replace("    routes:\n      - backend: app\n", "{rules}\n    routes:\n{routes}\n")
OPEN = "      - backend: app"


def person(name, unit):
    """A subject with a common name and an organizational unit."""
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
                      x509.NameAttribute(NameOID.COMMON_NAME, name)])


@pytest.fixture(scope="module")
def people(stage):
    """Certificates of two units, one of them with a SPIFFE id."""
    return {"ops": stage.issue(subject=person("alice", "ops"), names=["spiffe://example.com/admin/alice"]),
            "dev": stage.issue(subject=person("bob", "dev"))}


def ruled(stage, rules="", routes=OPEN):
    """A gateway with these lines for its listener and its routes."""
    return stage.gateway(RULED, backend=stage.recorder().address, rules=rules, routes=routes)


def status(gateway, stage, certificate, **options):
    """The status of one request over a connection of its own."""
    return client.get_once(gateway.port, stage.context(certificate), **options)[0]


@pytest.mark.parametrize("version", client.VERSIONS)
def test_who_is_not_allowed_does_not_get_through_the_handshake(stage, people, version):
    """An alert, and a record with the line of the rule that could have allowed it."""
    gateway = ruled(stage, "    allow: [ { name: operators, subject.ou: ops } ]")
    assert status(gateway, stage, people["ops"]) == 200
    assert client.refused_alert(gateway.port, stage.context(people["dev"], version)) == 46
    record = gateway.refusal(reason="policy", stage="handshake")
    assert record["presented"]["fingerprint_sha256"] == people["dev"].fingerprint
    assert record["config"] == gateway.place_of("allow: [ ", "{ name: operators")
    assert record["detail"] == "no rule allows it" and "rule" not in record


def test_who_is_denied_is_named_with_the_rule(stage, people):
    """By fingerprint, as the records show it; everybody else passes."""
    gateway = ruled(stage, f'    deny: {{ name: stolen, fingerprint: {people["dev"].fingerprint} }}')
    assert status(gateway, stage, people["ops"]) == 200
    assert client.refused_alert(gateway.port, stage.context(people["dev"])) == 46
    record = gateway.refusal(reason="policy")
    assert (record["rule"], record["detail"]) == ("stolen", "a rule denies it")
    assert record["config"] == gateway.place_of("deny: ", "{ name: stolen")


def test_deny_wins_over_allow_and_rules_go_in_their_order(stage, people):
    """The first rule that is about the client decides."""
    gateway = ruled(stage, "    allow: { subject.ou: [ ops, dev ] }\n    deny: { subject.cn: bob }")
    assert client.refused_alert(gateway.port, stage.context(people["dev"])) == 46
    gateway.reloaded(rules="    rules:\n      - allow: { subject.cn: bob }\n      - deny: { subject.ou: dev }\n"
                           "      - allow: { anyone: true }")
    assert status(gateway, stage, people["dev"]) == 200
    assert status(gateway, stage, people["ops"]) == 200


def test_a_route_is_opened_by_a_pattern_of_spiffe_ids(stage, people):
    """403 for whom its rules do not allow; the same client is served elsewhere."""
    routes = ('      - { path: /admin, backend: app, allow: [ { spiffe: "spiffe://example.com/admin/*" } ] }\n'
              "      - backend: app")
    gateway = ruled(stage, routes=routes)
    assert status(gateway, stage, people["ops"], path="/admin/x") == 200
    assert status(gateway, stage, people["dev"], path="/x") == 200
    assert status(gateway, stage, people["dev"], path="/admin/x") == 403
    record = gateway.refusal(reason="policy", stage="request")
    assert record["path"] == "/admin/x" and record["status"] == 403
    assert record["config"] == gateway.place_of("allow: [ ", "{ spiffe")


def asked(connection, path, method):
    """The status of one request on an open connection."""
    return client.ask(connection, client.request_bytes(path, method=method))[0]


def test_methods_and_paths_are_asked_at_each_request(stage, people):
    """One connection: what is denied is refused, what is not goes on."""
    gateway = ruled(stage, "    deny: { method: [ POST, DELETE ], path: /files, unless: { subject.ou: ops } }")
    with client.connect(gateway.port, stage.context(people["dev"])) as connection:
        assert asked(connection, "/files/1", "GET") == 200
        assert asked(connection, "/files/1", "DELETE") == 403
        assert asked(connection, "/other", "DELETE") == 200
    with client.connect(gateway.port, stage.context(people["ops"])) as connection:
        assert asked(connection, "/files/1", "DELETE") == 200


def test_addresses_and_times_count(stage, people):
    """Who comes from elsewhere, or at another hour."""
    now = datetime.datetime.now(datetime.timezone.utc)
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    others = ",".join(days[(now.weekday() + ahead) % 7] for ahead in (2, 3, 4, 5))
    near = ",".join(days[(now.weekday() + ahead) % 7] for ahead in (-1, 0, 1))
    gateway = ruled(stage, f'    allow: {{ address: 127.0.0.0/8, time: "{near}" }}')
    assert status(gateway, stage, people["ops"]) == 200
    gateway.reloaded(rules=f'    allow: {{ address: 127.0.0.0/8, time: "{others}" }}')
    assert client.refused_alert(gateway.port, stage.context(people["ops"])) == 49
    gateway.reloaded(rules="    allow: { address: [ 10.0.0.0/8, 192.0.2.1 ] }")
    assert client.refused_alert(gateway.port, stage.context(people["ops"])) == 49


def test_who_has_no_chance_costs_no_handshake(stage, people):
    """access_denied in answer to the ClientHello; where a certificate may help, it is looked at first."""
    gateway = ruled(stage, "    deny: { name: the loopback, address: 127.0.0.0/8, unless: { subject.ou: ops } }")
    assert status(gateway, stage, people["ops"]) == 200
    assert client.refused_alert(gateway.port, stage.context(people["dev"])) == 46
    gateway.reloaded(rules="    deny: { name: the loopback, address: 127.0.0.0/8 }")
    assert client.refused_alert(gateway.port, stage.context(people["ops"])) == 49
    record = gateway.refusal(reason="policy", stage="client_hello")
    assert record["rule"] == "the loopback" and record["config"] == gateway.place_of("deny: ", "{ name: the loopback")


def test_issuer_and_root_are_those_of_the_accepted_path(stage, people):
    """By name and by fingerprint."""
    ca = stage.clients_ca.certificate.fingerprint
    gateway = ruled(stage, f"    allow: {{ issuer.cn: Clients CA, root.fingerprint: {ca}, "
                           f'serial: {people["ops"].serial} }}')
    assert status(gateway, stage, people["ops"]) == 200
    assert client.refused_alert(gateway.port, stage.context(people["dev"])) == 46
