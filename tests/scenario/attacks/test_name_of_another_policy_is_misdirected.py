"""The server name chose the host; a Host of another client authentication gets 421, however it is written.

CVE-2025-66614, CVE-2025-23048 (server name of a lax host, Host of the strict one), CVE-2018-21246, CVE-2022-23632,
CVE-2022-46153 (trailing dot, missing option, case), CVE-2026-48491 (wildcards)."""
import pytest

from harness import client, hosts


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway and its backend."""
    backend = stage.recorder()
    return hosts.start(stage, backend), backend


def ask(scene, made, sni, host, target="/"):
    """The status of a request for `host` on a connection for `sni`, and how many reached the backend."""
    gateway, backend = scene
    before = len(backend.requests)
    with client.connect(gateway.port, made, server_name=sni) as connection:
        status = client.ask(connection, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())[0]
    return status, len(backend.requests) - before


SPELLINGS = ["required.example.com", "REQUIRED.example.COM", "required.example.com.", "required.example.com:8443",
             "Required.Example.com.:443"]


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("sni", ["off.example.com", "optional.example.com", "lax.wild.example.com"])
@pytest.mark.parametrize("host", SPELLINGS + ["twin.example.com", "partners.example.com", "a.wild.example.com",
                                              "A.WILD.example.com."])
def test_a_lax_connection_reaches_no_strict_host(stage, scene, version, sni, host):
    """421, and the backend hears nothing."""
    assert ask(scene, stage.context(None, version), sni, host) == (421, 0)
    assert scene[0].refusal(reason="misdirected")["status"] == 421


@pytest.mark.parametrize("target", ["https://required.example.com/", "https://REQUIRED.example.com:443/x"])
def test_nor_by_an_absolute_target(stage, scene, target):
    """RFC 9112 section 3.2.2: the target's host counts; a Host that differs from it is malformed."""
    made = stage.context()
    assert ask(scene, made, "off.example.com", target.split("/")[2], target) == (421, 0)
    assert ask(scene, made, "off.example.com", "off.example.com", target) == (400, 0)


@pytest.mark.parametrize("host", ["partners.example.com", "off.example.com", "optional.example.com",
                                  "lax.wild.example.com"])
def test_a_proof_for_one_trust_is_none_for_another(stage, scene, host):
    """Also towards laxer hosts: what was proven belongs to the host that asked."""
    assert ask(scene, stage.context(stage.issue()), "required.example.com", host) == (421, 0)


@pytest.mark.parametrize("sni, host", [("required.example.com", name) for name in SPELLINGS]
                         + [("required.example.com", "alias.example.com"), ("required.example.com", "twin.example.com"),
                            ("a.wild.example.com", "b.wild.example.com"), ("a.wild.example.com", "twin.example.com"),
                            ("REQUIRED.example.com", "required.example.com"), ("off.example.com", "OFF.example.com.")])
def test_the_same_client_authentication_is_fine(stage, scene, sni, host):
    """Other names, hosts and spellings of it."""
    made = stage.context(None if sni.startswith("off") else stage.issue())
    assert ask(scene, made, sni, host) == (200, 1)


@pytest.mark.parametrize("host", ["off.example.com, required.example.com", "off.example.com\r\nHost: off.example.com",
                                  "", "off.example.com@required.example.com", "off.example.com/x", "off..example.com",
                                  "off.example.com:", "off.example.com:x", "[::1", "off example.com"])
def test_a_host_that_is_none_is_refused(stage, scene, host):
    """400 or 421, never an answer of the backend."""
    status, reached = ask(scene, stage.context(), "off.example.com", host)
    assert status in (400, 421) and reached == 0


def test_without_any_host_there_is_nothing_to_compare(stage, scene):
    """400 in HTTP/1.1 (RFC 9112 section 3.2); in HTTP/1.0 it goes to the default, which is strict."""
    gateway, backend = scene
    for request in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"):
        with client.connect(gateway.port, stage.context(), server_name="off.example.com") as connection:
            assert client.ask(connection, request)[0] in (400, 421)
    assert not [request for request in backend.requests if b"HTTP/1.0" in request]
