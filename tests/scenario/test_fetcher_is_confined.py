"""The process that dials out may do that and little else."""
import os
import pathlib

import pytest

from harness import client, crl
from harness.gateway import SANITIZED
from harness.listserver import ListServer

from test_lists_come_into_force_without_a_reload import listed, source
from test_processes_are_confined import status_of


@pytest.fixture(name="fetched")
def _fetched(world):
    """A gateway that resolved a name and fetched a list."""
    server = ListServer()
    server.put(crl.write(world.clients_ca))
    gateway = listed(world, f"http://localhost:{server.server.server_port}/list.crl")
    yield world, gateway
    server.stop()


def test_names_are_resolved_inside_of_the_sandbox(fetched):
    """In threads, by the system's files and servers."""
    world, gateway = fetched
    assert client.get_once(gateway.port, world.context(world.issue()))[0] == 200
    assert gateway.status()["sources"][0]["why"] == ""
    assert "killed by signal" not in gateway.stderr()


def test_name_that_does_not_exist_is_a_sentence(world):
    """Whatever name servers there are, the fetcher outlives them."""
    url = "http://no-such-host.invalid/list.crl"
    gateway = listed(world, url)
    assert "resolve" in source(gateway, url)["why"].lower()
    assert len(gateway.children("fetcher")) == 1
    assert "killed by signal" not in gateway.stderr()


def test_system_calls_are_filtered_and_root_is_left_behind(fetched):
    """seccomp in filter mode, no way to gain rights, another user."""
    _, gateway = fetched
    [pid] = gateway.children("fetcher")
    shown = status_of(pid)
    assert (shown["Seccomp"], shown["NoNewPrivs"]) == ("2", "1")
    if os.geteuid() == 0:
        assert shown["Uid"].split()[0] != "0"


@pytest.mark.skipif(SANITIZED, reason="the sanitizers' runtime opens what it likes")
def test_no_configuration_and_no_key_is_open(fetched):
    """Its descriptors are its channel, its log and what libcurl needs."""
    _, gateway = fetched
    [pid] = gateway.children("fetcher")
    if os.geteuid() != 0:
        pytest.skip("only root can look into these processes")
    targets = [os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    ours = [target for target in targets if target.startswith(str(gateway.folder))]
    assert ours == [str(gateway.errors)], targets
