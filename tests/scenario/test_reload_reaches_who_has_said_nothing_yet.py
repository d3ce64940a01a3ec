"""Who came to a clear listener before a reload, and begins to speak after it, is served as the new configuration says."""
from harness import client

CONFIG = """\
listeners:
  - name: plain
    bind: 127.0.0.1:{port}
    clear: true
    deny: [ { address: 127.0.0.2 } ]
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""


def test_a_reload_before_the_first_word(world):
    """Whether it would be HTTP/2 was not known yet."""
    gateway = world.gateway(CONFIG, backend=world.recorder().address)
    with client.tcp(gateway.port) as served, client.tcp(gateway.port, source="127.0.0.3") as refused:
        with client.tcp(gateway.port) as later:
            assert client.get(later, "/before")[0] == 200
        gateway.reloaded(CONFIG.replace("127.0.0.2", "127.0.0.3"))
        assert client.get(served, "/after")[0] == 200
        assert refused.recv(4096) == b""
