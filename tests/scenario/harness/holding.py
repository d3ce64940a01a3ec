"""A backend that keeps requests waiting until it is told."""
import threading

from .backend import answer, read_request


class Holding:
    """What stage.backend serves with: requests whose path begins with /held wait, others are answered at once."""

    def __init__(self, name=b"held"):
        self.name = name
        self.free = threading.Event()
        self.held = 0
        self.most = 0
        self.requests = []
        self.lock = threading.Lock()

    def __call__(self, connection):
        reader = connection.makefile("rb")
        while (request := read_request(reader)) is not None:
            self.requests.append(request)
            if b" /held" in request.split(b"\r\n")[0]:
                self._hold()
            connection.sendall(answer(self.name))

    def _hold(self):
        with self.lock:
            self.held += 1
            self.most = max(self.most, self.held)
        self.free.wait(30)
        with self.lock:
            self.held -= 1
