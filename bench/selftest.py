"""The load tool's own test, with nginx as the proxy: it counts what the backend counts, it measures the CPU time that was spent, and it
reports an error whenever something is wrong. A bench that cannot fail is worth nothing."""

import sys

import proxies as proxy_kinds
from kinds import KINDS
from processes import Failure, free_port

SKIPPED = 77  # for meson: not failed, not passed
WARMUP = 0.5
SECONDS = 0.8


class Bench:
    """One nginx with its backend, and calls of the load tool against it."""

    def __init__(self, processes, place, cores, nginx):
        self.processes = processes
        self.place = place
        self.proxy_core, self.load_core = cores
        self.nginx = nginx
        self.started = []
        self.port = None

    def start(self, kind="web", **settings):
        header = "X-SSL-Client-Cert" if KINDS[kind].identified else None
        self.started = [self.place.start_backend(self.processes, self.load_core, header, KINDS[kind].secured)]
        process, self.port = self.nginx.start(self.processes, self.place, self.proxy_core, kind, **settings)
        self.started.append(process)
        return self

    def run(self, scenario, *more, certificates=None, seconds=SECONDS, cpu_of=True, connections=None, port=None):
        if certificates is None:
            certificates = [self.place.client(0)]
        if cpu_of is True:
            cpu_of = self.started[1].pid
        return self.place.load(self.processes, self.load_core, scenario, port or self.port, certificates, WARMUP, seconds,
                               *more, cpu_of=cpu_of, connections=connections)

    def stop(self):
        """Ends both; returns how many requests the backend has answered."""
        backend, proxy = self.started
        self.processes.end(proxy)
        self.processes.end(backend)
        return int(backend.stdout.read().split()[-1])


def run(processes, place, cores):
    found, missing = proxy_kinds.find(["nginx"], place.programs, None, None)
    if missing:
        print("bench self-test skipped: nginx is not on this machine", file=sys.stderr)
        return SKIPPED
    failures = 0
    for test in TESTS:
        bench = Bench(processes, place, cores, found[0])
        try:
            test(bench)
            print(f"ok      {test.__doc__}")
        except (AssertionError, Failure) as failure:
            print(f"FAILED  {test.__doc__}: {failure}")
            failures += 1
        finally:
            for process in [process for process in bench.started if process in processes.running]:
                processes.end(process)
    return 1 if failures else 0


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def check_valid(row):
    check(row["errors"] == 0 and row["operations"] > 0 and row["value"] > 0, row)


def check_error(row, *texts):
    check(row["errors"] > 0 and "value" not in row, row)
    check(any(text in row["first_error"] for text in texts), row)


def check_count(row, answered, connections):
    """The backend has answered what the load tool counted, and at most one unfinished request per connection more."""
    check(row["operations_of_run"] <= answered <= row["operations_of_run"] + connections, f"{row}, backend: {answered}")


def counts_requests(bench):
    """requests are counted as the backend counts them"""
    row = bench.start().run("request")
    check_valid(row)
    check_count(row, bench.stop(), 32)


def counts_connections(bench):
    """connections are counted as the backend counts their requests, many certificates in turn"""
    row = bench.start().run("full", certificates=[bench.place.client(i) for i in range(20)])
    check_valid(row)
    check(row["resumed"] == 0, row)
    check_count(row, bench.stop(), 16)


def counts_bytes(bench):
    """bytes of bodies are counted: whole answers, and parts of the unfinished ones"""
    row = bench.start().run("bulk")
    check_valid(row)
    size = 16 * 1024 * 1024
    check((row["operations"] - 4) * size <= row["body_bytes"] <= (row["operations"] + 4) * size, row)


def counts_resumptions(bench):
    """every operation of the scenario resumed is a resumed connection, in TLS 1.3 and 1.2"""
    bench.start()
    for options in ([], ["--tls12"]):
        row = bench.run("resumed", *options)
        check_valid(row)
        check(row["resumed"] == row["operations"], row)


def counts_streams(bench):
    """requests of many streams of HTTP/2 are counted as the backend counts them"""
    row = bench.start("h2").run("h2")
    check_valid(row)
    check_count(row, bench.stop(), 400)


def reaches_a_secured_backend(bench):
    """where the backend requires a certificate, the proxy's own and one passed through are counted all the same"""
    for kind, scenario in (("bridge", "request"), ("passthrough", "full")):
        row = bench.start(kind).run(scenario)
        check_valid(row)
        check_count(row, bench.stop(), 32)


def holds_idle_connections(bench):
    """idle connections are held and their memory is seen"""
    row = bench.start().run("idle", connections=200)
    check_valid(row)
    check(row["operations"] == 200 and 5 < row["value"] < 200, row)


def handshakes_without_request(bench):
    """handshakes without a request reach no backend"""
    row = bench.start().run("handshake")
    check_valid(row)
    check(bench.stop() == 0, "the backend was asked")


def no_certificate_is_an_error(bench):
    """no client certificate: an error in every scenario that asks"""
    bench.start()
    for scenario in ("request", "full", "idle"):
        check_error(bench.run(scenario, certificates=[], connections=4), "status 400", "TLS: ")


def foreign_certificate_is_an_error(bench):
    """a client certificate of a foreign root: an error"""
    row = bench.start().run("request", certificates=[bench.place.pki / "foreign.pem"])
    check_error(row, "status 400", "TLS: ")


def missing_header_is_an_error(bench):
    """a proxy that does not hand the certificate on: an error"""
    check_error(bench.start(forward="").run("request"), "status 403")


def missing_http2_is_an_error(bench):
    """a proxy that speaks HTTP/1.1 only, in the scenario h2: an error"""
    check_error(bench.start().run("h2"), "does not speak HTTP/2", "no application protocol")


def missing_certificate_behind_is_an_error(bench):
    """a client without a certificate, passed through to a backend that requires one: an error"""
    check_error(bench.start("passthrough").run("full", certificates=[]), "TLS: ", "reset", "ended")


def missing_ticket_is_an_error(bench):
    """a proxy without tickets, in the scenario resumed: an error"""
    check_error(bench.start(tickets="off").run("resumed", "--tls12"), "nothing to resume", "not resumed")


def closed_port_is_an_error(bench):
    """nobody listens: an error"""
    bench.start()
    check_error(bench.run("request", port=free_port()), "Connection refused")


def dead_backend_is_an_error(bench):
    """a backend that is gone: an error"""
    bench.start()
    bench.processes.end(bench.started[0])
    check_error(bench.run("request"), "status 502")


def measures_cpu_time(bench):
    """CPU time is that of the whole tree: near the window for a busy grandchild, near none for a sleeper"""
    bench.start()
    busy = bench.processes.start(["sh", "-c", "(while :; do :; done) & wait"], bench.load_core, None)
    lazy = bench.processes.start(["sleep", "60"], bench.load_core, None)
    row = bench.run("request", cpu_of=busy.pid)
    check(0.05 < row["proxy_cpu_ns"] / row["window_ns"] < 1.3, row)
    bench.processes.end(busy)
    row = bench.run("request", cpu_of=lazy.pid)
    check(row["proxy_cpu_ns"] < 0.01 * row["window_ns"], row)
    bench.processes.end(lazy)


def ended_process_is_an_error(bench):
    """a process of the proxy that ends in the window: an error, since its CPU time is lost"""
    bench.start()
    parent = bench.processes.start(["sh", "-c", "sleep 0.6 & wait; sleep 60"], bench.load_core, None)
    row = bench.run("request", cpu_of=parent.pid, seconds=1)
    check_error(row, "a process of it ended")
    bench.processes.end(parent)


TESTS = (
    counts_requests,
    counts_connections,
    counts_bytes,
    counts_resumptions,
    counts_streams,
    reaches_a_secured_backend,
    holds_idle_connections,
    handshakes_without_request,
    no_certificate_is_an_error,
    foreign_certificate_is_an_error,
    missing_header_is_an_error,
    missing_http2_is_an_error,
    missing_certificate_behind_is_an_error,
    missing_ticket_is_an_error,
    closed_port_is_an_error,
    dead_backend_is_an_error,
    measures_cpu_time,
    ended_process_is_an_error,
)
