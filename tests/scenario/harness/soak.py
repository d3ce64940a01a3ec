"""Mixed traffic for as long as is wanted: every kind of it by every kind of client, while the configuration is loaded again and
again, identities are revoked, a backend restarts, and rude clients do what they do. What the gateway's processes hold is
sampled meanwhile; afterwards nothing may be left."""
import collections
import pathlib
import socket
import struct
import threading
import time
import traceback

from . import client, lasting, payloads
from .backend import Recorder
from .gateway import command, free_port
from .legs import Legs
from .waiting import until

CONFIG = """\
workers: 2
state_directory: "{state}"
drain: 60s
listeners:
  - name: web
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{clients}" }
    tls: { alpn: [ h2, http/1.1 ] }
    routes:
      - { path: /socket, backend: sockets }
      - { path: /story.Echo, backend: service }
      - { path: /grpc.health.v1.Health, backend: service }
      - { path: /restarted, backend: restarted }
      - backend: app2
  - name: clear
    bind: 127.0.0.1:{clear_port}
    clear: true
    routes: [ { backend: app } ]
  - name: bytes
    bind: 127.0.0.1:{bytes_port}
    mode: tcp
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{clients}" }
    backend: store
  - name: echo
    bind: 127.0.0.1:{echo_port}
    mode: tcp
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{clients}" }
    backend: echo
  - name: passed
    bind: 127.0.0.1:{passed_port}
    mode: passthrough
    backend: passed
backends:
  app: { servers: [ "{app}" ], tls: {back} }
  passed: { servers: [ "{app}" ] }
  app2: { servers: [ "{app}" ], tls: {back}, protocol: h2 }
  sockets: { servers: [ "{sockets}" ], tls: {back} }
  service: { servers: [ "{service}" ], tls: {back}, protocol: h2 }
  store: { servers: [ "{store}" ], tls: {back} }
  echo: { servers: [ "{echo}" ] }
  restarted: { servers: [ "{restarted}" ] }
"""
BACK = '{ trust: "{backends_ca}", name: app.internal, certificate: "{gateway}", private_key: "{gateway_key}" }'
SAMPLE_SECONDS = 1.0
MALLORIES = 10  # of each kind, each revoked again and again: what is remembered of certificates is not to look like growth


class Soak:
    """The gateway, its backends and the actors. `counts` tells how often each actor did its part, `failures` what failed."""

    def __init__(self, world, environment=None):
        self.world, self.legs = world, Legs(world)
        self.counts = collections.Counter()
        self.failures = []
        self.samples = []
        self.over = threading.Event()
        self.kinds = {"HTTP/1.1": payloads.Http(world, self.legs, "1.1"), "WebSocket": payloads.WebSocket(world, self.legs),
                      "HTTP/2": payloads.Http(world, self.legs, "2"), "gRPC": payloads.Grpc(world, self.legs),
                      "bytes": payloads.Bytes(world, self.legs)}
        self.mallories = {kind: [world.issue("mallory") for _ in range(MALLORIES)] for kind in lasting.KINDS}
        self.restarted_port = free_port()
        self.restarted = Recorder(port=self.restarted_port)
        self.ports = {name: free_port() for name in ("clear_port", "bytes_port", "echo_port", "passed_port")}
        self.gateway = world.prepared(CONFIG, **self._values()).start(environment)
        self.bytes_port = self.ports["echo_port"]
        self.held_before = self.descriptors()

    def _values(self):
        state = self.world.folder / "state"
        state.mkdir()
        addresses = {"app": "HTTP/1.1", "sockets": "WebSocket", "service": "gRPC", "store": "bytes"}
        return {**self.ports, "state": state, "back": BACK, "restarted": f"127.0.0.1:{self.restarted_port}",
                "echo": self.world.backend(lasting.echo).address, **self.legs.values(),
                **{name: self.kinds[kind].address("mtls") for name, kind in addresses.items()}}

    def connect(self, certificate, alpn):
        """A connection of one of those that last."""
        return self.legs.connect(self.gateway.port, "mtls", alpn=(alpn,), certificate=certificate)

    # What is held.

    def descriptors(self):
        """How many descriptors each worker has."""
        return [len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir())) for pid in self.gateway.children()]

    def memory_kib(self):
        """Resident memory of all workers."""
        return sum(_resident_kib(pid) for pid in self.gateway.children())

    # The actors: each does its part once.

    def names(self):
        """The actors' names."""
        return list(self._actors())

    def _converse(self, kind, port, leg, **who):
        self.kinds[kind].converse(port, leg, **who)

    def _actors(self):
        trust = self.legs.backends_ca.path
        ports = self.ports
        return {
            "HTTP/1.1": lambda: self._converse("HTTP/1.1", self.gateway.port, "mtls"),
            "HTTP/2": lambda: self._converse("HTTP/2", self.gateway.port, "mtls"),
            "WebSocket": lambda: self._converse("WebSocket", self.gateway.port, "mtls"),
            "gRPC": lambda: self._converse("gRPC", self.gateway.port, "mtls"),
            "bytes": lambda: self._converse("bytes", ports["bytes_port"], "mtls"),
            "in the clear": lambda: self._converse("HTTP/1.1", ports["clear_port"], "clear"),
            "passed through": lambda: self._converse("HTTP/1.1", ports["passed_port"], "mtls", trust=trust),
            "reload": self._reload,
            "restart": self._restart,
            "asking the restarted": self._ask_restarted,
            "rude clients": self._be_rude,
            **{f"revoked {kind}": lambda kind=kind: self._revoke(kind) for kind in lasting.KINDS},
        }

    def _reload(self):
        self.gateway.reloaded()
        self.over.wait(2)

    def _restart(self):
        self.over.wait(1)
        self.restarted.close()
        self.over.wait(0.5)
        self.restarted = until(self._reopened, 20, "the restarted backend's port")

    def _reopened(self):
        try:
            return Recorder(port=self.restarted_port)
        except OSError:
            return None

    def _ask_restarted(self):
        """While it is away an answer says so; nothing hangs, and nothing else is said."""
        with self.connect(None, "http/1.1") as connection:
            for _ in range(20):
                status = client.get(connection, "/restarted")[0]
                assert status in (200, 502, 503), status

    def _be_rude(self):
        """Garbage, half a handshake, an upload that is reset in its middle."""
        with client.tcp(self.gateway.port) as connection:
            connection.sendall(b"\x16\x03\x01\x40\x00garbage" * 100)
        with client.tcp(self.gateway.port) as connection:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        connection = self.connect(None, "http/1.1")
        connection.sendall(b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + b"x" * 5000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def _revoke(self, kind):
        """Somebody comes, is revoked, loses what he had, and is forgiven."""
        mallory = self.mallories[kind][self.counts[f"revoked {kind}"] % MALLORIES]
        live = lasting.KINDS[kind](self, mallory)
        assert live.goes_on()
        self._command("revoke", mallory)
        live.await_end()
        live.close()
        self._command("release", mallory)

    def _command(self, verb, certificate):
        done = command(verb, f"fingerprint:{certificate.fingerprint}", "--socket", self.gateway.socket_path)
        assert done.returncode == 0, done.stdout + done.stderr

    # The run.

    def run(self, seconds):
        """All actors, each in a thread, for so long."""
        threads = [threading.Thread(target=self._play, args=actor, daemon=True) for actor in self._actors().items()]
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.samples.append((self.memory_kib(), max(self.descriptors())))
            time.sleep(min(SAMPLE_SECONDS, max(0.0, end - time.monotonic())))
        self.over.set()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads), "an actor hangs"

    def _play(self, name, part):
        while not self.over.is_set():
            try:
                part()
                self.counts[name] += 1
            except BaseException:  # pylint: disable=broad-except
                self.failures.append(f"{name}: {traceback.format_exc(limit=-3)}")
                self.over.wait(0.2)

    def rest(self):
        """Ends the backends, and waits until the workers hold no more than before the first client came."""
        self.restarted.close()
        for kind in self.kinds.values():
            kind.close()
        until(lambda: all(now <= before for now, before in zip(self.descriptors(), self.held_before)), 30,
              f"the descriptors of the workers to be {self.held_before} again, now {self.descriptors()}")


def _resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
