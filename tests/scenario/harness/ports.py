"""Ports of the loopback for programs that have to be told one: nobody else gets them while this process lives."""
import fcntl
import os
import pathlib
import random
import socket
import tempfile

FIRST = 10000
RANGE = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


class Ports:
    """Ports below those that the kernel hands out by itself, to sockets that are bound to port 0 or connect. Each is
    locked, as the byte with its number in a file that all test runs of a user share."""

    def __init__(self):
        self.file = None
        self.end = int(RANGE.read_text().split()[0])
        assert self.end > FIRST + 1000, f"too few ports are left below {self.end}, see {RANGE}"
        self.next = random.randrange(FIRST, self.end)

    def take(self):
        """The next port that nobody has."""
        if self.file is None:
            path = pathlib.Path(tempfile.gettempdir()) / f"sallyport-test-ports-{os.getuid()}"
            self.file = open(path, "ab")  # pylint: disable=consider-using-with
        for _ in range(self.end - FIRST):
            port = self.next
            self.next = port + 1 if port + 1 < self.end else FIRST
            if self._lock(port) and _is_free(port):
                return port
        raise AssertionError("every port is taken")

    def _lock(self, port):
        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            return True
        except OSError:
            return False


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


PORTS = Ports()


def free_port():
    """A TCP port of the loopback that nobody has, and no other test run is given."""
    return PORTS.take()
