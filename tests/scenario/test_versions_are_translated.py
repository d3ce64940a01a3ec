"""A message means the same in HTTP/1.1 and HTTP/2: all four ways from a client's version to a server's, asked what RFC 9110
and RFC 9113 demand of a gateway between them."""
import socket

import pytest

from harness import client, h2client, websocket
from harness.backend import Server, read_head, read_request
from harness.h2server import H2Server
from harness.ports import free_port
from harness.waiting import until

CONFIG = """\
listeners:
  - name: clear
    bind: "127.0.0.1:{port}"
    clear: true
    routes:
      - { path: /h1, backend: one }
      - { path: /h2, backend: two }
      - { path: /able, backend: able }
backends:
  one:
    servers: [ "{one}" ]
  two:
    servers: [ "{two}" ]
    protocol: h2
  able:
    servers: [ "{able}" ]
    protocol: h2
"""
WAYS = [("h1", "h1"), ("h1", "h2"), ("h2", "h1"), ("h2", "h2")]
CONNECTION_FIELDS = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}
ENABLE_CONNECT_PROTOCOL = 8
NO_ERROR, INTERNAL_ERROR, CANCEL = 0, 2, 8


class Seen:
    """A request as the server saw it, whatever its version."""

    def __init__(self, method, fields, body=b"", trailers=()):
        self.method, self.fields, self.body, self.trailers = method, list(fields), body, dict(trailers)

    def all(self, name):
        """The values of all fields of this name."""
        return [value for field, value in self.fields if field == name]


class Told:
    """An answer that a server gives, whatever its version."""

    def __init__(self, status=200, fields=(), body=b"", trailers=(), interims=()):
        self.status, self.fields, self.body = status, list(fields), body
        self.trailers, self.interims = list(trailers), list(interims)


class Got:
    """An answer as the client saw it."""

    def __init__(self, status, fields, body, trailers, interims):
        self.status, self.fields, self.body, self.trailers, self.interims = status, fields, body, trailers, interims


class Servers:
    """One server for each version; both do what `told` says and keep what they `seen`. A `story` takes over whole."""

    def __init__(self):
        self.told, self.seen, self.story = Told(), [], None
        self.one = Server(self._serve_h1)
        self.two = H2Server(lambda *_: self._serve_h2)

    def close(self):
        """Both."""
        self.one.close()
        self.two.close()

    def _serve_h1(self, connection):
        reader = connection.makefile("rb")
        while reader.peek(1):
            if self.story:
                self.story(connection, reader)
                return
            self.seen.append(seen_h1(read_request(reader)))
            connection.sendall(told_h1(self.told))

    def _serve_h2(self, asked):
        if self.story:
            self.story(asked)
            return
        asked.whole()
        fields = [(":authority" if name == "host" else name, value) for name, value in asked.fields]
        self.seen.append(Seen(dict(fields)[":method"], fields, bytes(asked.body), asked.trailers or ()))
        for status, more in self.told.interims:
            asked.head([(":status", str(status)), *more])
        has_trailers, has_body = bool(self.told.trailers), bool(self.told.body)
        asked.head([(":status", str(self.told.status)), *self.told.fields], end=not has_trailers and not has_body)
        if has_body:
            asked.data(self.told.body, end=not has_trailers)
        if has_trailers:
            asked.head(self.told.trailers, end=True)


def lines_of(head):
    """Names and values of a head's fields."""
    pairs = (line.split(":", 1) for line in head.decode("latin1").split("\r\n")[1:] if line)
    return [(name.lower(), value.strip()) for name, value in pairs]


def seen_h1(request):
    """What a request's bytes mean."""
    head, body = request.split(b"\r\n\r\n", 1)
    fields, trailers = lines_of(head), []
    if ("transfer-encoding", "chunked") in fields:
        whole, body = body, b""
        while size := int(whole.split(b"\r\n")[0], 16):
            at = whole.index(b"\r\n") + 2
            body, whole = body + whole[at:at + size], whole[at + size + 2:]
        trailers = lines_of(whole)
    fields = [(":authority" if name == "host" else name, value) for name, value in fields]
    return Seen(head.split(b" ")[0].decode(), fields, body, trailers)


def told_h1(told):
    """The bytes of an answer."""
    def head(status, fields):
        return "".join([f"HTTP/1.1 {status} Told\r\n", *(f"{name}: {value}\r\n" for name, value in fields), "\r\n"]).encode()
    start = b"".join(head(*interim) for interim in told.interims)
    if not told.trailers:
        return start + head(told.status, told.fields) + told.body
    rest = "".join(f"{name}: {value}\r\n" for name, value in told.trailers).encode()
    chunk = b"%x\r\n%b\r\n" % (len(told.body), told.body) if told.body else b""
    return start + head(told.status, [*told.fields, ("transfer-encoding", "chunked")]) + chunk + b"0\r\n" + rest + b"\r\n"


def ask_h1(port, path, method, fields, body, trailers):
    """A request in HTTP/1.1 and its answer."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    if trailers:
        rest = "".join(f"{name}: {value}\r\n" for name, value in trailers)
        lines += "transfer-encoding: chunked\r\n"
        body = b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(body), body, rest.encode())
    elif body is not None:
        lines += f"content-length: {len(body)}\r\n"
    with client.tcp(port) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n".encode() + (body or b""))
        reader = connection.makefile("rb")
        interims = []
        while (head := read_head(reader)).split(b" ")[1].startswith(b"1"):
            interims.append((int(head.split(b" ")[1]), dict(lines_of(head))))
        status, got = int(head.split(b" ")[1]), dict(lines_of(head))
        received, ending = b"", []
        if method == "HEAD" or status in (204, 304):
            pass
        elif got.get("transfer-encoding") == "chunked":
            while size := int(reader.readline().split(b";")[0], 16):
                received += reader.read(size + 2)[:-2]
            ending = lines_of(b"\r\n" + (read_head(reader)))
        else:
            received = reader.read(int(got["content-length"]))
        connection.shutdown(socket.SHUT_WR)
        assert reader.read() == b"", "bytes after the answer"
    return Got(status, got, received, dict(ending), interims)


def ask_h2(port, path, method, fields, body, trailers):
    """The same in HTTP/2."""
    with h2client.Client(client.tcp(port), scheme="http") as asking:
        number = asking.open(method, path, fields, end=body is None and not trailers)
        if body is not None:
            asking.send(number, body, end=not trailers)
        if trailers:
            asking.end_with(number, trailers)
        stream = asking.answer(number)
        interims = [(int(interim.pop(":status")), interim) for interim in stream.interims]
        return Got(stream.status, stream.fields, bytes(stream.body), stream.trailers, interims)


class Way:
    """From a client of one version to a server of one."""

    def __init__(self, gateway, servers, front, back):
        self.gateway, self.servers, self.front, self.back = gateway, servers, front, back
        self.port, self.path = gateway.port, f"/{back}"
        servers.told, servers.story = Told(), None
        servers.seen.clear()

    def ask(self, method="GET", fields=(), body=None, trailers=(), told=None):
        """The client's answer and the server's request."""
        self.servers.told = told or Told(fields=[("content-length", "2")], body=b"ok")
        asks = ask_h1 if self.front == "h1" else ask_h2
        got = asks(self.port, self.path, method, fields, body, trailers)
        seen, = self.servers.seen
        assert self.back == "h1" or not CONNECTION_FIELDS & {name for name, _ in seen.fields}
        assert self.front == "h1" or not CONNECTION_FIELDS & got.fields.keys()
        return got, seen


@pytest.fixture(name="place", scope="module")
def _place(stage):
    servers = stage.keep(Servers())
    able = stage.keep(H2Server(lambda *_: talk, settings={ENABLE_CONNECT_PROTOCOL: 1}))
    return stage.gateway(CONFIG, one=servers.one.address, two=servers.two.address, able=able.address), servers


@pytest.fixture(name="way", params=WAYS, ids="-to-".join)
def _way(place, request):
    return Way(*place, *request.param)


def talk(asked):
    """A server of WebSocket that says everything it hears in capitals."""
    fields = dict(asked.fields)
    assert (fields[":method"], fields[":protocol"], fields["sec-websocket-version"]) == ("CONNECT", "websocket", "13")
    assert not CONNECTION_FIELDS & fields.keys() and "sec-websocket-key" not in fields
    asked.head([(":status", "200")])
    until(lambda: asked.body == b"hello", 10, "the client's word")
    asked.data(b"HELLO", end=True)


def test_trailers_pass_both_ways(way):
    """RFC 9110 section 6.5."""
    got, seen = way.ask("POST", [("te", "trailers")], b"asked", [("x-asked", "1")],
                        Told(body=b"answered", trailers=[("x-answered", "2")]))
    assert (seen.body, seen.trailers) == (b"asked", {"x-asked": "1"})
    assert (got.body, got.trailers) == (b"answered", {"x-answered": "2"})


@pytest.mark.parametrize("body", [b"", b"x" * 100])
def test_bodies_keep_their_length(way, body):
    """Also none at all; what has a length is not cut into chunks."""
    length = [("content-length", str(len(body)))]
    got, seen = way.ask("POST", length if way.front == "h2" else (), body, told=Told(fields=length, body=body))
    assert seen.body == got.body == body
    assert seen.all("content-length") == [got.fields["content-length"]] == [str(len(body))]


def test_early_hints_pass(way):
    """RFC 9110 section 15.2: a proxy forwards 1xx answers, but what it asked for itself."""
    got, _ = way.ask(told=Told(fields=[("content-length", "2")], body=b"ok",
                               interims=[(103, [("link", "</a>")]), (103, [("link", "</b>")])]))
    assert got.interims == [(103, {"link": "</a>"}), (103, {"link": "</b>"})] and got.body == b"ok"


@pytest.mark.parametrize("length", [[("content-length", "1234")], []])
def test_head_brings_no_body(way, length):
    """And the length that a GET would bring stays told (RFC 9110 section 9.3.2)."""
    got, seen = way.ask("HEAD", told=Told(fields=length))
    assert (seen.method, got.status, got.body) == ("HEAD", 200, b"")
    assert got.fields.get("content-length") == (length[0][1] if length else None)


@pytest.mark.parametrize("length", [[("content-length", "0")], []])
def test_no_content_has_no_length(way, length):
    """RFC 9110 section 8.6: none may be said with 204, even if a server does."""
    got, _ = way.ask(told=Told(204, [("x-told", "yes"), *length]))
    assert (got.status, got.fields["x-told"]) == (204, "yes")
    assert not {"content-length", "transfer-encoding"} & got.fields.keys()


@pytest.mark.parametrize("length", [[("content-length", "1234")], []])
def test_not_modified_may_have_a_length(way, length):
    """That of the answer to an unconditional GET (RFC 9110 section 8.6); none is made up."""
    got, _ = way.ask(fields=[("if-none-match", '"x"')], told=Told(304, [("etag", '"x"'), *length]))
    assert (got.status, got.body, got.fields["etag"]) == (304, b"", '"x"')
    assert got.fields.get("content-length") == (length[0][1] if length else None)
    assert "transfer-encoding" not in got.fields


def test_the_host_is_told_once(way):
    """Host and :authority are one thing (RFC 9113 section 8.3.1)."""
    _, seen = way.ask()
    assert seen.all(":authority") == ["localhost"] and not seen.all("host")


def test_cookies_reach_http1_in_one_field(way):
    """Crumbs of HTTP/2 are joined again (RFC 9113 section 8.2.3)."""
    crumbs = [("cookie", "a=1"), ("cookie", "b=2")] if way.front == "h2" else [("cookie", "a=1; b=2")]
    _, seen = way.ask(fields=crumbs)
    assert "; ".join(seen.all("cookie")) == "a=1; b=2"
    assert way.back == "h2" or len(seen.all("cookie")) == 1


def test_fields_of_a_connection_stay_on_it(way):
    """What Connection names, and what belongs to a connection anyway (RFC 9110 section 7.6.1, RFC 9113 section 8.2.2)."""
    asked = [("connection", "x-own"), ("x-own", "1"), ("keep-alive", "timeout=5"), ("proxy-connection", "keep-alive"),
             ("te", "trailers, deflate")] if way.front == "h1" else [("te", "trailers")]
    answered = [("connection", "x-its"), ("x-its", "1"), ("keep-alive", "timeout=5")] if way.back == "h1" else []
    got, seen = way.ask(fields=[*asked, ("x-end", "1")],
                        told=Told(fields=[*answered, ("x-end", "2"), ("content-length", "2")], body=b"ok"))
    names = {name for name, _ in seen.fields}
    assert "x-end" in names and not {"x-own", "keep-alive", "proxy-connection"} & names
    assert seen.all("te") in ([], ["trailers"])
    assert got.fields["x-end"] == "2" and not {"x-its", "keep-alive"} & got.fields.keys()


def test_te_says_trailers_and_nothing_else(way):
    """The one value that HTTP/2 knows; a server of HTTP/1.1 is told of it as of a connection's (RFC 9113 section 8.2.2)."""
    _, seen = way.ask(fields=[("te", "trailers"), *([("connection", "te")] if way.front == "h1" else [])])
    assert seen.all("te") == ["trailers"]
    assert way.back == "h2" or any("te" in value.lower().split(", ") for value in seen.all("connection"))


def begin_post(way):
    """A client within the body of its request: (connection or h2 client, stream's number)."""
    if way.front == "h1":
        connection = client.tcp(way.port)
        connection.sendall(f"POST {way.path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nbegun".encode())
        return connection, None
    asking = h2client.Client(client.tcp(way.port), scheme="http")
    number = asking.open("POST", way.path, [("content-length", "100")], end=False)
    asking.send(number, b"begun", end=False)
    return asking, number


def begun(way):
    """Lets the server wait within a request's body: a list that its connection (HTTP/1.1) or the `Asked` request (HTTP/2)
    comes into; with HTTP/1.1, what came after that follows at the connection's end."""
    held = []

    def story_h1(connection, reader):
        assert b"content-length: 100" in read_head(reader).lower() and reader.read(5) == b"begun"
        held.append(connection)
        held.append(reader.read())

    def story_h2(asked):
        assert ("content-length", "100") in asked.fields
        until(lambda: asked.body == b"begun", 10, "the body's beginning")
        held.append(asked)

    way.servers.story = story_h1 if way.back == "h1" else story_h2
    return held


def test_an_early_answer_passes(way):
    """A server may answer before it has read everything (RFC 9110 section 7.5, RFC 9113 section 8.1)."""
    held = begun(way)
    asking, number = begin_post(way)
    with asking:
        until(lambda: held, 10, "the request")
        if way.back == "h1":
            held[0].sendall(b"HTTP/1.1 413 Told\r\ncontent-length: 3\r\n\r\nbig")
        else:
            held[0].head([(":status", "413"), ("content-length", "3")])
            held[0].data_and_enough(b"big")
        if way.front == "h1":
            assert client.read_answer(asking)[::2] == (413, b"big")
        else:
            stream = asking.answer(number)
            assert (stream.status, bytes(stream.body), stream.reset) in ((413, b"big", None), (413, b"big", NO_ERROR))


def test_a_client_that_gives_up_ends_the_server_s_work(way):
    """Its stream is reset, or its connection closed, so that a cut request never looks whole."""
    held = begun(way)
    asking, number = begin_post(way)
    with asking:
        until(lambda: held, 10, "the request")
        if way.front == "h2":
            asking.give_up(number, CANCEL)
    if way.back == "h1":
        assert until(lambda: len(held) > 1, 10, "the connection's end") and held[1] == b""
    else:
        until(lambda: held[0].reset is not None, 10, "the stream's end")
        assert held[0].reset == CANCEL and not held[0].ended


def give_up_server(way, held):
    """The server breaks off, as its version does."""
    if way.back == "h1":
        held[0].shutdown(socket.SHUT_RDWR)
    else:
        held[0].give_up(INTERNAL_ERROR)


def test_a_server_that_gives_up_is_a_bad_gateway(way):
    """Before its answer."""
    held = begun(way)
    asking, number = begin_post(way)
    with asking:
        until(lambda: held, 10, "the request")
        give_up_server(way, held)
        status = client.read_answer(asking)[0] if way.front == "h1" else asking.answer(number).status
    assert status == 502
    assert way.gateway.access(path=way.path, status=502)["reason"] in ("backend-closed", "backend-reset")


def test_a_cut_answer_never_looks_whole(way):
    """After the head nothing can be said but the end of the stream or of the connection."""
    held = begun(way)
    asking, number = begin_post(way)
    with asking:
        until(lambda: held, 10, "the request")
        if way.back == "h1":
            held[0].sendall(b"HTTP/1.1 200 Told\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n")
        else:
            held[0].head([(":status", "200")])
            held[0].data(b"part", end=False)
        if way.front == "h2":
            asking.until(number, lambda stream: bytes(stream.body) == b"part")
            give_up_server(way, held)
            with pytest.raises(h2client.Refused):
                asking.answer(number)
            return
        reader = asking.makefile("rb")
        assert b"transfer-encoding: chunked" in read_head(reader).lower()
        assert reader.readline() + reader.read(6) == b"4\r\npart\r\n"
        give_up_server(way, held)
        try:
            assert reader.read() == b""
        except ConnectionResetError:
            pass


@pytest.mark.parametrize("front", ["h1", "h2"])
def test_websocket_waits_for_the_server_s_word(place, front):
    """A server of HTTP/2 says in its SETTINGS that it takes extended CONNECT; the first connection of all has none yet."""
    gateway, _ = place
    if front == "h1":
        with client.tcp(gateway.port) as connection:
            connection.sendall(b"GET /able HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                               b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            reader = connection.makefile("rb")
            status, fields = client.read_head(reader)
            assert (status, fields["sec-websocket-accept"]) == (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            connection.sendall(b"hello")
            assert reader.read() == b"HELLO"
    else:
        with h2client.Client(client.tcp(gateway.port), scheme="http") as asking:
            transport = h2client.WebSocketTransport(asking, "/able")
            transport.sendall(b"hello")
            assert bytes(asking.answer(transport.number).body) == b"HELLO"


def read_to_end(connection):
    """Says nothing until the other side goes."""
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("serve,status,reason", [(lambda connection: connection.recv(65536), 502, "backend-closed"),
                                                 (read_to_end, 504, "backend-timeout")])
def test_websocket_waits_no_longer_than_for_an_answer(stage, serve, status, reason):
    """A server that goes away without a word, and one that stays and says nothing."""
    server = stage.backend(serve)
    gateway = stage.gateway(CONFIG + "    timeouts: { response: 300ms }\n", one="127.0.0.1:1", two="127.0.0.1:1",
                            able=server.address)
    with client.tcp(gateway.port) as connection, pytest.raises(websocket.Rejected, match=str(status)):
        websocket.Client(connection, path="/able")
    assert gateway.access(path="/able", status=status)["reason"] == reason


@pytest.mark.parametrize("known", [False, True])
def test_websocket_needs_a_server_that_takes_it(place, stage, known):
    """One that does not say so is a bad gateway, on its first connection and on one that is kept."""
    del place
    server = stage.keep(H2Server())
    gateway = stage.gateway(CONFIG.replace("{port}", "{other}"), other=free_port(), one="127.0.0.1:1",
                            two=server.address, able="127.0.0.1:1")
    if known:
        assert ask_h1(gateway.values["other"], "/h2", "GET", (), None, ()).status == 200
    with client.tcp(gateway.values["other"]) as connection, pytest.raises(websocket.Rejected, match="502"):
        websocket.Client(connection, path="/h2")
    assert gateway.access(path="/h2", status=502)["reason"] == "backend-upgrade"
    assert len(server.requests) == int(known)
