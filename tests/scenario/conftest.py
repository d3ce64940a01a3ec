"""What every scenario has at hand."""
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import pki  # noqa: E402
from harness.backend import Nginx, Recorder  # noqa: E402
from harness.gateway import SALLYPORT, Gateway  # noqa: E402


class World:
    """One story's PKI, backends and gateways; everything is ended with the story."""

    def __init__(self, folder):
        self.folder = folder
        self.servers_ca = pki.Authority(folder, "Servers CA")
        self.clients_ca = pki.Authority(folder, "Clients CA")
        self.server = self.servers_ca.issue("localhost", "server", names=["localhost", "*.example.com", "127.0.0.1"])
        self.trust = self.servers_ca.path
        self.ended = []

    def alice(self, **options):
        """A client certificate that every listener of the stories accepts, unless the options spoil it."""
        return self.clients_ca.issue("alice", **options)

    def recorder(self, answer=None):
        """A backend that keeps what it is sent."""
        return self._keep(Recorder(answer))

    def nginx(self, **options):
        """nginx as a backend."""
        return self._keep(Nginx(self.folder, **options))

    def gateway(self, config, name="gateway", **values):
        """A running gateway over `config`."""
        folder = self.folder / name
        folder.mkdir()
        made = Gateway(folder, config, **{**self.values(), **values})
        self.ended.append(made.stop)
        return made.start()

    def values(self):
        """What the configurations of the stories may name."""
        return {"server": self.server.path, "server_key": self.server.key_path, "clients": self.clients_ca.path}

    def _keep(self, server):
        self.ended.append(server.close)
        return server

    def end(self):
        """Ends everything, the youngest first; all of it even if one fails."""
        failures = []
        for end in reversed(self.ended):
            try:
                end()
            except Exception as failure:  # pylint: disable=broad-except
                failures.append(failure)
        if failures:
            raise failures[0]


@pytest.fixture
def world(tmp_path):
    """A world of its own for each story."""
    assert SALLYPORT.exists(), f"{SALLYPORT} is not built"
    made = World(tmp_path)
    yield made
    made.end()


@pytest.fixture
def required():
    """The configuration of most stories: one listener that requires a client certificate, one backend."""
    return """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes:
      - backend: app
backends:
  app:
    servers: [ "{backend}" ]
"""
