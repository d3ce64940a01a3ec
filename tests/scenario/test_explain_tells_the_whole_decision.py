"""`sallyport explain`: every check in order, the line that decided, and what would mend it; the gateway need not run."""
import json

import pytest

from harness import crl, pki
from harness.gateway import command

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - {{ certificate: "{{server}}", private_key: "{{server_key}}" }}
    client_auth:
      mode: required
      trust: "{{clients}}"
      revocation: {{ lists: "{lists}", {rules} }}
    hosts:
      - names: [ open.example.com ]
        client_auth: {{ mode: off }}
    routes:
      - path: /public
        backend: app
backends:
  app:
    servers: [ "127.0.0.1:9" ]
"""


@pytest.fixture
def asked(world):
    """What `explain` says of a world with the given rules, with a list that names one certificate."""
    revoked = world.issue("mallory")
    lists = crl.write(world.clients_ca, [revoked])

    def prepare(rules="stale: hard", lists=lists):
        gateway = world.prepared(CONFIG.format(port=8443, lists=lists, rules=rules))

        def ask(*arguments, cert=None):
            presented = ["--cert", cert.path] if cert else []
            done = command("explain", "-c", gateway.path, "--json", *presented, *arguments)
            assert done.returncode in (0, 1) and not done.stderr, done.stderr
            said = json.loads(done.stdout)
            assert (said["result"] == "allowed") == (done.returncode == 0)
            return said

        ask.gateway = gateway
        return ask

    prepare.revoked = revoked
    return prepare


def outcomes(said):
    """Check by check."""
    return {check["check"]: check["outcome"] for check in said["checks"]}


def test_a_good_client_passes_check_by_check(world, asked):
    """In the order of the gateway; the last is the route."""
    said = asked()("--path", "/public/x", cert=world.issue())
    names = list(outcomes(said))
    assert names[:4] == ["server_name", "chain", "configuration", "certificate"]
    assert names.index("revocation") < names.index("head") < names.index("host") < names.index("route")
    assert set(outcomes(said).values()) <= {"passed", "skipped"}
    assert outcomes(said)["revocation"] == "passed"
    assert (said["subject"], said["backend"]) == ("CN=alice", "app")


def test_no_certificate_where_one_is_required(asked):
    """The line is that of client_auth."""
    ask = asked()
    said = ask("--path", "/public")
    assert (said["result"], said["stage"]) == ("certificate-missing", "handshake")
    assert said["config"] == ask.gateway.place_of("      ", "mode: required")
    assert ask("--host", "open.example.com", "--path", "/public")["result"] == "allowed"


def test_the_missing_intermediate_is_named(world, asked):
    """By the issuer's name and the identifier of its key."""
    department = pki.Authority(world.folder, "Department", issuer=world.clients_ca)
    alice = department.issue("alice", chain=b"")
    key = department.certificate.x509.extensions.get_extension_for_class(pki.x509.SubjectKeyIdentifier).value.digest
    said = asked()(cert=alice)
    assert (said["result"], said["depth"]) == ("certificate-unknown-issuer", 0)
    assert "CN=Department" in said["mend"] and key.hex() in said["mend"]
    found = asked()("--path", "/public", cert=alice.with_chain(department.certificate))
    assert found["result"] == "revocation-list-missing" and "CN=Department" in found["mend"]


def test_wrong_usage_says_what_the_certificate_is_for(world, asked):
    """A server's."""
    said = asked()(cert=world.issue(usage="server"))
    assert said["result"] == "certificate-wrong-usage" and "serverAuth" in said["mend"]


def test_an_expired_certificate_says_since_when(world, asked):
    """And an early one from when; time can be chosen."""
    said = asked()(cert=world.issue(not_before=pki.now() - 9 * pki.DAY, not_after=pki.now() - 2 * pki.DAY))
    assert said["result"] == "certificate-expired" and "2 days past" in said["mend"]
    alice = world.issue()
    late = int((pki.now() + 40 * pki.DAY).timestamp())
    assert asked()("--time", late, cert=alice)["result"] == "certificate-expired"
    assert asked()("--time", "2020-01-01T00:00:00Z", cert=alice)["result"] == "certificate-not-yet-valid"


def test_revoked_is_decided_by_the_line_of_the_lists(asked):
    """At the depth of the certificate that is revoked."""
    ask = asked()
    said = ask(cert=asked.revoked)
    assert (said["result"], said["depth"], said["stage"]) == ("certificate-revoked", 0, "handshake")
    assert said["config"] == ask.gateway.place_of("revocation: ", "{ lists")


def test_a_stale_list_says_since_when(world, asked):
    """By the same rule as the gateway's."""
    lists = crl.write(world.clients_ca, next_update=pki.now() + pki.HOUR)
    later = int((pki.now() + 2 * pki.HOUR).timestamp())
    alice = world.issue()
    said = asked(lists=lists)("--time", later, cert=alice)
    assert said["result"] == "revocation-list-stale" and "CN=Clients CA" in said["mend"]
    assert asked("stale: soft", lists)("--time", later, "--path", "/public", cert=alice)["result"] == "allowed"


def test_requests_are_judged_as_they_would_be(world, asked):
    """Route, method, ambiguous path, and a host that is not that of the handshake."""
    ask, alice = asked(), world.issue()
    assert ask("--path", "/secret", cert=alice)["result"] == "no-route"
    assert ask("--path", "/public/../secret", cert=alice)["result"] == "path-ambiguous"
    assert ask("--path", "/a b", cert=alice)["result"] == "request-line"
    assert ask("--method", "CONNECT", "--path", "x:1", cert=alice)["result"] in ("method-unsupported", "request-line")
    said = ask("--host", "open.example.com", "--sni", "localhost", "--path", "/public", cert=alice)
    assert said["result"] == "misdirected" and "open.example.com" in said["mend"]


def test_whom_no_certificate_could_help_is_refused_at_once(world):
    """As in the gateway: by rules about the address, before any certificate is looked at."""
    gateway = world.prepared(CONFIG.format(port=8443, lists=crl.write(world.clients_ca), rules="stale: hard").replace(
        "    routes:", "    deny: { name: not from here, address: 192.0.2.0/24 }\n    routes:"))
    expired = world.issue(not_after=pki.now() - pki.HOUR)
    for source, result in {"192.0.2.7": "policy", "198.51.100.7": "certificate-expired"}.items():
        done = command("explain", "-c", gateway.path, "--cert", expired.path, "--source", source, "--json")
        said = json.loads(done.stdout)
        assert (said["result"], done.returncode) == (result, 1)
    assert command("explain", "-c", gateway.path, "--source", "nowhere").returncode == 2


def test_the_text_says_the_same(world, asked):
    """For people."""
    ask = asked()
    done = command("explain", "-c", ask.gateway.path, "--cert", asked.revoked.path)
    assert done.returncode == 1
    for words in ("refused: certificate-revoked", "CN=mallory", "REFUSED", "decided by ", "TLS alert 44", "remedy: "):
        assert words in done.stdout
    done = command("explain", "-c", ask.gateway.path, "--cert", world.issue().path, "--path", "/public")
    assert done.returncode == 0 and done.stdout.endswith("allowed, to backend app\n")


def test_a_file_of_cases_is_a_test_of_the_policy(world, asked):
    """Exit code 0 exactly when every case comes to what it should; each is one line of JSON."""
    ask, alice = asked(), world.issue()
    cases = world.folder / "cases.jsonl"
    good = [{"name": "alice", "cert": str(alice.path), "path": "/public", "expect": "allowed"},
            {"name": "nobody", "path": "/public", "expect": "certificate-missing"}]
    cases.write_text("\n".join(map(json.dumps, good)) + "\n\n")
    done = command("explain", "-c", ask.gateway.path, "--cases", cases)
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["name"], one["as_expected"]) for one in said] == [("alice", True), ("nobody", True)]
    cases.write_text("\n".join(map(json.dumps, [{**good[0], "expect": "no-route"}, good[1]])))
    assert command("explain", "-c", ask.gateway.path, "--cases", cases).returncode == 1


@pytest.mark.parametrize("line, words", [("nonsense", "no JSON object"), ('{"cort": "x"}', '"cort" is no member'),
                                         ('{"path": 1}', "has to be a text"), ('{"path": "/", "path": "/"}', "twice"),
                                         ('{"cert": "/nowhere"}', "cannot be read"), ('{"time": "noon"}', "no time")])
def test_a_case_that_cannot_be_asked_is_an_error_with_its_line(asked, world, line, words):
    """Exit code 2."""
    cases = world.folder / "cases.jsonl"
    cases.write_text('{"path": "/public"}\n' + line + "\n")
    done = command("explain", "-c", asked().gateway.path, "--cases", cases)
    assert done.returncode == 2 and words in done.stderr and f"{cases}:2:" in done.stderr


@pytest.mark.parametrize("arguments", [["--listener", "other"], ["--cert", "/nowhere"], ["--source", "here"],
                                       ["--time", "noon"], ["--nonsense"], ["--cases", "/nowhere"]])
def test_wrong_use_is_exit_code_2(asked, arguments):
    """With a word on stderr; so is a configuration that is not good."""
    done = command("explain", "-c", asked().gateway.path, *arguments)
    assert done.returncode == 2 and done.stderr
    assert command("explain", "-c", "/nowhere").returncode == 2
    assert command("explain").returncode == 2
