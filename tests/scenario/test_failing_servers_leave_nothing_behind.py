"""Servers that refuse, reset, hang, stall, break off or talk nonsense: each has its status and reason, a healthy server
beside one saves every safe request, and the worker keeps no descriptor and no memory of any of it."""
import pathlib
import socket
import struct
import threading
import time

import pytest

from harness import client
from harness.backend import Recorder, read_head
from harness.gateway import free_port, memory_kib
from harness.load import Load
from harness.waiting import until

LISTENER = """\
workers: 1
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes:
"""
ALONE = """  KIND:
    servers: [ "{KIND}" ]
    timeouts: { response: 200ms, body_idle: 200ms }
    passive_health: { failures: 0 }
"""
TWO = LISTENER + """\
      - backend: app
backends:
  app:
    servers: [ "{first}", "{second}" ]
    timeouts: { response: 10s }
"""


def reset(connection):
    """Reads a request and resets the connection."""
    read_head(connection.makefile("rb"))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_in_body(connection):
    """Resets the connection in the middle of an answer, when its beginning has been carried."""
    read_head(connection.makefile("rb"))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    time.sleep(0.05)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def nonsense(connection):
    """Answers in another language."""
    read_head(connection.makefile("rb"))
    connection.sendall(b"\x16\x03\x01\x00\x02\x02\x28 220 ready\r\n\r\n")


def hung(connection):
    """Takes a request and never answers."""
    while connection.recv(65536):
        continue


def stalled(connection):
    """Begins to answer and stops."""
    reader = connection.makefile("rb")
    while read_head(reader) is not None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


# status (None: the answer had begun, and breaks off) and reason.
KINDS = {"refusing": (502, "backend-connect"), "reset": (502, "backend-closed"), "reset_in_body": (None, "backend-cut"),
         "nonsense": (502, "backend-malformed"), "hung": (504, "backend-timeout"), "stalled": (None, "backend-stalled")}


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway with a backend of each kind, and a client's settings."""
    routes = "".join(f"      - {{ path: /{kind}, backend: {kind} }}\n" for kind in KINDS)
    backends = "".join(ALONE.replace("KIND", kind) for kind in KINDS)
    servers = {serve.__name__: stage.backend(serve).address for serve in (reset, reset_in_body, nonsense, hung, stalled)}
    gateway = stage.gateway(LISTENER + routes + "backends:\n" + backends, refusing=f"127.0.0.1:{free_port()}", **servers)
    return gateway, stage.context(stage.issue())


def ask(scene, kind):
    """The status of a request to servers of this kind, and whether the answer was whole."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        status, fields, body = client.get(connection, f"/{kind}")
        return status, len(body) == int(fields["content-length"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_failure_has_its_status(scene, kind):
    """An answer that had begun is cut off, so that nobody takes it for whole."""
    status, reason = KINDS[kind]
    assert ask(scene, kind) == (status or 200, status is not None)
    assert scene[0].refusal(path=f"/{kind}")["reason"] == reason


def descriptors(gateway):
    """How many descriptors the worker has open."""
    try:
        return len(list(pathlib.Path(f"/proc/{gateway.children()[0]}/fd").iterdir()))
    except PermissionError:
        return gateway.status()["counters"]["descriptors"]


def fail_often(scene, times):
    """So many requests to each kind, from several clients at a time."""
    def one():
        for kind in list(KINDS) * times:
            ask(scene, kind)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_nothing_is_left_behind(scene):
    """After hundreds of failures the worker has what it had before."""
    gateway, _ = scene
    worker = gateway.children()[0]
    fail_often(scene, 1)
    until(lambda: gateway.status()["counters"]["connections"] == 0, 10, "all to be gone")
    descriptors_before, memory_before = descriptors(gateway), memory_kib(worker)
    fail_often(scene, 3)
    until(lambda: gateway.status()["counters"]["connections"] == 0, 10, "all to be gone")
    until(lambda: descriptors(gateway) <= descriptors_before, 10, f"{descriptors_before} descriptors")
    assert memory_kib(worker) - memory_before < 512
    assert gateway.children() == [worker]
    assert gateway.status()["counters"]["requests_in_progress"] == 0


def restarted_often(first, port, load):
    """Ends the server with all its connections and starts it anew, five times."""
    for _ in range(5):
        load.until_answered(20)
        first.close()
        load.until_answered(20)
        first = Recorder(port=port)
    return first


def test_a_restarted_server_costs_no_safe_request(world):
    """With a second server, whatever happens to the first: no client notices."""
    first, second = world.recorder(), world.recorder()
    gateway = world.gateway(TWO, first=first.address, second=second.address)
    with Load(gateway.port, world.context(world.issue()), kept=3, fresh=1) as load:
        restarted_often(first, first.port, load).close()
    assert not load.failures
    assert gateway.status()["counters"]["backend_retries"] > 0


@pytest.mark.parametrize("serve", [reset, None], ids=["resetting", "refusing"])
def test_a_bad_server_beside_a_good_one_costs_no_safe_request(world, serve):
    """It is tried, and then the other one."""
    bad = world.backend(serve).address if serve else f"127.0.0.1:{free_port()}"
    gateway = world.gateway(TWO, first=bad, second=world.recorder().address)
    with Load(gateway.port, world.context(world.issue()), kept=3, fresh=1) as load:
        load.until_answered(60)
    assert not load.failures
    assert gateway.status()["counters"]["backend_retries"] > 0
