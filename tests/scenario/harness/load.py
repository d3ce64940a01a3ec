"""Traffic while something else happens: clients that ask again and again, and keep every failure."""
import threading
import time

from . import client


class Load:
    """Threads that keep asking: `kept` of them on one connection each, `fresh` on a new one for each request."""

    def __init__(self, port, made, kept=2, fresh=2, path="/load"):
        self.port, self.made, self.path = port, made, path
        self.answered = 0
        self.failures = []
        self.reconnects = 0
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._keep, daemon=True) for _ in range(kept)]
        self.threads += [threading.Thread(target=self._renew, daemon=True) for _ in range(fresh)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def _note(self, what):
        self.failures.append((time.monotonic(), what))

    def _ask(self, connection):
        status, fields, body = client.get(connection, self.path)
        if (status, body) != (200, b"ok"):
            self._note(f"{status} {body[:80]!r}")
        self.answered += 1
        return fields.get("connection") != "close"

    def _keep(self):
        connection = None
        while not self.over.is_set():
            try:
                if connection is None:
                    connection = client.connect(self.port, self.made)
                    self.reconnects += 1
                if not self._ask(connection):
                    connection = None
            except (OSError, ConnectionError) as failure:
                self._note(f"kept: {failure!r}")
                connection = None
        if connection:
            connection.close()

    def _renew(self):
        while not self.over.is_set():
            try:
                with client.connect(self.port, self.made) as connection:
                    self._ask(connection)
            except (OSError, ConnectionError) as failure:
                self._note(f"fresh: {failure!r}")

    def until_answered(self, more, seconds=60):
        """Waits until so many more requests were answered."""
        end, goal = time.monotonic() + seconds, self.answered + more
        while self.answered < goal:
            assert time.monotonic() < end, f"only {self.answered} of {goal} answers; {self.failures[:3]}"
            time.sleep(0.01)
