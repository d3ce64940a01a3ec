"""No renegotiation, no TLS 1.2 without the extended master secret, no early data, nothing carried over from before.

CVE-2009-3555 (renegotiation), CVE-2014-1295 (triple handshake), CVE-2016-4979, CVE-2019-0215 (client authentication
after the handshake), CVE-2024-39321 and RFC 8470 (0-RTT), CVE-2023-40217 (bytes from before the handshake)."""
import ssl
import subprocess

import pytest

from harness import client, handdriven
from harness.waiting import until

EXTENDED_MASTER_SECRET = 23


@pytest.fixture(scope="module")
def scene(stage):
    """A gateway and its backend."""
    backend = stage.recorder()
    return stage.gateway(backend=backend.address), backend


def test_renegotiation_is_refused(stage, scene):
    """A client that asks for it gets an alert and no second handshake."""
    gateway, _ = scene
    alice = stage.issue()
    line = ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-CAfile", stage.trust, "-tls1_2",
            "-servername", "localhost", "-cert", alice.path, "-key", alice.key_path]
    with subprocess.Popen(list(map(str, line)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        read = b""
        while b"Extended master secret" not in read:
            read += process.stdout.read1(65536)
        output, _ = process.communicate(b"R\n", timeout=20)
    text = (read + output).decode()
    assert "Extended master secret: yes" in text
    assert "RENEGOTIATING" in text and "no renegotiation" in text


def test_tls_1_2_without_extended_master_secret_is_refused(stage, scene):
    """RFC 7627; handshake_failure before anything else."""
    gateway, _ = scene
    change = handdriven.without_extension(EXTENDED_MASTER_SECRET)
    with handdriven.Connection(gateway.port, stage.context(stage.issue(), client.TLS12), change) as connection:
        with pytest.raises(ssl.SSLError) as failure:
            connection.handshake()
    assert client.alert_in(str(failure.value)) == 40
    assert gateway.refusal(reason="tls-extended-master-secret")["alert"] == 40


def test_early_data_is_never_taken(stage, scene):
    """No ticket allows it, and a client that sends it all the same is not answered from it."""
    gateway, backend = scene
    alice, kept, early = stage.issue(), stage.folder / "session.pem", stage.folder / "early"
    early.write_bytes(b"GET /early HTTP/1.1\r\nHost: localhost\r\n\r\n")
    output = client.s_client(gateway.port, stage.trust, "-tls1_3", "-sess_out", kept, certificate=alice)
    assert "Max Early Data: 0" in output
    output = client.s_client(gateway.port, stage.trust, "-tls1_3", "-sess_in", kept, "-early_data", early,
                             certificate=alice)
    assert "Reused, TLSv1.3" in output and "Early data was not sent" in output
    assert not backend.to_path("/early")


def test_bytes_before_the_handshake_are_no_request(scene):
    """A request in the clear gets a plain 400 and nothing of it is remembered."""
    gateway, backend = scene
    before = len(backend.requests)
    with client.tcp(gateway.port) as connection:
        connection.sendall(b"GET /clear HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.read_answer(connection)[0] == 400
    assert gateway.refusal(reason="plain-http")["stage"] == "client_hello"
    assert len(backend.requests) == before


def test_clear_bytes_behind_the_hello_are_no_request(stage, scene):
    """They break the handshake instead of waiting for its end."""
    gateway, backend = scene

    def change(flight, data):
        return [data + b"GET /clear HTTP/1.1\r\nHost: localhost\r\n\r\n"] if flight == 0 else [data]
    with handdriven.Connection(gateway.port, stage.context(stage.issue()), change) as connection:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connection.handshake().get()
    until(lambda: gateway.refusals(), 10, "a refusal")
    assert not backend.to_path("/clear")


def test_bytes_behind_a_refused_upgrade_are_no_request(stage, scene):
    """An upgrade is not served; what follows is the next request or nothing, and its identity is the client's."""
    gateway, backend = scene
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        status = client.get(connection, "/up", fields="Connection: Upgrade\r\nUpgrade: websocket\r\n")[0]
    assert status in (200, 400, 426, 501)
    for request in backend.to_path("/up"):
        assert b"websocket" not in request and b"Client-Cert-Verdict: VERIFIED" in request
