"""The application behind everything: gives each request's body back, and says in X-Told what it was told."""
import json

from .backend import Recorder, body_of, fields_of


def told_of(fields):
    """X-Told's text for the fields of a request: a name's first value."""
    return json.dumps({name: values[0] for name, values in fields.items()})


def echo(request):
    """The answer: the request's body, whole or in the same chunks, with the facts in a field."""
    fields = fields_of(request)
    framing = "Transfer-Encoding: chunked" if "transfer-encoding" in fields else f"Content-Length: {len(body_of(request))}"
    return f"HTTP/1.1 200 OK\r\nX-Told: {told_of(fields)}\r\n{framing}\r\n\r\n".encode("latin1") + body_of(request)


class App(Recorder):
    """An HTTP/1.1 server of `echo`."""

    def __init__(self):
        super().__init__(echo)
