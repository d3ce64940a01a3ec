"""systemd's protocols: ready, reloading, stopping, alive; and sockets that it has opened."""
import os
import pathlib
import signal
import socket
import sys
import time

from harness import client
from harness.world import REQUIRED


def test_ready_comes_when_it_serves(world):
    """Not before; and with READY=1 the first client is answered."""
    gateway = world.gateway(backend=world.recorder().address)
    assert client.get_once(gateway.port, world.context(world.issue()))[0] == 200
    gateway.signal(signal.SIGTERM)
    gateway.hear("STOPPING=1")
    assert gateway.process.wait(20) == 0


def test_a_refused_start_is_never_ready(world):
    """systemd sees the exit code instead."""
    gateway = world.prepared(backend="127.0.0.1:1", clients="nowhere.pem")
    gateway.refuse_to_start()
    gateway.notices.settimeout(0.1)
    said = b""
    try:
        while True:
            said += gateway.notices.recv(4096)
    except socket.timeout:
        pass
    assert b"READY=1" not in said


def test_a_refused_reload_is_told_as_over(world):
    """RELOADING=1 must be followed by READY=1 even so."""
    gateway = world.gateway(backend="127.0.0.1:1")
    gateway.configure(REQUIRED + "nonsense: 1\n")
    gateway.forget()
    gateway.signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in gateway.hear("RELOADING=1")
    gateway.hear("READY=1")


def test_it_is_alive_twice_in_the_time(world):
    """WATCHDOG_USEC of one second: three signs of life within two."""
    gateway = world.prepared(backend="127.0.0.1:1").start({"WATCHDOG_USEC": "1000000"})
    gateway.forget()
    began = time.monotonic()
    for _ in range(3):
        gateway.hear("WATCHDOG=1")
    assert 0.5 < time.monotonic() - began < 4


def test_without_a_watchdog_nothing_is_said(world):
    """Only what is asked for."""
    gateway = world.gateway(backend="127.0.0.1:1")
    client.refused_alert(gateway.port, world.context())
    gateway.signal(signal.SIGTERM)
    gateway.hear("STOPPING=1")
    assert not any("WATCHDOG" in notice for notice in gateway.heard)


PASS_ON = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


def activated(gateway, listening):
    """Starts the gateway with an open socket as number 3, as systemd does."""
    starter = [sys.executable, "-c", PASS_ON, str(listening.fileno())]
    return gateway.start({"LISTEN_FDS": "1"}, through=starter, pass_fds=[listening.fileno()])


def test_a_passed_socket_is_used(world):
    """Clients that connected before the start are answered; the address is not opened a second time."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    gateway = world.prepared(backend=world.recorder().address)
    gateway.port = listening.getsockname()[1]
    gateway.configure(REQUIRED)
    early = client.tcp(gateway.port)
    activated(gateway, listening)
    made = world.context(world.issue())
    with made.wrap_socket(early, server_hostname="localhost") as connection:
        assert client.get(connection)[0] == 200
    inode = os.fstat(listening.fileno()).st_ino
    held = [fd.stat().st_ino for fd in pathlib.Path(f"/proc/{gateway.process.pid}/fd").iterdir()]
    assert inode in held
    listening.close()
    assert client.get_once(gateway.port, made)[0] == 200
