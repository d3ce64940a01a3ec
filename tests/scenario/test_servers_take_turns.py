"""A backend's servers are used in turn; one that keeps failing is passed over for a while; connections are kept."""
from harness import client
from harness.backend import Recorder, answer
from harness.gateway import free_port
from harness.waiting import until
from harness.world import REQUIRED


def named(name):
    """A backend's answer that says which server it was."""
    return lambda request: answer(name)


def asked(connection, count):
    """Who answered so many requests."""
    return [client.get(connection)[2] for _ in range(count)]


def test_in_turn(stage):
    """Three servers, nine requests."""
    servers = [stage.recorder(named(name)) for name in (b"a", b"b", b"c")]
    gateway = stage.gateway(backend='", "'.join(server.address for server in servers))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        names = asked(connection, 9)
    assert names[:3] * 3 == names and sorted(names[:3]) == [b"a", b"b", b"c"]
    assert [server.connections for server in servers] == [1, 1, 1]


def test_a_server_that_fails_is_paused_and_comes_back(stage):
    """Two failures, then nobody asks it for a second; after that it is asked again, and serves."""
    port, good = free_port(), stage.recorder(named(b"good"))
    config = REQUIRED.replace('servers: [ "{backend}" ]', 'servers: [ "{backend}" ]\n'
                              "    passive_health: { failures: 2, pause: 1s }")
    gateway = stage.gateway(config, backend=f'127.0.0.1:{port}", "{good.address}')
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        assert asked(connection, 20) == [b"good"] * 20
        failures = gateway.status()["counters"]["backend_failures"]
        assert 2 <= failures <= 4
        back = Recorder(named(b"back"), port=port)
        stage.ended.append(back.close)
        until(lambda: b"back" in asked(connection, 2), 10, "the server to be asked again")
        assert sorted(asked(connection, 10)) == [b"back"] * 5 + [b"good"] * 5


def test_when_all_are_paused_they_are_tried_all_the_same(stage):
    """A pause is an advice: without another server a request tries what there is, and the first that is back serves."""
    port = free_port()
    config = REQUIRED.replace('servers: [ "{backend}" ]', 'servers: [ "{backend}" ]\n'
                              "    passive_health: { failures: 1, pause: 60s }")
    gateway = stage.gateway(config, backend=f"127.0.0.1:{port}")
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        assert {client.get(connection)[0] for _ in range(4)} <= {502, 503}
        server = Recorder(named(b"back"), port=port)
        stage.ended.append(server.close)
        assert client.get(connection)[2] == b"back"


def test_kept_connections_are_used_again_and_shared_by_clients(stage):
    """Two clients, one after the other, one connection behind; the identities stay each client's own."""
    backend = stage.recorder()
    gateway = stage.gateway(backend=backend.address)
    for name in ("alice", "bob", "alice"):
        certificate = stage.issue(name)
        assert client.get_once(gateway.port, stage.context(certificate))[0] == 200
        der = client.ssl.DER_cert_to_PEM_cert(certificate.der).split("-----")[2].replace("\n", "")
        assert f"Client-Cert: :{der}:\r\n".encode() in backend.last()
    assert backend.connections == 1


def test_no_more_are_kept_than_allowed(stage):
    """pool.idle_per_worker: 0 keeps none."""
    backend = stage.recorder()
    config = REQUIRED + "    pool: { idle_per_worker: 0 }\n"
    gateway = stage.gateway(config, backend=backend.address)
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        asked(connection, 5)
    assert backend.connections == 5


def test_routes_choose_the_backend(stage):
    """By host and by path, the first in the file that fits; on whole segments."""
    config = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes:
      - { host: a.example.com, path: /x, backend: one }
      - { host: "*.example.com", backend: two }
      - { path: /admin, backend: three }
      - { path: /dir/, backend: four }
      - backend: five
backends:
  one: { servers: [ "{one}" ] }
  two: { servers: [ "{two}" ] }
  three: { servers: [ "{three}" ] }
  four: { servers: [ "{four}" ] }
  five: { servers: [ "{five}" ] }
"""
    names = ("one", "two", "three", "four", "five")
    gateway = stage.gateway(config, **{name: stage.recorder(named(name.encode())).address for name in names})
    expected = {("a.example.com", "/x"): b"one", ("A.EXAMPLE.com.:99", "/x/y?z"): b"one",
                ("a.example.com", "/xy"): b"two", ("a.example.com", "/X"): b"two", ("b.example.com", "/x"): b"two", ("a.b.example.com", "/"): b"five",
                ("example.com", "/"): b"five", ("localhost", "/admin"): b"three", ("localhost", "/admin?x"): b"three",
                ("localhost", "/admin/"): b"three", ("localhost", "/administrator"): b"five",
                ("localhost", "/dir"): b"five", ("localhost", "/dir/a"): b"four", ("localhost", "/"): b"five"}
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        for (host, path), name in expected.items():
            assert client.get(connection, path, host)[2] == name, (host, path)
