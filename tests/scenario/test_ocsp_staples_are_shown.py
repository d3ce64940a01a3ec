"""Clients that ask for it are shown an OCSP response with the gateway's certificate (RFC 6066 section 8), in TLS 1.2 and
1.3: from a file, or fetched from the issuer's responder and kept fresh. Only one that is good, and only while it is."""
import datetime
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as ocsp_format

from harness import client, ocsp, pki
from harness.gateway import command
from harness.waiting import until

STAPLED = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - {{ certificate: "{server}", private_key: "{server_key}", ocsp_stapling: {{ enabled: true {stapling} }} }}
      {more}
    routes:
      - backend: app
backends:
  app:
    servers: [ "{backend}" ]
""".replace("{{", "{").replace("}}", "}")


def response(authority, certificate, status=ocsp.GOOD, begins=-ocsp.HOUR, ends=ocsp.HOUR):
    """An answer of the certificate's issuer, DER."""
    signer = authority.certificate
    return (ocsp_format.OCSPResponseBuilder().add_response(
        cert=certificate.x509, issuer=signer.x509, algorithm=hashes.SHA1(), cert_status=status,
        this_update=pki.now() + begins, next_update=pki.now() + ends,
        revocation_time=pki.now() - ocsp.HOUR if status == ocsp.REVOKED else None, revocation_reason=None)
        .responder_id(ocsp_format.OCSPResponderEncoding.NAME, signer.x509)
        .sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def stapled(world, stapling, more="", **values):
    """A gateway whose certificate has these words on stapling. The issuer is sent along: curl wants to see it."""
    server = world.server.with_chain(world.servers_ca.certificate)
    values = {"server": server.path, "server_key": server.key_path, **values}
    return world.gateway(STAPLED, backend=world.recorder().address, stapling=stapling, more=more, **values)


def file_of(world, der):
    """A file with a response."""
    path = world.folder / "response.der"
    path.write_bytes(der)
    return path


def shown(world, gateway, *arguments):
    """What openssl s_client, which asks and checks, says of the staple: good, revoked, …, or None when none is shown."""
    text = client.s_client(gateway.port, world.trust, "-status", *arguments)
    if "OCSP response: no response sent" in text:
        return None
    assert "OCSP Response Status: successful" in text, text
    return text.split("Cert Status: ")[1].split()[0]


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_response_in_a_file_is_shown(world, version):
    """curl refuses a server whose staple is missing or bad; it accepts this one."""
    path = file_of(world, response(world.servers_ca, world.server))
    gateway = stapled(world, f', response: "{path}"')
    assert shown(world, gateway, version) == "good"
    assert client.curl(gateway.port, world.trust, "--cert-status")[0] == 0


def test_each_certificate_has_its_own(world):
    """RSA and ECDSA side by side, only the one stapled."""
    rsa = world.servers_ca.issue("localhost", "server", kind="rsa", names=["localhost"])
    path = file_of(world, response(world.servers_ca, world.server))
    gateway = stapled(world, f', response: "{path}"',
                      f'- {{ certificate: "{rsa.path}", private_key: "{rsa.key_path}" }}')
    assert shown(world, gateway, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256") == "good"
    assert shown(world, gateway, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256") is None


@pytest.mark.parametrize("spoilt, words", [
    (lambda world: response(world.servers_ca, world.server, ocsp.REVOKED), "the certificate is revoked"),
    (lambda world: response(world.clients_ca, world.server), "neither the issuer"),
    (lambda world: response(world.servers_ca, world.issue("other")), "other certificates"),
    (lambda world: response(world.servers_ca, world.server, ends=-pki.SECOND * 1800), "nextUpdate is past"),
    (lambda world: b"garbage", "no DER-encoded OCSP response")])
def test_a_bad_file_is_an_error_at_start(world, spoilt, words):
    """Fail closed at load: the line, and what is wrong."""
    path = file_of(world, spoilt(world))
    gateway = world.prepared(STAPLED, backend=world.recorder().address, more="",
                             stapling=f', issuer: "{world.servers_ca.path}", response: "{path}"')
    assert words in gateway.refuse_to_start()


def test_a_response_that_ended_is_shown_no_more(world):
    """No staple is better than an old one."""
    path = file_of(world, response(world.servers_ca, world.server, ends=pki.SECOND * 4))
    gateway = stapled(world, f', response: "{path}"')
    assert shown(world, gateway) == "good"
    until(lambda: shown(world, gateway) is None, what="the end of the response")
    assert client.curl(gateway.port, world.trust, "--cert-status")[0] == 91


def test_check_reminds_of_certificates_that_demand_it(world):
    """RFC 7633: a certificate with the TLS feature status_request, and no stapling."""
    demanding = world.servers_ca.issue("localhost", "server", names=["localhost"], extensions=[
        (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)])
    gateway = world.prepared(STAPLED.replace("enabled: true", "enabled: false"), backend="127.0.0.1:1", more="",
                             stapling="", server=demanding.path, server_key=demanding.key_path)
    done = command("check", "-c", gateway.path)
    assert done.returncode == 0 and "RFC 7633" in done.stderr


def fetched(world, responder, rules="", **values):
    """A gateway that asks `responder` about its own certificate."""
    return stapled(world, f', responder: "{responder.url}"{rules}', **values)


def test_a_response_is_fetched_and_kept_fresh(world):
    """Asked about the certificate itself, at start and again at half of the response's life, without a reload."""
    responder = world.responder(world.servers_ca)
    responder.this_update, responder.next_update = -pki.SECOND * 2, pki.SECOND * 6
    gateway = fetched(world, responder)
    until(lambda: shown(world, gateway) == "good", what="the staple")
    assert set(responder.asked) == {world.server.x509.serial_number}
    until(lambda: len(responder.asked) >= 3, 30, what="the renewals")
    assert shown(world, gateway) == "good"
    assert client.curl(gateway.port, world.trust, "--cert-status")[0] == 0


def test_the_responder_that_the_certificate_names_is_asked(world):
    """Its authority information access, when the configuration says nothing else."""
    responder = world.responder(world.servers_ca)
    server = world.servers_ca.issue("localhost", "server", names=["localhost"],
                                    extensions=[ocsp.locations(responder.url)])
    gateway = stapled(world, f', issuer: "{world.servers_ca.path}"', server=server.path, server_key=server.key_path)
    until(lambda: shown(world, gateway) == "good", what="the staple")
    assert set(responder.asked) == {server.x509.serial_number}


@pytest.mark.parametrize("spoil", ["garbage", "revoked", "stranger", "gone"])
def test_a_bad_response_never_replaces_a_good_one(world, spoil):
    """Nor does silence. What was good is shown until its end."""
    responder = world.responder(world.servers_ca)
    responder.this_update, responder.next_update = -pki.SECOND * 2, pki.SECOND * 20
    gateway = fetched(world, responder)
    until(lambda: shown(world, gateway) == "good", what="the staple")
    asked = len(responder.asked)
    if spoil == "garbage":
        responder.answer = b"garbage"
    elif spoil == "revoked":
        responder.revoke(world.server)
    elif spoil == "stranger":
        responder.signer = ocsp.delegate(world.clients_ca)
    else:
        responder.close()
    if spoil != "gone":
        until(lambda: len(responder.asked) > asked, 30, what="the next question")
    assert shown(world, gateway) == "good"


def test_a_staple_is_kept_over_a_reload(world):
    """Though nobody answers any more."""
    responder = world.responder(world.servers_ca)
    gateway = fetched(world, responder)
    until(lambda: shown(world, gateway) == "good", what="the staple")
    responder.close()
    gateway.reloaded()
    assert shown(world, gateway) == "good"


def test_a_staple_is_kept_over_a_restart(world):
    """In the state directory."""
    responder = world.responder(world.servers_ca)
    folder = world.folder / "state"
    folder.mkdir()
    config = f'state_directory: "{folder}"\n' + STAPLED
    values = {"backend": world.recorder().address, "more": "",
              "stapling": f', issuer: "{world.servers_ca.path}", responder: "{responder.url}"'}
    gateway = world.gateway(config, **values)
    until(lambda: shown(world, gateway) == "good", what="the staple")
    gateway.stop()
    responder.close()
    assert shown(world, world.gateway(config, **values)) == "good"
