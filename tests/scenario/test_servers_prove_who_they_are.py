"""A server behind the gateway has to prove that it is the one that is meant. Whoever cannot is sent nothing: the client
gets 502, and the record says which check failed, on which certificate, and what mends it."""
import ssl

import pytest

from harness import client, crl, pki
from harness.gateway import command

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates: [ { certificate: "{server}", private_key: "{server_key}" } ]
    routes:
{routes}
backends:
{backends}
"""

# The story's name, what its backend's TLS settings say, and the reason that the record has, with the check's own.
REFUSED = {
    "untrusted": ("name: app.internal", "backend-certificate-untrusted", "certificate-unknown-issuer"),
    "self-signed": ("name: app.internal", "backend-certificate-untrusted", "certificate-unknown-issuer"),
    "other-name": ("name: other.internal", "backend-certificate-name", "certificate-other-name"),
    "own-address": ("sni: app.internal", "backend-certificate-name", "certificate-other-name"),
    "other-workload": ("spiffe_id: \"spiffe://example.org/db\"", "backend-certificate-name", "certificate-other-name"),
    "expired": ("name: app.internal", "backend-certificate-expired", "certificate-expired"),
    "not-yet": ("name: app.internal", "backend-certificate-expired", "certificate-not-yet-valid"),
    "for-clients": ("name: app.internal", "backend-certificate-invalid", "certificate-wrong-usage"),
    "revoked": ("name: app.internal, revocation: {{ lists: \"{list}\" }}", "backend-certificate-revoked",
                "certificate-revoked"),
    "unlisted": ("name: app.internal, revocation: {{ lists: \"{other_list}\", missing: refuse, issuers: \"{other}\" }}",
                 "backend-certificate-unchecked", "revocation-list-missing"),
    "unstapled": ("name: app.internal, staple: required", "backend-staple-missing", "backend-staple-missing"),
    "not-pinned": ("name: app.internal, pins: {{ certificates: \"sha256/mHSCi4yNOKRmMcbTbtIgJ0xVGYBNMXdfOpfhd5SXzmY=\" }}",
                   "backend-certificate-untrusted", "certificate-not-pinned"),
}
GOOD = {
    "named": "name: app.internal",
    "workload": "spiffe_id: \"spiffe://example.org/app\"",
    "listed": "name: app.internal, revocation: {{ lists: \"{list}\" }}",
    "skipped": None,
}


def certificates(world, ca):
    """Whom the servers of the stories say to be."""
    names = ["app.internal", "spiffe://example.org/app"]
    issue = {
        "untrusted": lambda: world.clients_ca.issue("app", "server", names=names),
        "self-signed": lambda: pki.make(world.folder, pki.common_name("app"), None, "server", names=names),
        "expired": lambda: ca.issue("app", "server", names=names, not_before=pki.now() - 3 * pki.DAY,
                                    not_after=pki.now() - pki.DAY),
        "not-yet": lambda: ca.issue("app", "server", names=names, not_before=pki.now() + pki.DAY),
        "for-clients": lambda: ca.issue("app", "client", names=names),
        "skipped": lambda: world.clients_ca.issue("app", "client"),
    }
    return {name: issue.get(name, lambda: ca.issue("app", "server", names=names))() for name in [*REFUSED, *GOOD]}


def server_side(certificate, version=None):
    """A server that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key_path)
    if version:
        context.minimum_version = context.maximum_version = version
    return context


@pytest.fixture(scope="module", params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def scene(stage, request):
    """A backend for each story, all behind one gateway, by path."""
    ca = pki.Authority(stage.folder, "Backends CA")
    other = pki.Authority(stage.folder, "Other CA", ca)
    shown = certificates(stage, ca)
    texts = {name: row[0] for name, row in REFUSED.items()} | GOOD
    values = {"list": crl.write(ca, [shown["revoked"]], path=stage.folder / f"{request.param}.crl"),
              "other_list": crl.write(other, [], path=stage.folder / f"{request.param}-other.crl"), "other": other.path}
    backends, routes, recorders = [], [], {}
    for name, text in texts.items():
        recorders[name] = stage.recorder(tls=server_side(shown[name], request.param))
        tls = f'trust: "{ca.path}", {text.format(**values)}' if text else "insecure_skip_verify: true"
        backends.append(f'  {name}: {{ servers: "{recorders[name].address}", tls: {{ {tls} }} }}')
        routes.append(f"      - {{ path: /{name}, backend: {name} }}")
    gateway = stage.gateway(CONFIG, routes="\n".join(routes), backends="\n".join(backends))
    return gateway, recorders, shown


@pytest.mark.parametrize("name", REFUSED)
def test_who_is_not_the_one_is_sent_nothing(stage, scene, name):
    """502, the reason in the log, the certificate in the record, and not a byte of the request at the server."""
    gateway, recorders, shown = scene
    _, reason, check = REFUSED[name]
    status, _, _ = client.get_once(gateway.port, stage.context(), path=f"/{name}")
    assert status == 502
    record = gateway.refusal(path=f"/{name}")
    assert record["reason"] == reason
    assert record["server"] == recorders[name].address
    assert record["backend_tls"]["check"] == check
    assert record["backend_tls"]["depth"] == 0
    assert record["backend_tls"]["presented"]["serial"] == shown[name].serial
    assert record["remedy"] and record["backend_tls"]["detail"]
    assert gateway.access(path=f"/{name}")["reason"] == reason
    assert recorders[name].requests == []


@pytest.mark.parametrize("name", GOOD)
def test_who_is_the_one_is_served(stage, scene, name):
    """By name, by SPIFFE id, with a list that does not name it, and anybody where nobody looks."""
    gateway, recorders, _ = scene
    status, _, body = client.get_once(gateway.port, stage.context(), path=f"/{name}")
    assert (status, body) == (200, b"ok")
    assert len(recorders[name].requests) == 1


def test_check_says_who_may_be_anybody(scene):
    """`sallyport check` accepts it, and tells of it with line and column."""
    gateway, _, _ = scene
    done = command("check", "-c", gateway.path)
    assert done.returncode == 0, done.stderr
    place = gateway.place_of("tls: ", "{ insecure_skip_verify: true")
    assert f"{place}: \"insecure_skip_verify\" takes anybody for a server of backend \"skipped\"" in done.stdout + done.stderr
