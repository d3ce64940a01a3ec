"""Whoever sends a body, or reads an answer, slower than limits.min_body_rate is ended, however steadily it trickles; who
only waits for a slow server is not."""
import os
import socket
import threading
import time

import pytest

from harness import client
from harness.backend import OK, read_head, read_request

CONFIG = """\
workers: 1
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    limits: { min_body_rate: {rate} }
    timeouts: { body_grace: 400ms, body_idle: {idle} }
    routes:
      - { path: /endless, backend: endless }
      - { path: /trickle, backend: trickle }
      - { path: /late, backend: late }
      - backend: app
backends:
  app: { servers: [ "{backend}" ] }
  endless: { servers: [ "{endless}" ] }
  trickle: { servers: [ "{trickle}" ] }
  late: { servers: [ "{late}" ] }
"""

STEPS, STEP_S = 10, 0.1  # longer than the grace, at a tenth of the rate


def endless(connection):
    """Answers with more than anybody waits for."""
    while read_head(connection.makefile("rb")) is not None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            connection.sendall(bytes(1 << 20))


def trickle(connection):
    """Answers a byte at a time."""
    reader = connection.makefile("rb")
    while read_head(reader) is not None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {STEPS}\r\n\r\n".encode())
        for _ in range(STEPS):
            time.sleep(STEP_S)
            connection.sendall(b"x")


def late(connection):
    """Begins to read when others have given up."""
    reader = connection.makefile("rb")
    time.sleep(STEPS * STEP_S)
    while read_request(reader) is not None:
        connection.sendall(OK)


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway that wants 2,000 bytes a second after 400 ms, and a client's settings."""
    return made_gateway(stage, 2000, "15s"), stage.context(stage.issue())


def made_gateway(stage, rate, idle):
    """A gateway that wants so many bytes a second."""
    servers = {serve.__name__: stage.backend(serve).address for serve in (endless, trickle, late)}
    return stage.gateway(CONFIG, backend=stage.recorder().address, rate=rate, idle=idle, **servers)


def posted(connection, path="/", length=100_000, fields=""):
    """Sends the head of a request with a body."""
    fields += f"Content-Length: {length}\r\n"
    connection.sendall(client.request_bytes(path, method="POST", fields=fields))


def drip(connection, over):
    """A byte now and then, until it is over."""
    try:
        while not over.wait(0.05):
            connection.sendall(b"x")
    except OSError:
        pass


def test_a_body_that_trickles_in(scene):
    """408 long before the idle time, and the record says that it was too slow."""
    gateway, made = scene
    over = threading.Event()
    with client.connect(gateway.port, made) as connection:
        posted(connection, "/slow")
        dripping = threading.Thread(target=drip, args=(connection, over), daemon=True)
        dripping.start()
        status, _, body = client.read_answer(connection)
        over.set()
        dripping.join(10)
    assert status == 408 and b"reason: request-body-too-slow\n" in body
    assert gateway.refusal(path="/slow")["reason"] == "request-body-too-slow"
    counted = gateway.status()["reasons"]
    assert counted["request-body-too-slow"] == 1


def test_an_answer_that_is_sipped(stage):
    """The connection ends, although it always moves on: at a third of the rate."""
    gateway, made = made_gateway(stage, 2_000_000, "3s"), stage.context(stage.issue())
    with client.connect(gateway.port, made) as connection:
        connection.sendall(client.request_bytes("/endless"))
        assert client.read_head(connection.makefile("rb", buffering=0))[0] == 200
        with socket.socket(fileno=os.dup(connection.fileno())) as raw:
            while not gateway.refusals():
                raw.recv(1 << 16)
                time.sleep(0.1)
    record = gateway.refusal(path="/endless")
    assert record["reason"] == "client-too-slow"


def test_a_slow_server_is_not_the_clients_fault(scene):
    """Neither when it answers slowly nor when it reads slowly."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        assert client.get(connection, "/trickle")[2] == b"x" * STEPS
        posted(connection, "/late", 4_000_000)
        connection.sendall(bytes(4_000_000))
        assert client.read_answer(connection)[0] == 200
    assert not gateway.refusals()


def test_grpc_may_be_silent(scene):
    """Its messages come when there is something to say."""
    gateway, made = scene
    with client.connect(gateway.port, made) as connection:
        posted(connection, length=STEPS, fields="Content-Type: application/grpc\r\n")
        for _ in range(STEPS):
            time.sleep(STEP_S)
            connection.sendall(b"x")
        assert client.read_answer(connection)[0] == 200
