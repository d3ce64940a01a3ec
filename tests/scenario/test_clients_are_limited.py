"""One client gets as much as its limits allow, told by its certificate or its address; the next one is not held back."""
import ssl

import pytest

from harness import client
from harness.waiting import until
from harness.world import REQUIRED

LIMITED = REQUIRED.replace("    routes:", "    client_limits: {limits}\n    routes:")
OFFERED = LIMITED.replace("mode: required", "mode: optional")
BY_PROXY = LIMITED.replace("    certificates:", "    proxy_protocol: { from: [ 127.0.0.0/8 ] }\n    certificates:")
HOSTS = LIMITED.replace("    routes:", "    hosts: [ {hosts} ]\n    routes:")


def limited(world, limits, config=LIMITED, **values):
    """A gateway with these limits of a client, and the backend behind it."""
    backend = world.recorder()
    return world.gateway(config, backend=backend.address, limits=limits, **values), backend


def statuses(gateway, made, count, **options):
    """The statuses of so many requests on one connection."""
    with client.connect(gateway.port, made, **options) as connection:
        return [client.get(connection)[0] for _ in range(count)]


def proxied(address):
    """A PROXY header for a client at this address."""
    family = "TCP6" if ":" in address else "TCP4"
    local = "2001:db8::1" if ":" in address else "192.0.2.1"
    return f"PROXY {family} {address} {local} 1000 443\r\n".encode()


def test_an_identity_has_its_requests(world):
    """Those of the burst pass, the next is 429 with Retry-After and a record; on whatever connection it comes."""
    gateway, backend = limited(world, "{ identity: { requests_per_second: 1, burst: 3 } }")
    alice, bob = world.context(world.issue("alice")), world.context(world.issue("bob"))
    seen = statuses(gateway, alice, 3) + statuses(gateway, alice, 3)
    assert seen[:3] == [200] * 3 and 429 in seen[3:]
    assert statuses(gateway, bob, 3) == [200] * 3
    with client.connect(gateway.port, alice) as connection:
        answers = [client.get(connection) for _ in range(4)]
    status, fields, body = answers[-1]
    assert status == 429 and 1 <= int(fields["retry-after"]) <= 2
    assert b"reason: limit-identity-requests\n" in body
    record = gateway.refusal(reason="limit-identity-requests")
    assert record["status"] == 429 and "alice" in record["identity"]["subject"]
    assert record["config"].startswith(f"{gateway.path}:{gateway.line_of('client_limits')}:")
    assert gateway.status()["reasons"]["limit-identity-requests"] >= 2
    assert len(backend.requests) < 13


def test_tokens_come_back_with_time(world):
    """A client that waits as long as it is told is served."""
    gateway, _ = limited(world, "{ identity: { requests_per_second: 20, burst: 1 } }")
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        until(lambda: client.get(connection)[0] == 429, 10, "the limit")
        until(lambda: client.get(connection)[0] == 200, 10, "the next token")


@pytest.mark.parametrize("by, is_one", [("certificate", False), ("subject", True), ("spiffe_id", True)])
def test_what_an_identity_is_can_be_chosen(world, by, is_one):
    """A second certificate of the same subject or SPIFFE id is another identity only by certificate."""
    gateway, _ = limited(world, "{ identity: { by: %s, requests_per_second: 1, burst: 5 } }" % by)
    first, renewed = (world.issue("alice", names=["spiffe://example.com/alice"]) for _ in range(2))
    assert statuses(gateway, world.context(first), 5) == [200] * 5
    assert (429 in statuses(gateway, world.context(renewed), 5)) == is_one


def test_an_address_has_its_requests(world):
    """Without a certificate, too; another address has its own."""
    gateway, _ = limited(world, "{ address: { requests_per_second: 1, burst: 2 } }", OFFERED)
    seen = statuses(gateway, world.context(), 8)
    assert seen[:2] == [200, 200] and 429 in seen
    assert statuses(gateway, world.context(), 2, source="127.0.0.2") == [200, 200]
    assert gateway.refusal(reason="limit-address-requests")["client"].startswith("127.0.0.1:")


def test_one_identity_with_many_addresses_stays_one(world):
    """Twenty addresses have the tokens of one identity."""
    gateway, _ = limited(world, "{ identity: { requests_per_second: 1, burst: 3 } }", BY_PROXY)
    made = world.context(world.issue())
    seen = [statuses(gateway, made, 1, before=proxied(f"203.0.113.{i}"))[0] for i in range(20)]
    assert seen[:3] == [200] * 3 and seen.count(429) >= 10


def test_a_network_of_version_6_is_one_client(world):
    """Addresses of one /64 share their tokens and their connections; the prefix can be chosen."""
    gateway, _ = limited(world, "{ address: { requests_per_second: 1, burst: 2 } }",
                         "limits: { connections_per_address: 2, ipv6_prefix: {prefix} }\n" + BY_PROXY, prefix=64)
    made = world.context(world.issue())
    seen = [statuses(gateway, made, 1, before=proxied(f"2001:db8:1:2::{i}"))[0] for i in range(1, 6)]
    assert seen[:2] == [200, 200] and 429 in seen[2:]
    assert statuses(gateway, made, 1, before=proxied("2001:db8:1:3::1")) == [200]
    kept = [client.connect(gateway.port, made, before=proxied(f"2001:db8:5:6::{i}")) for i in range(2)]
    assert [client.get(connection)[0] for connection in kept] == [200, 200]
    with pytest.raises((ssl.SSLError, OSError)):
        client.connect(gateway.port, made, before=proxied("2001:db8:5:6:ffff::1"))
    assert gateway.refusal(reason="limit-connections-per-address")
    gateway.reloaded(prefix=128)
    assert statuses(gateway, made, 2, before=proxied("2001:db8:5:6:ffff::1")) == [200, 200]
    for connection in kept:
        connection.close()


def test_an_identity_has_its_connections(world):
    """One more is closed after the handshake and recorded; when one has gone, the next is let in."""
    gateway, _ = limited(world, "{ identity: { connections: 2 } }")
    alice, bob = world.context(world.issue("alice")), world.context(world.issue("bob"))
    first, second = (client.connect(gateway.port, alice) for _ in range(2))
    assert [client.get(connection)[0] for connection in (first, second)] == [200, 200]
    with pytest.raises((ssl.SSLError, OSError)):
        client.get_once(gateway.port, alice)
    record = gateway.refusal(reason="limit-identity-connections")
    assert record["config"].startswith(f"{gateway.path}:{gateway.line_of('client_limits')}:")
    assert client.get_once(gateway.port, bob)[0] == 200
    first.close()
    until(lambda: answers(gateway, alice), 10, "a free place")
    assert client.get(second)[0] == 200
    second.close()


def answers(gateway, made):
    """True when a connection of its own is let in and answered."""
    try:
        return client.get_once(gateway.port, made)[0] == 200
    except (ssl.SSLError, OSError):
        return False


def test_an_address_begins_so_many_handshakes(world):
    """The next is closed when its ClientHello has come; other addresses go on."""
    gateway, _ = limited(world, "{ address: { handshakes_per_second: 1, handshakes_burst: 3 } }")
    made = world.context(world.issue())
    assert [answers(gateway, made) for _ in range(3)] == [True] * 3
    assert not all(answers(gateway, made) for _ in range(10))
    record = gateway.refusal(reason="limit-address-handshakes")
    assert record["stage"] == "client_hello" and record["sni"] == "localhost"
    assert client.get_once(gateway.port, made, source="127.0.0.2")[0] == 200


def test_a_host_counts_for_itself_and_the_asked_one_counts(world):
    """A host with limits of its own has tokens of its own, which no other server name in the handshake avoids."""
    gateway, _ = limited(world, "{ identity: { requests_per_second: 1, burst: 2 } }", HOSTS,
                         hosts="{ names: a.example.com, client_limits: { identity: { burst: 4 } } }, "
                               "{ names: b.example.com }")
    made = world.context(world.issue())
    with client.connect(gateway.port, made, server_name="b.example.com") as connection:
        def ask(host, count):
            return [client.get(connection, host=host)[0] for _ in range(count)]
        assert ask("a.example.com", 4) == [200] * 4
        assert 429 in ask("a.example.com", 2)
        assert ask("b.example.com", 2) == [200] * 2
        assert 429 in ask("localhost", 2)


def test_limits_change_with_a_reload(world):
    """A connection that stays has the new ones with its next request."""
    gateway, _ = limited(world, "{ identity: { requests_per_second: 1, burst: 1 } }")
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        until(lambda: client.get(connection)[0] == 429, 10, "the limit")
        gateway.reloaded(limits="{ identity: { requests_per_second: 0 } }")
        assert [client.get(connection)[0] for _ in range(10)] == [200] * 10
