"""Where a password is required, a request passes with a certificate and the right password, and with nothing less."""
import re

import pytest

from harness import client, passwords
from harness.backend import fields_of
from harness.gateway import command
from harness.passwords import basic
from harness.world import REQUIRED

ASKED = REQUIRED.replace("    routes:", "    password: { file: \"{users}\" {rules} }\n    routes:")
OPEN_PATH = ASKED.replace("    routes:\n", "    routes:\n      - { path: /open, backend: app, password: { required: false } }\n")


@pytest.fixture(name="users")
def make_users(world):
    """The file of users of a story."""
    return passwords.write(world.folder / "users", {"alice": "open sesame", "bob": "swordfish"})


def asked(world, users, config=ASKED, rules="", **values):
    """A gateway that asks for the passwords of these users, and its backend."""
    backend = world.recorder()
    return world.gateway(config, backend=backend.address, users=users, rules=rules, **values), backend


def status_of(gateway, made, fields="", path="/"):
    """The status of one request on a connection of its own."""
    return client.get_once(gateway.port, made, path=path, fields=fields)[0]


def test_right_wrong_missing_and_unknown(world, users):
    """200 or 401 with a challenge, a record and a counter; the backend sees no password."""
    gateway, backend = asked(world, users, rules=', realm: "the vault"')
    made = world.context(world.issue())
    assert status_of(gateway, made, basic("alice", "open sesame")) == 200
    assert "authorization" not in fields_of(backend.last()) and "x-forwarded-user" not in fields_of(backend.last())
    status, fields, body = client.get_once(gateway.port, made)
    assert status == 401 and fields["www-authenticate"] == 'Basic realm="the vault", charset="UTF-8"'
    assert b"reason: password-missing\n" in body
    answers = [client.get_once(gateway.port, made, fields=basic(*pair))
               for pair in (("alice", "Open sesame"), ("carol", "open sesame"), ("alice", ""))]
    assert [answer[0] for answer in answers] == [401] * 3
    assert all(b"reason: password-wrong\n" in answer[2] for answer in answers)
    record = gateway.refusal(reason="password-missing", status=401)
    assert record["config"] == gateway.place_of("password: ", '{ file')
    assert gateway.refusal(reason="password-wrong", user="alice")
    assert gateway.access(status=200)["user"] == "alice"
    assert gateway.status()["reasons"]["password-wrong"] == 3
    assert len(backend.requests) == 1
    assert "sesame" not in (gateway.folder / "access.log").read_text() + (gateway.folder / "refusals.log").read_text()


@pytest.mark.parametrize("form", passwords.FORMS)
def test_every_strong_form_is_checked(world, form):
    """As written by crypt(3) and by openssl."""
    users = passwords.write(world.folder / "users", {"alice": "open sesame"}, form)
    gateway, _ = asked(world, users)
    made = world.context(world.issue())
    assert status_of(gateway, made, basic("alice", "open sesame")) == 200
    assert status_of(gateway, made, basic("alice", "open sesam")) == 401


def test_curl_passes(world, users):
    """With -u; without, it is told 401."""
    gateway, _ = asked(world, users)
    alice = world.issue()
    code, output, errors = client.curl(gateway.port, world.trust, "-u", "alice:open sesame", certificate=alice)
    assert (code, output) == (0, "ok"), errors
    code, output, _ = client.curl(gateway.port, world.trust, "-o", "/dev/null", "-w", "%{http_code}", certificate=alice)
    assert (code, output) == (0, "401")


def test_a_password_alone_is_not_enough(world, users):
    """Nobody comes in without the certificate."""
    gateway, _ = asked(world, users)
    assert client.refused_alert(gateway.port, world.context()) == 116


def test_malformed_credentials_are_refused(world, users):
    """Two fields, no base64, no colon, a control character: 401, and none of them is looked up."""
    gateway, backend = asked(world, users)
    made = world.context(world.issue())
    right = basic("alice", "open sesame")
    for fields in (right + right, right + basic("bob", "x"), "Authorization: Basic !!!\r\n", basic("alice", "a\0b"),
                   "Authorization: Basic YWxpY2U=\r\n"):
        status, _, body = client.get_once(gateway.port, made, fields=fields)
        assert status == 401 and b"reason: password-malformed\n" in body
    assert client.get_once(gateway.port, made, fields="Authorization: Bearer abc\r\n")[0] == 401
    assert gateway.refusal(reason="password-missing")
    assert not backend.requests


def test_a_route_may_ask_for_none(world, users):
    """Its Authorization field is the backend's business then."""
    gateway, backend = asked(world, users, OPEN_PATH)
    made = world.context(world.issue())
    assert status_of(gateway, made, path="/open") == 200
    assert status_of(gateway, made) == 401
    assert status_of(gateway, made, "Authorization: Bearer abc\r\n", path="/open/x") == 200
    assert fields_of(backend.last())["authorization"] == ["Bearer abc"]


def test_the_backend_is_told_what_is_configured(world, users):
    """The user in a field that no client can set; the password only where a setting says so."""
    gateway, backend = asked(world, users, rules=", forward_user: true")
    made = world.context(world.issue())
    assert status_of(gateway, made, basic("alice", "open sesame") + "X-Forwarded-User: root\r\nx_forwarded.user: root\r\n") == 200
    fields = fields_of(backend.last())
    assert fields["x-forwarded-user"] == ["alice"] and "authorization" not in fields
    assert not [name for name, values in fields.items() if "root" in values]
    gateway.reloaded(rules=", forward_password: true")
    assert status_of(gateway, made, basic("bob", "swordfish")) == 200
    fields = fields_of(backend.last())
    assert fields["authorization"] == [basic("bob", "swordfish").split(": ")[1].strip()]
    assert "x-forwarded-user" not in fields


@pytest.mark.parametrize("bind, names", [("subject.cn", []), ("san.mail", ["alice@example.com"]), ("fingerprint", [])])
def test_a_bound_user_comes_with_the_own_certificate_only(world, bind, names):
    """With another one the right password is 403, the wrong one 401 as for everybody."""
    own = world.issue("alice", names=names)
    other = world.issue("mallory", names=["mallory@example.com"])
    name = names[0] if names else "alice"
    rest = {"fingerprint": own.fingerprint}.get(bind)
    users = passwords.write(world.folder / "users", {name: ("open sesame", rest)})
    gateway, backend = asked(world, users, rules=f", bind: {bind}")
    right, wrong = basic(name, "open sesame"), basic(name, "open")
    assert status_of(gateway, world.context(own), right) == 200
    for _ in range(2):
        assert status_of(gateway, world.context(other), right) == 403
    assert status_of(gateway, world.context(other), wrong) == 401
    record = gateway.refusal(reason="password-other-certificate")
    assert record["user"] == name and "mallory" in record["identity"]["subject"]
    assert len(backend.requests) == 1


def test_weak_and_doubtful_users_are_told_at_load(world):
    """Each with file and line and what to do; the gateway does not start."""
    users = world.folder / "users"
    strong = passwords.stored("x")
    users.write_text(f"a:$apr1$salt$hash\nb:{{SHA}}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\nc:rqXexS6ZhobKA\nd:plain\n"
                     f"e:$2y$05$KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2\nf:{strong}\nf:{strong}\ng\n")
    said = world.prepared(ASKED, backend="127.0.0.1:9", users=users, rules="").refuse_to_start()
    for line, word in [(1, "apr1"), (2, "SHA-1"), (3, "DES"), (4, "plain"), (5, "below 10"), (7, "twice"), (8, "hash")]:
        assert any(text.startswith(f"{users}:{line}:") and word in text for text in said.splitlines()), (line, said)
    assert said.count("mkpasswd") >= 4


def test_a_changed_file_counts_at_once(world, users):
    """What was remembered of the old password is nothing after the reload; a refused reload changes nothing."""
    gateway, _ = asked(world, users, rules=", cache: 1h")
    with client.connect(gateway.port, world.context(world.issue())) as connection:
        def ask(password):
            return client.get(connection, fields=basic("alice", password))[0]
        assert ask("open sesame") == 200
        users.write_text("alice:plain\n")
        assert gateway.reload().returncode == 1
        assert ask("open sesame") == 200
        passwords.write(users, {"alice": "another"})
        gateway.reloaded()
        assert ask("open sesame") == 401
        assert ask("another") == 200
        passwords.write(users, {"bob": "another"})
        gateway.reloaded()
        assert ask("another") == 401


def test_guessing_is_slowed_down(world, users):
    """After the failures of a minute even the right password is 429, for this identity alone."""
    gateway, _ = asked(world, users, rules=", failures_per_minute: 3")
    alice, bob = world.context(world.issue("alice")), world.context(world.issue("bob"))
    guesses = [status_of(gateway, alice, basic("alice", f"guess {i}")) for i in range(6)]
    assert guesses[:3] == [401] * 3 and guesses[-1] == 429
    status, fields, _ = client.get_once(gateway.port, alice, fields=basic("alice", "open sesame"), source="127.0.0.2")
    assert status == 429 and 1 <= int(fields["retry-after"]) <= 21
    assert gateway.refusal(reason="password-too-often", status=429)
    for _ in range(10):
        assert status_of(gateway, bob, basic("bob", "swordfish")) == 200


def test_explain_says_that_a_password_is_required(world, users):
    """Here, and not there; it asks for none itself."""
    gateway, _ = asked(world, users, OPEN_PATH)
    alice = world.issue()

    def explained(path):
        done = command("explain", "-c", gateway.path, "--cert", alice.path, "--host", "localhost", "--path", path)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
    place = gateway.place_of("password: ", "{ file").rsplit("/", 1)[1]
    assert re.search(rf"password +passed +{re.escape(place)}", explained("/"))
    assert explained("/").endswith("allowed, to backend app, with a password\n")
    assert re.search("password +not asked", explained("/open"))
    assert explained("/open").endswith("allowed, to backend app\n")


def test_a_certificate_that_anybody_can_make_binds_and_counts_for_nothing(world, users):
    """Where chains are not judged, a name in one opens no bound user, and a new one gives no new guesses."""
    unjudged = ASKED.replace('mode: required, trust: "{clients}"', "mode: any_with_proof")
    gateway, backend = asked(world, users, unjudged, rules=", failures_per_minute: 3")
    made = [world.context(world.servers_ca.issue("alice", "client")) for _ in range(6)]
    guesses = [status_of(gateway, each, basic("alice", f"guess {i}")) for i, each in enumerate(made)]
    assert guesses[:3] == [401] * 3 and guesses[-1] == 429
    assert not backend.requests
    assert "bind" in gateway.reload(rules=", bind: subject.cn").stderr
