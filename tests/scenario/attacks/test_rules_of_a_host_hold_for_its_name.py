"""A connection for the server name of a lax host, with the Host of a strict one: the strict one's rules hold, also where both
ask for certificates alike. CVE-2025-66614, CVE-2022-23632 (the policy of the server name for the Host of another)."""
import pytest

from harness import client

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    client_auth: { mode: required, trust: "{clients}" }
    hosts:
      - { names: lax.example.com }
      - { names: strict.example.com, allow: [ { subject.cn: alice } ] }
      - { names: "*.example.com", deny: [ { subject.cn: bob } ] }
    routes: [ { backend: app } ]
backends:
  app: { servers: [ "{backend}" ] }
"""


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway, its backend, and two clients."""
    backend = stage.recorder()
    return (stage.gateway(CONFIG, backend=backend.address), backend,
            {name: stage.context(stage.issue(name)) for name in ("alice", "bob")})


@pytest.mark.parametrize("host", ["strict.example.com", "STRICT.example.com", "strict.example.com.",
                                  "strict.example.com:443", "other.example.com"])
def test_the_host_of_the_request_is_asked_as_well(scene, host):
    """403 for bob, by the rule of that host; alice is served over the same kind of connection."""
    gateway, backend, people = scene
    before = len(backend.requests)
    with client.connect(gateway.port, people["bob"], server_name="lax.example.com") as connection:
        assert client.get(connection, host="lax.example.com")[0] == 200
        assert client.get(connection, host=host)[0] == 403
    with client.connect(gateway.port, people["alice"], server_name="lax.example.com") as connection:
        assert client.get(connection, host=host)[0] == 200
    assert len(backend.requests) == before + 2
    assert gateway.refusal(reason="policy")["detail"] in ("no rule allows it", "a rule denies it")


def test_the_host_of_the_handshake_holds_too(scene):
    """Whom it refuses does not get in by another Host."""
    gateway, _, people = scene
    assert client.refused_alert(gateway.port, people["bob"], server_name="strict.example.com") == 46
