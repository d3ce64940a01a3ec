"""An answer without a length ends with the connection: whole with a close_notify, cut off without one."""
import ssl

import pytest

from harness import client
from harness.backend import read_head

OLD_REQUEST = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"
BEGINNING = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"


def cuts(connection):
    """A backend that breaks off in the middle of the body."""
    with connection.makefile("rb") as reader:
        read_head(reader)
        connection.sendall(BEGINNING)


def completes(connection):
    """A backend that sends all of it."""
    with connection.makefile("rb") as reader:
        while read_head(reader):
            connection.sendall(BEGINNING + b"0\r\n\r\n")


def read_to_end(connection):
    """Everything up to the end; an end without a close_notify is an error."""
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def asked(stage, gateway, version):
    """A connection of a client of HTTP/1.0 that knows an end from a cut."""
    settings = stage.context(stage.issue(), version)
    settings.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    connection = client.connect(gateway.port, settings)
    connection.sendall(OLD_REQUEST)
    return connection


@pytest.mark.parametrize("version", client.VERSIONS)
def test_a_whole_answer_ends_in_order(stage, version):
    """close_notify."""
    gateway = stage.gateway(backend=stage.backend(completes).address)
    with asked(stage, gateway, version) as connection:
        assert read_to_end(connection).endswith(b"hello")


@pytest.mark.parametrize("version", client.VERSIONS)
def test_a_cut_answer_does_not(stage, version):
    """What the backend did to us we do to the client."""
    gateway = stage.gateway(backend=stage.backend(cuts).address)
    with asked(stage, gateway, version) as connection, pytest.raises(ssl.SSLError, match="(?i)eof"):
        read_to_end(connection)
    assert gateway.access(status=200, reason="backend-cut")
