"""However a ClientHello is cut into records and packets, its server name counts.

CVE-2026-32305: a fragmented hello was not understood and fell back to a configuration without client authentication."""
import struct

import pytest

from harness import client, handdriven, hosts, rawtls


@pytest.fixture(scope="module")
def gateway(stage):
    """The gateway with hosts of every kind."""
    return hosts.start(stage, stage.recorder())


def cut_at_the_name(flight, data):
    """Two records, cut in the middle of the server name."""
    if flight > 0:
        return [data]
    kind, version, hello = next(handdriven.records_of(data))
    middle = hello.index(b".example.com") - 2
    return [struct.pack("!BHH", kind, version, len(part)) + part for part in (hello[:middle], hello[middle:])]


CUTS = {"records of one byte": handdriven.one_byte_records, "packets of one byte": handdriven.one_byte_writes,
        "in the name": cut_at_the_name, "not at all": handdriven.unchanged}


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("cut", CUTS)
def test_the_strict_host_stays_strict_and_the_lax_one_lax(stage, gateway, version, cut):
    """The same three answers as in one piece."""
    nobody, alice = stage.context(None, version), stage.context(stage.issue(), version)
    with handdriven.Connection(gateway.port, nobody, CUTS[cut], "off.example.com") as connection:
        assert connection.handshake().get(host="off.example.com") == 200
    with handdriven.Connection(gateway.port, alice, CUTS[cut], "required.example.com") as connection:
        assert connection.handshake().get(host="required.example.com") == 200
    with handdriven.Connection(gateway.port, nobody, CUTS[cut], "required.example.com") as connection:
        with pytest.raises(Exception) as failure:
            connection.handshake().get(host="required.example.com")
    assert client.alert_in(str(failure.value)) == (40 if version == client.TLS12 else 116)


def protocols(count):
    """So many application protocols of 250 bytes, and the one that is spoken."""
    return [f"{number:0250}" for number in range(count)] + ["http/1.1"]


@pytest.mark.parametrize("cut", [handdriven.unchanged, handdriven.one_byte_records])
def test_a_hello_of_almost_16_kilobytes_is_read(stage, gateway, cut):
    """Larger than one record, or than one packet."""
    made = stage.context(stage.issue(), alpn=protocols(62))
    with handdriven.Connection(gateway.port, made, cut, "required.example.com") as connection:
        assert connection.handshake().get(host="required.example.com") == 200
    nobody = stage.context(alpn=protocols(62))
    assert client.refused_alert(gateway.port, nobody, server_name="required.example.com") == 116


def test_a_larger_hello_is_refused(gateway):
    """With an alert and a record; nothing falls back."""
    hello = rawtls.client_hello(bytes(32), "required.example.com", rawtls.extension(21, bytes(60000)))
    records = b"".join(rawtls.record(22, hello[at:at + 16384]) for at in range(0, len(hello), 16384))
    with client.tcp(gateway.port) as connection:
        connection.sendall(records)
        assert connection.recv(7) == bytes([21, 3, 3, 0, 2, 2, 47])
    assert gateway.refusal(reason="client-hello-too-large")["stage"] == "client_hello"


@pytest.mark.parametrize("count, first_byte", [(40, 22), (500, 21)])
def test_many_extensions_are_read_up_to_a_bound(gateway, count, first_byte):
    """A ServerHello answers a few dozen that nobody knows, an alert answers hundreds."""
    extras = b"".join(rawtls.extension(0x1000 + number, b"x" * (number % 20)) for number in range(count))
    hello = rawtls.client_hello(bytes([9] + [0] * 31), "required.example.com", extras)
    with client.tcp(gateway.port) as connection:
        connection.sendall(rawtls.record(22, hello))
        assert connection.recv(6)[::5] == bytes([first_byte, 2])
