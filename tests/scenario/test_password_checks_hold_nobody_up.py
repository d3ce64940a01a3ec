"""Checking a password is slow on purpose, and somebody else's work: a process that may die, hang or be busy."""
import os
import signal

import pytest

from harness import client, passwords
from harness.passwords import basic
from harness.waiting import until
from harness.world import REQUIRED

ASKED = REQUIRED.replace("    routes:\n", "    password: { file: \"{users}\", timeout: {timeout} }\n    routes:\n"
                         "      - { path: /open, backend: app, password: { required: false } }\n")


@pytest.fixture(name="gateway")
def make_gateway(world):
    """One that asks for alice's password, which takes a second to check, and for bob's, which is quick."""
    users = world.folder / "users"
    users.write_text(f"alice:{passwords.stored('open sesame', passwords.SLOW)}\nbob:{passwords.stored('swordfish')}\n")
    return world.gateway(ASKED, backend=world.recorder().address, users=users, timeout="60s")


def begin(gateway, made, user, password, path="/slow"):
    """A connection on which a request was sent and its answer not waited for."""
    connection = client.connect(gateway.port, made)
    connection.sendall(client.request_bytes(path, fields=basic(user, password)))
    return connection


def test_others_go_on_while_passwords_are_checked(world, gateway):
    """A hundred requests that need no password are answered while six that do wait for theirs."""
    waiting = [begin(gateway, world.context(world.issue(f"client {i}")), "alice", f"guess {i}") for i in range(6)]
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        assert [client.get(connection, path="/open")[0] for _ in range(100)] == [200] * 100
    gateway.access(path="/open")
    assert len([record for record in gateway.accesses() if record["path"] == "/slow"]) < 6
    for connection in waiting:
        assert client.read_answer(connection)[0] == 401
        connection.close()


def test_the_same_password_is_checked_once(world, gateway):
    """Ten requests at once wait for one check, and use one failure, not ten."""
    made = world.context(world.issue())
    waiting = [begin(gateway, made, "alice", "open sesame") for _ in range(10)]
    assert [client.read_answer(connection)[0] for connection in waiting] == [200] * 10
    assert client.get_once(gateway.port, made, fields=basic("alice", "open sesame"))[0] == 200
    counters = gateway.status()["counters"]
    assert counters["passwords_checked"] == 1 and counters["passwords_remembered"] == 1
    assert counters["passwords_waiting"] == 0
    for connection in waiting:
        connection.close()


def test_a_body_waits_with_its_request(world, gateway):
    """Nothing of it is with a backend before the password is right, and all of it afterwards."""
    body = b"x" * 300000
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        request = client.request_bytes("/", fields=basic("alice", "open sesame"), method="POST", body=body)
        connection.sendall(request)
        assert client.read_answer(connection)[0] == 200
    assert gateway.access(method="POST")["bytes_in"] == len(body)


def test_a_dead_checker_lets_nobody_in_and_comes_back(world, gateway):
    """Who waits is told 503; the next one asks its successor."""
    made = world.context(world.issue())
    (checker,) = gateway.children("checker")
    os.kill(checker, signal.SIGSTOP)
    with begin(gateway, made, "alice", "open sesame") as connection:
        until(lambda: gateway.status()["counters"]["requests_in_progress"] == 1, 10, "the request")
        gateway.reloaded()  # the supervisor has read what the worker said before
        os.kill(checker, signal.SIGKILL)
        status, _, body = client.read_answer(connection)
        assert status == 503 and b"reason: password-checker\n" in body
    assert gateway.refusal(reason="password-checker", status=503)["user"] == "alice"
    until(lambda: client.get_once(gateway.port, made, fields=basic("bob", "swordfish"))[0] == 200, 20, "its successor")
    assert gateway.children("checker") != [checker]


def test_what_is_remembered_needs_no_checker(world, gateway):
    """While the checker hangs, a known password passes; an unknown one is 503 in time, and everything goes on after."""
    gateway.reloaded(timeout="500ms")
    made = world.context(world.issue())
    assert client.get_once(gateway.port, made, fields=basic("bob", "swordfish"))[0] == 200
    (checker,) = gateway.children("checker")
    os.kill(checker, signal.SIGSTOP)
    try:
        assert client.get_once(gateway.port, made, fields=basic("bob", "swordfish"))[0] == 200
        assert client.get_once(gateway.port, made, fields=basic("bob", "other"))[0] == 503
    finally:
        os.kill(checker, signal.SIGCONT)
    until(lambda: client.get_once(gateway.port, made, fields=basic("bob", "another"))[0] == 401, 20, "the checker")


def test_who_leaves_is_forgotten(world, gateway):
    """Clients that send a password and go leave nothing behind that a later one would wait for."""
    for i in range(5):
        begin(gateway, world.context(world.issue(f"client {i}")), "bob", f"guess {i}").close()
    assert client.get_once(gateway.port, world.context(world.issue()), fields=basic("bob", "swordfish"))[0] == 200
    until(lambda: gateway.status()["counters"]["requests_in_progress"] == 0, 10, "the end of all requests")


def test_a_lost_certificate_counts_after_the_wait(world, gateway):
    """Who may no longer come in when the password has been checked is refused, right as it is."""
    with begin(gateway, world.context(world.issue()), "alice", "open sesame") as connection:
        until(lambda: gateway.status()["counters"]["requests_in_progress"] == 1, 10, "the request")
        gateway.reloaded(clients=world.servers_ca.path)
        try:
            assert client.read_answer(connection)[0] == 503
        except (ConnectionError, OSError):
            pass
    assert not gateway.accesses() or gateway.accesses()[-1]["status"] != 200


def test_no_checker_runs_where_nobody_is_asked(world, gateway):
    """It comes and goes with the configuration."""
    assert len(gateway.children("checker")) == 1
    gateway.reloaded(REQUIRED)
    until(lambda: gateway.children("checker") == [], 10, "the checker to go")
    gateway.reloaded(ASKED)
    until(lambda: len(gateway.children("checker")) == 1, 10, "the checker to come")
    assert client.get_once(gateway.port, world.context(world.issue()), fields=basic("bob", "swordfish"))[0] == 200
