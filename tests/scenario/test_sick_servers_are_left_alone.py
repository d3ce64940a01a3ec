"""Health checks find servers that are down before a client does, and bring them back when they are well again."""
import ssl
import threading

from harness import client, pki
from harness.backend import answer
from harness.gateway import free_port
from harness.waiting import until
from harness.world import REQUIRED

# No retries and no passive health: what is seen here comes from checks alone.
CHECKED = REQUIRED.replace('servers: [ "{backend}" ]', '''servers: [ {servers} ]
    retries: { count: 0 }
    passive_health: { failures: 0 }
    health_check: { interval: 50ms, timeout: 500ms, rise: 2, fall: 2, {check} }''')
HTTP = "type: http, path: /health"


class Patient:
    """A backend that answers its name, and checks with a status that a story sets; silent: checks hang."""

    def __init__(self, world, name, port=0):
        self.name, self.status, self.silent = name, 200, threading.Event()
        self.over = threading.Event()
        self.server = world.recorder(self._answer, port=port)
        self.address = self.server.address

    def _answer(self, request):
        if request.split(b" ", 2)[1] != b"/health":
            return answer(self.name)
        if self.silent.is_set():
            self.over.wait(5)
        return answer(b"", self.status)

    def checks(self):
        """The checks so far."""
        return [request for request in list(self.server.requests) if request.split(b" ", 2)[1] == b"/health"]


def checked(world, *addresses, check=HTTP, config=CHECKED):
    """A gateway that checks servers at these addresses."""
    return world.gateway(config, servers=", ".join(f'"{address}"' for address in addresses), check=check)


def answers(gateway, context, count=6):
    """Statuses and bodies of some requests."""
    return [client.get_once(gateway.port, context)[::2] for _ in range(count)]


def down(gateway):
    """How many servers are down."""
    return gateway.status()["counters"]["servers_down"]


def until_down(gateway, count):
    """Waits until so many servers are down."""
    until(lambda: down(gateway) == count, 20, f"{count} servers to be down")


def test_a_killed_server_is_left_and_found_again(world):
    """What was in its place answers nothing; when it stands again, it is used."""
    context = world.context(world.issue())
    port = free_port()
    kept, lost = Patient(world, b"kept"), Patient(world, b"lost", port)
    gateway = checked(world, kept.address, lost.address)
    assert {body for _, body in answers(gateway, context)} == {b"kept", b"lost"}
    lost.server.close()
    until_down(gateway, 1)
    assert set(answers(gateway, context)) == {(200, b"kept")}
    assert "is down: " in gateway.stderr() and f"server app/{lost.address}" in gateway.stderr()
    Patient(world, b"back", port)
    until_down(gateway, 0)
    assert {body for _, body in answers(gateway, context)} == {b"kept", b"back"}
    assert f"server app/{lost.address} is up" in gateway.stderr()


def test_a_wrong_status_is_a_failure(world):
    """Only the statuses that are expected are good."""
    context = world.context(world.issue())
    good, bad = Patient(world, b"good"), Patient(world, b"bad")
    gateway = checked(world, good.address, bad.address, check=HTTP + ", expect_status: [200, 204]")
    bad.status = 302
    until_down(gateway, 1)
    assert set(answers(gateway, context)) == {(200, b"good")}
    assert "It answered with status 302." in gateway.stderr()
    bad.status = 204
    until_down(gateway, 0)


def test_a_hung_server_is_found_by_the_timeout(world):
    """It accepts connections and says nothing."""
    context = world.context(world.issue())
    good, hung = Patient(world, b"good"), Patient(world, b"hung")
    gateway = checked(world, good.address, hung.address)
    hung.silent.set()
    until_down(gateway, 1)
    assert set(answers(gateway, context)) == {(200, b"good")}
    assert "It did not answer in time." in gateway.stderr()
    hung.over.set()


def test_without_any_server_left_the_answer_is_503(world):
    """With the reason in the record."""
    context = world.context(world.issue())
    only = Patient(world, b"only")
    gateway = checked(world, only.address)
    only.status = 500
    until_down(gateway, 1)
    assert client.get_once(gateway.port, context)[0] == 503
    assert gateway.refusal(reason="backend-none")["status"] == 503


def test_a_connection_is_enough_for_tcp(world):
    """A server that answers requests with errors is up; one where nobody listens is not."""
    context = world.context(world.issue())
    erring = Patient(world, b"erring")
    erring.status = 500
    gateway = checked(world, erring.address, f"127.0.0.1:{free_port()}", check="type: tcp")
    until_down(gateway, 1)
    assert set(answers(gateway, context)) == {(200, b"erring")}


def test_a_handshake_with_the_wrong_certificate_is_a_failure_of_tls(world):
    """The certificate has to be one that requests would be sent to; ours is shown in checks, too."""
    context, ca = world.context(world.issue()), pki.Authority(world.folder, "Backends CA")
    ours = world.issue("gateway")
    right, wrong = (world.recorder(lambda request: answer(b"well"), tls=_server_side(world, issuer))
                    for issuer in (ca, world.clients_ca))
    config = CHECKED + f'    tls: {{ trust: "{ca.path}", name: app.internal, certificate: "{ours.path}", ' \
        f'private_key: "{ours.key_path}" }}\n'
    gateway = checked(world, right.address, wrong.address, check="type: tls", config=config)
    until_down(gateway, 1)
    assert set(answers(gateway, context)) == {(200, b"well")}
    assert f"server app/{wrong.address} is down" in gateway.stderr()


def _server_side(world, issuer):
    shown = issuer.issue("app", "server", names=["app.internal"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.path, shown.key_path)
    context.load_verify_locations(world.clients_ca.path)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_checks_go_on_over_a_reload_without_flapping(world):
    """What is down stays down, and what is up stays up."""
    context = world.context(world.issue())
    good, bad = Patient(world, b"good"), Patient(world, b"bad")
    gateway = checked(world, good.address, bad.address)
    bad.status = 500
    until_down(gateway, 1)
    for _ in range(3):
        gateway.reloaded()
        assert down(gateway) == 1
    assert set(answers(gateway, context)) == {(200, b"good")}
    assert gateway.stderr().count("is down") == 1 and "is up" not in gateway.stderr()
    before = len(good.checks())
    until(lambda: len(good.checks()) > before + 3, 20, "more checks")
    gateway.reloaded(check="type: off")
    assert down(gateway) == 0
    assert {body for _, body in answers(gateway, context)} == {b"good", b"bad"}


def test_a_server_that_leaves_is_asked_no_more(world):
    """After a reload without it."""
    stays, leaves = Patient(world, b"stays"), Patient(world, b"leaves")
    gateway = checked(world, stays.address, leaves.address)
    until(leaves.checks, 20, "a check")
    gateway.reloaded(servers=f'"{stays.address}"')
    until(lambda: not leaves.server.open, 20, "its connections to end")
    count, seen = len(leaves.checks()), len(stays.checks())
    until(lambda: len(stays.checks()) > seen + 3, 20, "checks of the other")
    assert len(leaves.checks()) == count


def test_another_port_may_be_asked(world):
    """The one that tells of the server's health, not the one that serves."""
    context = world.context(world.issue())
    serving, telling = Patient(world, b"serving"), Patient(world, b"telling")
    gateway = checked(world, serving.address, check=HTTP + f", port: {telling.server.port}")
    until(telling.checks, 20, "a check")
    assert set(answers(gateway, context)) == {(200, b"serving")} and not serving.checks()
    telling.status = 503
    until_down(gateway, 1)
