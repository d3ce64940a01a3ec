"""A server given by name is every address of the name; when they change, traffic moves without a reload and without a
failed request. While name servers fail, the last addresses stay; a name that never resolved costs its backend only."""
import os
import signal
import ssl
import threading

import pytest

from harness import client, pki
from harness.backend import answer
from harness.nameserver import SERVER_FAILURE, NameServer
from harness.waiting import until
from harness.world import REQUIRED

NAMED = 'resolve: { servers: ["{dns}"], min_ttl: 100ms, timeout: 1s }\n' + REQUIRED


@pytest.fixture(name="dns")
def _dns():
    made = NameServer()
    yield made
    made.close()


def named(world, text, host, port=0):
    """A backend at an address of the loopback that says its name."""
    return world.recorder(lambda request: answer(text), host=host, port=port)


def says(gateway, world):
    """What the backend answers just now: status and body."""
    status, _, body = client.get_once(gateway.port, world.context(world.issue()))
    return status, body


def source(gateway, name):
    """What the status says of a name."""
    return next(item for item in gateway.status()["sources"] if item["name"] == name)


def test_each_address_is_a_server(world, dns):
    """Both are used in turn."""
    first = named(world, b"first", "127.0.0.1")
    second = named(world, b"second", "127.0.0.2", first.port)
    dns.put("app.internal", "127.0.0.1", "127.0.0.2")
    gateway = world.gateway(NAMED, dns=dns.address, backend=f"app.internal:{first.port}")
    assert {says(gateway, world)[1] for _ in range(4)} == {b"first", b"second"}
    assert second.requests and source(gateway, "app.internal")["kind"] == "name"


def test_traffic_moves_with_the_addresses_and_no_request_fails(world, dns):
    """Requests go on all the time while the name moves from one address to the other."""
    old = named(world, b"old", "127.0.0.1")
    new = named(world, b"new", "127.0.0.2", old.port)
    dns.put("app.internal", "127.0.0.1")
    gateway = world.gateway(NAMED, dns=dns.address, backend=f"app.internal:{old.port}")
    context, over, seen = world.context(world.issue()), threading.Event(), []

    def ask():
        connection = client.connect(gateway.port, context)
        while not over.is_set():
            status, _, body = client.get(connection)
            seen.append((status, body))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        until(lambda: (200, b"old") in seen, 10, "an answer of the old address")
        dns.put("app.internal", "127.0.0.2")
        until(lambda: seen[-1] == (200, b"new"), 20, "answers of the new address")
    finally:
        over.set()
        asking.join()
    assert {status for status, _ in seen} == {200}
    assert new.requests and gateway.status()["last_reload"] is None
    count = len(old.requests)
    assert says(gateway, world) == (200, b"new") and len(old.requests) == count


def test_the_last_addresses_stay_while_lookups_fail(world, dns):
    """The status says since when and why."""
    backend = named(world, b"here", "127.0.0.1")
    dns.put("app.internal", "127.0.0.1")
    gateway = world.gateway(NAMED, dns=dns.address, backend=f"app.internal:{backend.port}")
    assert says(gateway, world) == (200, b"here")
    dns.failure = SERVER_FAILURE
    until(lambda: source(gateway, "app.internal")["last_failure"], 20, "a failure in the status")
    assert "cannot be resolved" in source(gateway, "app.internal")["why"]
    assert says(gateway, world) == (200, b"here")


def test_a_name_without_addresses_costs_its_backend_only(world, dns):
    """The gateway starts, answers 503 with the reason, and recovers by itself."""
    backend = named(world, b"here", "127.0.0.1")
    gateway = world.gateway(NAMED, dns=dns.address, backend=f"app.internal:{backend.port}")
    assert says(gateway, world)[0] == 503
    assert gateway.refusal(reason="backend-unresolved")["status"] == 503
    dns.put("app.internal", "127.0.0.1")
    until(lambda: says(gateway, world) == (200, b"here"), 20, "an answer of the backend")


def test_a_silent_name_server_holds_up_nobody(world, dns):
    """Requests to other backends are answered meanwhile, and the start waits for a while only."""
    backend = named(world, b"here", "127.0.0.1")
    dns.silent = True
    config = NAMED.replace("    routes:\n", "    routes:\n      - { path: /named, backend: named }\n") \
        + '  named: { servers: [ "app.internal:1" ] }\n'
    gateway = world.gateway(config, dns=dns.address, backend=backend.address)
    assert says(gateway, world) == (200, b"here")
    until(lambda: source(gateway, "app.internal")["why"], 20, "the failure in the status")
    assert "did not answer in time" in source(gateway, "app.internal")["why"]


def test_a_reload_knows_new_names_before_they_are_used(world, dns):
    """No request fails for want of an address; names that are gone are asked for no more."""
    first = named(world, b"first", "127.0.0.1")
    second = named(world, b"second", "127.0.0.2")
    dns.put("one.internal", "127.0.0.1")
    dns.put("two.internal", "127.0.0.2")
    gateway = world.gateway(NAMED, dns=dns.address, backend=f"one.internal:{first.port}")
    assert says(gateway, world) == (200, b"first")
    gateway.reloaded(backend=f"two.internal:{second.port}")
    assert says(gateway, world) == (200, b"second")
    until(lambda: [item["name"] for item in gateway.status()["sources"]] == ["two.internal"], 10, "one name only")


def test_a_killed_worker_s_successor_knows_the_addresses(world, dns):
    """Also when the name server is away."""
    backend = named(world, b"here", "127.0.0.1")
    dns.put("app.internal", "127.0.0.1")
    gateway = world.gateway(NAMED, dns=dns.address, backend=f"app.internal:{backend.port}")
    assert says(gateway, world) == (200, b"here")
    dns.silent = True
    worker = gateway.children()[0]
    os.kill(worker, signal.SIGKILL)
    until(lambda: gateway.children() and gateway.children() != [worker], 20, "another worker")
    assert says(gateway, world) == (200, b"here")


def test_the_certificate_has_to_name_the_name(world, dns):
    """Not the address."""
    ca = pki.Authority(world.folder, "Backends CA")
    for host, name in (("127.0.0.1", "app.internal"), ("127.0.0.2", "127.0.0.2")):
        shown = ca.issue("app", "server", names=[name])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(shown.path, shown.key_path)
        backend = world.recorder(lambda request: answer(b"here"), tls=context, host=host)
        dns.put("app.internal", host)
        gateway = world.gateway(NAMED + f'    tls: {{ trust: "{ca.path}" }}\n', dns=dns.address,
                                backend=f"app.internal:{backend.port}")
        assert says(gateway, world)[0] == (200 if name == "app.internal" else 502)


def test_the_hosts_file_counts(world, dns):
    """localhost is there."""
    backend = named(world, b"here", "127.0.0.1")
    gateway = world.gateway("resolve: { family: ipv4 }\n" + REQUIRED, backend=f"localhost:{backend.port}")
    assert says(gateway, world) == (200, b"here")
    assert not dns.asked
