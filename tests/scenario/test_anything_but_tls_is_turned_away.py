"""What is no TLS is answered in its own terms where it has any, and never costs the worker anything."""
import os

import pytest

from harness import client


@pytest.fixture(scope="module")
def gateway(stage):
    """One gateway for all of them."""
    return stage.gateway(backend=stage.recorder().address)


@pytest.mark.parametrize("request_bytes", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /x HTTP/1.0\r\n\r\n",
                                           b"OPTIONS * HTTP/1.1\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n",
                                           b"DELETE / HTTP/1.1\r\n"])
def test_plain_http_is_told_to_use_https(gateway, request_bytes):
    """400 in clear text."""
    with client.tcp(gateway.port) as connection:
        connection.sendall(request_bytes)
        status, fields, body = client.read_answer(connection)
        assert (status, fields["connection"]) == (400, "close") and b"TLS" in body
        assert connection.recv(1) == b""
    assert gateway.refusal(reason="plain-http")["stage"] == "client_hello"


@pytest.mark.parametrize("garbage", [b"\x00" * 100, b"SSH-2.0-OpenSSH_9.2\r\n", b"\x80\x2e\x01\x00\x02" + b"x" * 60,
                                     b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", b"\x16\x03\x01\x40\x01" + b"x" * 100,
                                     b"\x17\x03\x03\x00\x10" + b"x" * 16, b"\x15\x03\x01\x00\x02\x02\x28",
                                     b"\x16\x02\x00\x00\x04\x01\x00\x00\x00", b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
                                     b"\x16\x03\x01\x00\x00" * 50, b"\xff" * 70000])
def test_garbage_gets_an_alert(gateway, garbage):
    """decode_error or its kin, a record, and the worker goes on."""
    workers = gateway.children()
    with client.tcp(gateway.port) as connection:
        try:
            connection.sendall(garbage)
            received = connection.recv(100)
        except ConnectionResetError:
            received = b""
    assert received[:1] in (b"\x15", b"")
    assert gateway.refusal(stage="client_hello")["reason"] in ("client-hello-malformed", "client-hello-too-large")
    assert gateway.children() == workers


def test_noise_is_noise(stage, gateway):
    """Three hundred connections of random bytes, some of which begin like TLS; then a good one."""
    workers = gateway.children()
    for number in range(300):
        noise = os.urandom(number * 7 % 600)
        with client.tcp(gateway.port) as connection:
            connection.sendall(b"\x16\x03\x01" + noise if number % 2 else noise)
    assert client.get_once(gateway.port, stage.context(stage.issue()))[0] == 200
    assert gateway.children() == workers


def test_a_client_that_leaves_at_once_is_no_trouble(stage, gateway):
    """Neither after nothing nor in the middle of its hello."""
    for said in (b"", b"\x16\x03\x01\x02\x00\x01"):
        client_socket = client.tcp(gateway.port)
        client_socket.sendall(said)
        client_socket.close()
    assert client.get_once(gateway.port, stage.context(stage.issue()))[0] == 200


def test_no_protocol_in_common(stage, gateway):
    """no_application_protocol; without any offer HTTP/1.1 is meant."""
    certificate = stage.issue()
    with pytest.raises(OSError) as failure:
        client.connect(gateway.port, stage.context(certificate, alpn=("h3", "spdy/1"))).close()
    assert client.alert_in(str(failure.value)) == 120
    assert gateway.refusal(reason="tls-no-shared-alpn")["alert"] == 120
    assert client.get_once(gateway.port, stage.context(certificate, alpn=()))[0] == 200
