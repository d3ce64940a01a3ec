"""What was fetched is in the state directory: a restart without the list's server sees it, and no older one."""
import pytest

from harness import client, crl
from harness.gateway import command
from harness.listserver import ListServer

from test_lists_come_into_force_without_a_reload import LISTED, SOON, source


@pytest.fixture(name="server")
def _server():
    made = ListServer()
    yield made
    made.stop()


def remembering(world, location, state, rules=""):
    """A configured gateway with a state directory."""
    config = f'state_directory: "{state}"\n' + LISTED
    return world.prepared(config, backend=world.recorder().address, list=location, rules=SOON + rules)


@pytest.fixture(name="state")
def _state(world):
    made = world.folder / "state"
    made.mkdir(mode=0o700)
    return made


def test_first_request_after_a_restart_sees_the_list(world, server, state):
    """Although its server is dead; `missing: allow` would let everybody in without it."""
    revoked, good = world.issue("revoked"), world.issue("good")
    server.put(crl.write(world.clients_ca, [revoked]))
    first = remembering(world, server.url(), state, ", missing: allow").start()
    assert client.refused_alert(first.port, world.context(revoked)) == 44
    first.stop()
    server.stop()
    second = remembering(world, server.url(), state, ", missing: allow").start()
    assert client.refused_alert(second.port, world.context(revoked)) == 44
    assert client.get_once(second.port, world.context(good))[0] == 200
    assert source(second, server.url())["last_success"]


def test_number_may_not_go_back_over_a_restart(world, server, state):
    """Of a fetched list: the older one is refused, the kept one counts."""
    revoked = world.issue("revoked")
    server.put(crl.write(world.clients_ca, [revoked], number=5))
    first = remembering(world, server.url(), state).start()
    assert client.refused_alert(first.port, world.context(revoked)) == 44
    first.stop()
    server.put(crl.write(world.clients_ca, number=4))
    second = remembering(world, server.url(), state).start()
    assert client.refused_alert(second.port, world.context(revoked)) == 44


def test_older_file_does_not_start(world, state):
    """Of a list in a file: the gateway does not start with it."""
    path = world.folder / "clients.crl"
    crl.write(world.clients_ca, path=path, number=5)
    remembering(world, path, state).start().stop()
    crl.write(world.clients_ca, path=path, number=4)
    assert "went back" in remembering(world, path, state).refuse_to_start()
    crl.write(world.clients_ca, path=path, number=6)
    remembering(world, path, state).start()


def test_spoilt_state_is_told(world, server, state):
    """A damaged document is no document; damaged numbers are an error."""
    revoked = world.issue("revoked")
    server.put(crl.write(world.clients_ca, [revoked]))
    remembering(world, server.url(), state).start().stop()
    for kept in state.glob("document-*"):
        kept.write_bytes(kept.read_bytes()[:-20])
    second = remembering(world, server.url(), state).start()
    assert client.refused_alert(second.port, world.context(revoked)) == 44
    second.stop()
    (state / "revocation-numbers").write_bytes(b"SPREVNUM spoilt")
    assert "numbers of revocation lists" in remembering(world, server.url(), state).refuse_to_start()


def test_explain_sees_what_the_gateway_fetched(world, server, state):
    """It judges as the running gateway does."""
    revoked, good = world.issue("revoked"), world.issue("good")
    server.put(crl.write(world.clients_ca, [revoked]))
    gateway = remembering(world, server.url(), state).start()
    server.put(404)
    for certificate, code in ((revoked, 1), (good, 0)):
        told = command("explain", "-c", gateway.path, "--cert", certificate.path)
        assert told.returncode == code, told.stdout + told.stderr
    assert "revoked" in command("explain", "-c", gateway.path, "--cert", revoked.path).stdout
