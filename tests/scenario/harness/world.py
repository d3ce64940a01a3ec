"""One story's PKI, backends and gateways; everything is ended with the story."""
from . import client, pki
from .backend import Nginx, Recorder, Server
from .gateway import Gateway
from .ocsp import Responder

# The configuration of most stories: one listener that requires a client certificate, one backend.
REQUIRED = """\
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


class World:
    """The scene of stories: a CA for servers, one for clients, and whatever the stories start in it."""

    def __init__(self, folder):
        self.folder = folder
        self.servers_ca = pki.Authority(folder, "Servers CA")
        self.clients_ca = pki.Authority(folder, "Clients CA")
        self.server = self.servers_ca.issue("localhost", "server",
                                            names=["localhost", "example.com", "*.example.com", "127.0.0.1"])
        self.trust = self.servers_ca.path
        self.ended = []
        self.gateways = []

    def issue(self, name="alice", **options):
        """A client certificate that every listener of the stories accepts, unless the options spoil it."""
        return self.clients_ca.issue(name, **options)

    def context(self, certificate=None, version=None, **options):
        """A client's settings, with the world's trust in servers."""
        return client.context(self.trust, certificate, version, **options)

    def recorder(self, answer_to=None, **options):
        """A backend that keeps what it is sent."""
        return self.keep(Recorder(answer_to, **options))

    def backend(self, serve):
        """A backend that does with each connection what `serve` says."""
        return self.keep(Server(serve))

    def responder(self, authority=None, **options):
        """An OCSP responder, of the clients' CA unless another is given."""
        return self.keep(Responder(authority or self.clients_ca, **options))

    def nginx(self, **options):
        """nginx as a backend."""
        return self.keep(Nginx(self.folder, **options))

    def gateway(self, config=REQUIRED, **values):
        """A running gateway over `config`."""
        return self.prepared(config, **values).start()

    def prepared(self, config=REQUIRED, **values):
        """A gateway that is configured and not started."""
        folder = self.folder / f"gateway-{len(self.gateways) + 1}"
        folder.mkdir()
        made = Gateway(folder, config, **{**self.values(), **values})
        self.gateways.append(made)
        self.ended.append(made.stop)
        return made

    def values(self):
        """What the configurations of the stories may name."""
        return {"server": self.server.path, "server_key": self.server.key_path, "clients": self.clients_ca.path}

    def keep(self, server):
        """Closes `server`, of whatever kind, when the story ends; gives it back."""
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
