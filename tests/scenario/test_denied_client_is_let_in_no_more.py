"""Whoever is revoked or on hold at the running gateway, by whatever name, is refused and loses their connections; others
do not notice; a release lets them in again."""
import ipaddress
import json
import os
import threading

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from harness import client, pki
from harness.gateway import command
from harness.waiting import until
from harness.world import REQUIRED


def deny(gateway, verb, *words):
    """The command, to its end."""
    return command(verb, *words, "--socket", gateway.socket_path)


def denied(gateway, verb, *words):
    """The command, which has to succeed; what it printed."""
    done = deny(gateway, verb, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(stage):
    """A gateway of two workers with a state directory, and clients with all sorts of names."""
    state = stage.folder / "state"
    state.mkdir()
    gateway = stage.gateway(f'workers: 2\nstate_directory: "{state}"\n' + REQUIRED, backend=stage.recorder().address)
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc."),
                         x509.NameAttribute(NameOID.COMMON_NAME, "Alice")])
    alternative = [x509.DNSName("device-7.example.com"), x509.RFC822Name("Alice@Example.com"),
                   x509.UniformResourceIdentifier("https://example.com/a"),
                   x509.IPAddress(ipaddress.ip_address("10.0.0.7"))]
    alice = stage.clients_ca.issue("Alice", subject=subject,
                                   extensions=[(x509.SubjectAlternativeName(alternative), False)])
    spiffe = stage.clients_ca.issue("workload", extensions=[(x509.SubjectAlternativeName(
        [x509.UniformResourceIdentifier("spiffe://example.com/workload")]), False)])
    return gateway, alice, spiffe, stage.issue("bob")


def ways(gateway_place):
    """Every way to name alice, and her workload."""
    _, alice, spiffe, _ = gateway_place
    colons = ":".join(alice.fingerprint[i:i + 2] for i in range(0, 64, 2)).upper()
    return {
        "fingerprint": (alice, [alice.fingerprint], "fingerprint " + alice.fingerprint),
        "colons": (alice, [colons], "fingerprint " + alice.fingerprint),
        "serial": (alice, ["issuer=CN=Clients CA", "serial=" + alice.serial], f"serial {alice.serial} cn=clients ca"),
        "subject": (alice, ["CN=Alice,O=Example\\, Inc."], "subject cn=alice,o=example\\, inc."),
        "cn": (alice, ["cn=alice"], "cn alice"),
        "mail": (alice, ["alice@example.com"], "mail alice@example.com"),
        "dns": (alice, ["dns:device-7.example.com"], "dns device-7.example.com"),
        "uri": (alice, ["uri:https://example.com/a"], "uri https://example.com/a"),
        "ip": (alice, ["ip:10.0.0.7"], "ip 10.0.0.7"),
        "spiffe": (spiffe, ["spiffe://example.com/workload"], "spiffe spiffe://example.com/workload"),
        "file": (alice, ["--cert", alice.path], f"serial {alice.serial} cn=clients ca"),
        "file by fingerprint": (alice, ["--cert", alice.path, "--by", "fingerprint"], "fingerprint " + alice.fingerprint),
    }


@pytest.mark.parametrize("way", ["fingerprint", "colons", "serial", "subject", "cn", "mail", "dns", "uri", "ip", "spiffe",
                                 "file", "file by fingerprint"])
def test_by_every_name(stage, place, way):
    """The open connection ends, the next handshake gets certificate_revoked, bob goes on; a release undoes it."""
    gateway, _, _, bob = place
    who, words, understood = ways(place)[way]
    settings = stage.context(who)
    with client.connect(gateway.port, settings) as connection, client.connect(gateway.port, stage.context(bob)) as other:
        assert client.get(connection)[0] == 200 and client.get(other)[0] == 200
        said = denied(gateway, "revoke", *words)
        assert said.startswith(f"revoked {understood}: in force in 2 workers, ") and "1 connection closed" in said
        assert connection.recv(1) == b""
        assert client.refused_alert(gateway.port, settings) == 44
        assert client.get(other)[0] == 200
    record = gateway.refusal(reason="denied", stage="session")
    assert record["identity"]["fingerprint"] == who.fingerprint and "the deny-list names its" in record["detail"]
    assert gateway.refusal(reason="denied", stage="handshake")["depth"] == 0
    assert denied(gateway, "release", *words).startswith(f"released {understood}: in force in 2 workers")
    assert client.get_once(gateway.port, settings)[0] == 200


def test_an_issuing_certificate_takes_all_of_its_clients(stage, place):
    """It is a certificate of their path: depth 1."""
    gateway = place[0]
    middle = pki.Authority(stage.folder, "Middle", stage.clients_ca)
    settings = stage.context(middle.issue("under it"))
    assert client.get_once(gateway.port, settings)[0] == 200
    denied(gateway, "revoke", "--cert", middle.path)
    assert client.refused_alert(gateway.port, settings) == 44
    assert gateway.refusal(reason="denied", stage="handshake")["depth"] == 1
    denied(gateway, "release", "--cert", middle.path)
    assert client.get_once(gateway.port, settings)[0] == 200


def test_hold_is_told_apart_and_becomes_revoked(stage, place):
    """Its own reason; a revocation is more than a hold."""
    gateway, _, _, bob = place
    assert denied(gateway, "hold", "cn=bob").startswith("put on hold cn bob: ")
    assert client.refused_alert(gateway.port, stage.context(bob)) == 44
    gateway.refusal(reason="denied-on-hold")
    denied(gateway, "revoke", "cn=bob")
    again = deny(gateway, "hold", "cn=bob")
    assert again.returncode == 1 and "revoked already" in again.stderr
    denied(gateway, "release", "cn=bob")
    again = deny(gateway, "release", "cn=bob")
    assert again.returncode == 1 and "no such entry" in again.stderr
    assert client.get_once(gateway.port, stage.context(bob))[0] == 200


def test_an_entry_ends_by_itself(stage, place):
    """--for: it counts, and then no more; without anybody's doing."""
    gateway, _, _, bob = place
    denied(gateway, "revoke", "cn=bob", "--for", "3s")
    assert client.refused_alert(gateway.port, stage.context(bob)) == 44

    def is_let_in():
        try:
            return client.get_once(gateway.port, stage.context(bob))[0] == 200
        except OSError:
            return False

    until(is_let_in, 20, "bob to be let in again")
    assert json.loads(denied(gateway, "denied", "--json"))["entries"] == []
    past = deny(gateway, "revoke", "cn=bob", "--until", "2001-01-01")
    assert past.returncode == 1 and "past" in past.stderr


def test_the_list_is_shown(place):
    """With who, since when, why and until when; the status counts."""
    gateway = place[0]
    before = gateway.status()["deny_list"]["generation"]
    denied(gateway, "revoke", "eve@example.com", "--reason", 'lost "laptop" in Köln', "--until", "2099-01-01")
    denied(gateway, "hold", "dns:old.example.com")
    listed = json.loads(denied(gateway, "denied", "--json"))
    assert [(e["state"], e["kind"], e["value"]) for e in listed["entries"]] == [
        ("on-hold", "dns", "old.example.com"), ("revoked", "mail", "eve@example.com")]
    eve = listed["entries"][1]
    assert (eve["reason"], eve["until"], eve["user"]) == ('lost "laptop" in Köln', "2099-01-01T00:00:00.000Z",
                                                         os.geteuid())
    text = denied(gateway, "denied")
    assert "revoked  mail         eve@example.com  since " in text and 'lost "laptop" in Köln' in text
    shown = gateway.status()["deny_list"]
    assert (shown["entries"], shown["generation"], shown["persisted"]) == (2, before + 2, True)
    denied(gateway, "release", "eve@example.com")
    denied(gateway, "release", "dns:old.example.com")
    assert denied(gateway, "denied") == "nobody is denied\n"


@pytest.mark.parametrize("words, advice", [
    (["alice"], "cn=alice"), (["device.example.com"], "dns:device.example.com or cn=device.example.com"),
    (["10.0.0.7"], "ip:10.0.0.7"), (["ou=ops"], "subject:ou=ops"), (["ab:cd"], "could be many things"),
    ([], "say who is meant"), (["cn=a", "--cert", "x.pem"], "say who is meant"), (["--cert", "/nonexistent"], "cannot be read"),
    (["cn=a", "--for", "2h", "--until", "2099-01-01"], "one of them"), (["cn=a", "--for", "0"], "duration"),
    (["cn=a", "--until", "tomorrow"], "a time such as")])
def test_what_is_not_clear_is_not_done(place, words, advice):
    """Exit code 2, with how to write it; nothing has changed."""
    gateway = place[0]
    before = gateway.status()["deny_list"]["generation"]
    done = deny(gateway, "revoke", *words)
    assert done.returncode == 2 and advice in done.stderr, done.stderr
    assert gateway.status()["deny_list"]["generation"] == before


def test_operators_at_once_do_not_disturb_each_other(stage, place):
    """Every change is in the list, and every one was answered."""
    gateway = place[0]
    answers = []
    threads = [threading.Thread(target=lambda n=n: answers.append(deny(gateway, "hold", f"cn=many-{n}")))
               for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [a.returncode for a in answers] == [0] * 8, answers
    assert {e["value"] for e in json.loads(denied(gateway, "denied", "--json"))["entries"]} == {
        f"many-{n}" for n in range(8)}
    for number in range(8):
        denied(gateway, "release", f"cn=many-{number}")
    assert client.get_once(gateway.port, stage.context(place[3]))[0] == 200


def test_without_a_state_directory_it_says_that_it_forgets(world):
    """In the answer, in the status."""
    gateway = world.gateway(backend=world.recorder().address)
    settings = world.context(world.issue())
    said = denied(gateway, "revoke", "cn=alice")
    assert "in force in 1 worker, " in said and "not persisted: there is no state_directory" in said
    assert client.refused_alert(gateway.port, settings) == 44
    assert gateway.status()["deny_list"]["persisted"] is False


@pytest.mark.parametrize("close", ["at_once", "after_answer"])
def test_a_request_under_way_ends_as_the_setting_says(world, close):
    """At once, or with its answer."""
    backend = world.recorder()
    gateway = world.gateway(REQUIRED.replace("trust:", f"revocation: {{ close: {close} }}, trust:"),
                            backend=backend.address)
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        connection.sendall(client.request_bytes(method="POST", fields="Content-Length: 4\r\n") + b"ab")
        until(lambda: backend.connections, 10, "the request to be under way")
        assert "1 connection closed" in denied(gateway, "revoke", "cn=alice")
        try:
            connection.sendall(b"cd")
            answer = client.read_answer(connection)
        except (OSError, ConnectionError):
            answer = None
        if close == "at_once":
            assert answer is None
        else:
            assert (answer[0], answer[1].get("connection")) == (200, "close")
            assert connection.recv(1) == b""


def test_a_client_without_a_certificate_is_nobody(world):
    """Where certificates are optional, an entry is about those that show one."""
    gateway = world.gateway(REQUIRED.replace("required", "optional"), backend=world.recorder().address)
    denied(gateway, "revoke", "cn=alice")
    assert client.get_once(gateway.port, world.context())[0] == 200
    assert client.refused_alert(gateway.port, world.context(world.issue())) == 44


def test_a_handshake_under_way_is_judged_when_it_is_done(world):
    """The certificate came before the entry, the end of the handshake after it: both orders end alike."""
    gateway = world.gateway(backend=world.recorder().address)
    settings = world.context(world.issue())
    raw = client.tcp(gateway.port)
    denied(gateway, "revoke", "cn=alice")
    with raw, pytest.raises(OSError):
        settings.check_hostname = True
        with settings.wrap_socket(raw, server_hostname="localhost") as connection:
            connection.sendall(client.request_bytes())
            if connection.recv(1) == b"":
                raise ConnectionError
    gateway.refusal(reason="denied")
