"""Redis as a backend of bytes, and redis-cli as its client."""
import pathlib
import subprocess

from .gateway import free_port
from .waiting import until


class Redis:
    """A redis-server: in the clear, under TLS, or under TLS that lets in only whom `legs` let in."""

    def __init__(self, legs, folder, leg):
        self.legs, self.leg = legs, leg
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        line = ["redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", self.folder,
                "--logfile", self.folder / "redis.log", *self._ports()]
        self.process = subprocess.Popen([str(word) for word in line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            until(self._answers, 15, "Redis to answer")
        except AssertionError:
            self.close()
            raise

    def _ports(self):
        if self.leg == "clear":
            return ["--port", self.port]
        return ["--port", "0", "--tls-port", self.port, "--tls-cert-file", self.legs.backend.path, "--tls-key-file",
                self.legs.backend.key_path, "--tls-ca-cert-file", self.legs.let_in, "--tls-auth-clients",
                "yes" if self.leg == "mtls" else "no"]

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "redis.log").read_text()
        return Cli(self.legs, self.port, self.leg, self.legs.gateway, self.legs.backends_ca.path).run("PING") == (0, b"PONG\n")

    def close(self):
        """Ends Redis."""
        self.process.terminate()
        self.process.wait(10)


class Cli:
    """redis-cli on one leg: alice's, to the gateway, unless another certificate and trust are given."""

    def __init__(self, legs, port, leg, certificate=None, trust=None, server_name="localhost"):
        self.line = ["redis-cli", "-h", "127.0.0.1", "-p", str(port)]
        if leg != "clear":
            self.line += ["--tls", "--cacert", str(trust or legs.world.trust), "--sni", server_name]
        if leg == "mtls":
            shown = certificate or legs.alice
            self.line += ["--cert", str(shown.path), "--key", str(shown.key_path)]

    def run(self, *words, value=None):
        """One command, its last argument from `value` if there is one: (exit code, output)."""
        line = [*self.line, *(["-x"] if value is not None else []), *words]
        done = subprocess.run(line, input=value, capture_output=True, timeout=30, check=False)
        return done.returncode, done.stdout
