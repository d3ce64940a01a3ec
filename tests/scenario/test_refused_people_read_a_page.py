"""`refuse_with: page`: the handshake is finished, each request is answered 403 with a page that people can read, and
nothing of it reaches a backend."""
import html.parser
import re

import pytest

from harness import client, hosts, pki

BROWSER = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
LINK = "https://help.example.com/certificates?from=gate&to=you"


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway with a host that answers by a page, and its backend."""
    backend = stage.recorder()
    return hosts.start(stage, backend), backend


@pytest.fixture(scope="module")
def refused(stage):
    """Who is refused, and for what."""
    return {
        "certificate-missing": None,
        "certificate-unknown-issuer": pki.Authority(stage.folder, "Foreign").issue("mallory"),
        "certificate-expired": stage.issue("late", not_after=pki.now() - pki.HOUR),
        "certificate-wrong-usage": stage.issue("server", usage="server"),
        "certificate-bad-signature": stage.issue("alice").tampered(),
    }


class Page(html.parser.HTMLParser):
    """What a reader sees, and where the links go."""

    def __init__(self, text):
        super().__init__()
        self.links, self.words, self.open = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, "tags that are not closed"

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta",):
            self.open.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


REASONS = ["certificate-missing", "certificate-unknown-issuer", "certificate-expired", "certificate-wrong-usage",
           "certificate-bad-signature"]


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("reason", REASONS)
def test_a_browser_gets_a_readable_page(stage, scene, refused, reason, version):
    """With the request's number, which leads to the record, and nothing of the inside."""
    gateway, backend = scene
    before, name = len(backend.requests), hosts.name("page")
    made = stage.context(refused[reason], version)
    status, fields, body = client.get_once(gateway.port, made, "/secret?token=1", name, BROWSER)
    assert (status, fields["content-type"], fields["cache-control"]) == (403, "text/html; charset=utf-8", "no-store")
    assert fields["connection"] == "close" and fields["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in fields["content-security-policy"] and "Accept" in fields["vary"]
    text = body.decode()
    page = Page(text)
    assert page.links == [LINK]
    record = gateway.refusal(path="/secret?token=1", reason=reason)
    assert record["id"] in "".join(page.words)
    for inside in (reason, "token", "client_auth", str(stage.folder), "mallory", "depth"):
        assert inside not in text
    assert (record["status"], record["stage"]) == (403, "request")
    if refused[reason]:
        assert record["presented"]["fingerprint_sha256"] == refused[reason].fingerprint
    assert len(backend.requests) == before


@pytest.mark.parametrize("version", client.VERSIONS)
@pytest.mark.parametrize("reason", REASONS)
def test_a_ticket_of_a_refused_session_is_refused_again(stage, scene, refused, reason, version):
    """The chain in it is judged like the first time; who showed nothing is asked again instead."""
    gateway, backend = scene
    before, name = len(backend.requests), hosts.name("page")
    made = stage.context(refused[reason], version)
    session = None
    for turn in range(3):
        with client.connect(gateway.port, made, server_name=name, session=session) as connection:
            is_resumed = turn > 0 and refused[reason] is not None
            assert connection.session_reused == is_resumed
            status, fields, _ = client.get(connection, f"/turn{turn}", name)
            assert (status, fields["connection"]) == (403, "close")
            assert connection.recv(1) == b""
            session = connection.session if connection.session and connection.session.has_ticket else None
        assert gateway.refusal(path=f"/turn{turn}")["reason"] == reason
    assert len(backend.requests) == before


def test_the_good_are_let_in_and_an_optional_host_wants_only_bad_ones_gone(stage, scene, refused):
    """Nothing else changes."""
    gateway, _ = scene
    alice, foreign = stage.context(stage.issue()), stage.context(refused["certificate-unknown-issuer"])
    assert client.get_once(gateway.port, alice, host=hosts.name("page"))[0] == 200
    assert client.get_once(gateway.port, alice, host=hosts.name("optional-page"))[0] == 200
    assert client.get_once(gateway.port, stage.context(), host=hosts.name("optional-page"))[0] == 200
    assert client.get_once(gateway.port, foreign, host=hosts.name("optional-page"))[0] == 403


def test_programs_get_plain_text(stage, scene, refused):
    """curl, with and without a body to send; HEAD gets the head alone."""
    gateway, backend = scene
    before, name = len(backend.requests), hosts.name("page")
    foreign = refused["certificate-unknown-issuer"]
    code, output, errors = client.curl(gateway.port, stage.trust, "-i", "-d", "secret=1", certificate=foreign,
                                       host=name, path="/form")
    assert code == 0, errors
    assert "403 Forbidden" in output and "Content-Type: text/plain" in output and "<" not in output
    assert f"Help: {LINK}" in output
    assert re.search(r"tell this number: [0-9a-f]{16}", output)
    code, output, _ = client.curl(gateway.port, stage.trust, "-I", certificate=foreign, host=name)
    assert code == 0 and "403 Forbidden" in output and "Access refused" not in output
    assert len(backend.requests) == before


def test_openssl_sees_a_finished_handshake(stage, scene, refused):
    """No alert: the page is the answer."""
    gateway, _ = scene
    output = client.s_client(gateway.port, stage.trust, certificate=refused["certificate-expired"],
                             server_name=hosts.name("page"))
    assert "HTTP/1.1 403" in output and "has expired" in output and "alert number" not in output


def test_many_requests_at_once_get_one_refusal(stage, scene, refused):
    """Pipelined behind the first: the connection ends with it, and nothing slips through."""
    gateway, backend = scene
    before, name = len(backend.requests), hosts.name("page")
    with client.connect(gateway.port, stage.context(refused["certificate-expired"]), server_name=name) as connection:
        connection.sendall(client.request_bytes("/1", name) + client.request_bytes("/2", name)
                           + client.request_bytes("/3", hosts.name("off")))
        answers = client.read_to_end(connection.makefile("rb", buffering=0))
    assert answers.count(b"HTTP/1.1 403") == 1 and b" 200 " not in answers
    assert len(backend.requests) == before
