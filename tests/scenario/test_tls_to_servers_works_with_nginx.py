"""TLS to servers with a real one: nginx sees our certificate, resumes our sessions, shows staples; and a reload with other
TLS settings leaves the old connections alone."""
import subprocess

import pytest
from cryptography import x509

from harness import client
from harness.gateway import free_port
from harness.legs import Legs
from harness.nginx import Nginx
from test_ocsp_staples_are_shown import response

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    {front}
    routes: [ { backend: app } ]
backends:
  app:
    servers: [ "{backend}" ]
    pool: { idle_per_worker: {idle} }
    tls: { trust: "{backends_ca}", name: app.internal {more} }
"""
FRONTS = {
    "clear": "clear: true",
    "tls": 'certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]',
    "mtls": 'certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]\n'
            '    client_auth: { mode: required, trust: "{clients}" }',
}
OURS = ', certificate: "{gateway}", private_key: "{gateway_key}"'
SERVER = """
    server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; {words}
        location / {{ return 200 "$ssl_session_reused $connection_requests $ssl_client_verify $ssl_client_s_dn $ssl_server_name"; }} }}
"""


class Story:
    """A gateway in front of nginx."""

    def __init__(self, world, front="tls", words="", certificate=None, **values):
        self.world, self.legs = world, Legs(world)
        port, shown = free_port(), certificate or self.legs.backend
        server = SERVER.format(port=port, certificate=shown.path, key=shown.key_path,
                               words=words.replace("LET_IN", str(self.legs.let_in)))
        world.keep(Nginx(world.folder / "nginx", [port], server))
        self.values = {"idle": 64, "more": "", **self.legs.values(), **values}
        self.front = front
        self.gateway = world.gateway(CONFIG.replace("{front}", FRONTS[front]), backend=f"127.0.0.1:{port}", **self.values)

    def told(self):
        """What nginx says of its connection, one request on a connection of its own: status and words."""
        certificate = self.legs.alice if self.front == "mtls" else None
        if self.front == "clear":
            with client.tcp(self.gateway.port) as connection:
                status, _, body = client.get(connection)
        else:
            status, _, body = client.get_once(self.gateway.port, self.world.context(certificate))
        return status, body.decode().split(" ")


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_nginx_knows_who_the_gateway_is(world, front, version):
    """A server that requires a certificate verifies ours, whatever the client came with; SNI is the server's name."""
    story = Story(world, front, more=OURS,
                  words=f"ssl_protocols {version}; ssl_client_certificate LET_IN; ssl_verify_client on;")
    assert story.told() == (200, [".", "1", "SUCCESS", "CN=gateway.example.com", "app.internal"])
    assert story.told()[1][1] == "2"  # the same connection, from the pool


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_sessions_are_resumed(world, version):
    """Each request on a new connection: all but the first resume; and none where that is turned off."""
    story = Story(world, words=f"ssl_protocols {version}; ssl_session_cache shared:a:1m;", idle=0)
    assert [story.told()[1][:2] for _ in range(4)] == [[".", "1"]] + 3 * [["r", "1"]]
    story.gateway.reloaded(more=", session_resumption: false")
    assert [story.told()[1][:2] for _ in range(2)] == 2 * [[".", "1"]]


def test_other_settings_use_no_connection_of_before(world):
    """A pooled connection is taken again after a reload, unless the way it was opened has changed."""
    story = Story(world)
    assert [story.told()[1][1] for _ in range(2)] == ["1", "2"]
    story.gateway.reloaded()
    assert story.told()[1][1] == "3"
    story.gateway.reloaded(more=", max_version: 1.2")
    assert [story.told()[1][:2] for _ in range(2)] == [[".", "1"], [".", "2"]]


def test_a_server_that_misses_our_certificate_is_heard(world):
    """nginx says it by HTTP, and the client is told so."""
    story = Story(world, words="ssl_client_certificate LET_IN; ssl_verify_client on;")
    assert story.told()[0] == 400


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_staple_is_enough(world, version):
    """A certificate that promises a staple, and nginx that shows it; without it the server is refused."""
    ca = Legs(world).backends_ca
    promising = ca.issue("app.internal", "server", names=["app.internal"],
                         extensions=[(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)])
    path = world.folder / "response.der"
    path.write_bytes(response(ca, promising))
    port, bare = free_port(), free_port()
    servers = [SERVER.format(port=number, certificate=promising.path, key=promising.key_path,
                             words=f"ssl_protocols {version}; {words}")
               for number, words in [(port, f"ssl_stapling on; ssl_stapling_file {path};"), (bare, "")]]
    world.keep(Nginx(world.folder / "nginx", [port, bare], "".join(servers)))
    config = CONFIG.replace("{front}", FRONTS["tls"])
    values = {"idle": 0, "backends_ca": ca.path}
    for words in (", staple: required", ", staple: if_present"):
        gateway = world.gateway(config, backend=f"127.0.0.1:{port}", more=words, **values)
        assert client.get_once(gateway.port, world.context())[0] == 200
        gateway.reloaded(backend=f"127.0.0.1:{bare}")
        assert client.get_once(gateway.port, world.context())[0] == 502
        assert gateway.refusal(reason="backend-staple-missing")["backend_tls"]["presented"]["serial"] == promising.serial
