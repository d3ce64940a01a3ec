"""The rows of the table: what the load tool is told for each, in which unit the result is, and what Sallyport is to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    name: str
    load: str  # the load tool's name of it
    unit: str
    goal: float | None = None  # Sallyport's figure divided by HAProxy's: what must stand
    aim: float | None = None  # and what is to be reached in time
    certificates: int = 1  # client certificates presented in turn
    kind: str = "web"  # of kinds.py
    tls12: bool = False
    server: str = "server"  # server-rsa: with an RSA-2048 key
    revoked: int | None = None  # serials in the revocation list; None: no list
    guarded: bool = False  # with rules about who is let in, and all of them with a log
    seconds: float = 0  # the window is at least so long: for operations that take long
    usual: bool = True  # measured without being named


SCENARIOS = (
    Scenario("full", "full", "µs", 0.45, 0.36),
    Scenario("full_many", "full", "µs", 0.45, 0.36, certificates=200),
    Scenario("resumed", "resumed", "µs", 0.60, 0.45),
    Scenario("request", "request", "µs", 0.95, 0.80),
    Scenario("bulk", "bulk", "µs/MB", 0.90, 0.65),
    Scenario("idle", "idle", "KB", 1.00, 0.90),
    Scenario("full_guarded", "full", "µs", 0.45, 0.36, revoked=10_000, guarded=True),
    Scenario("request_guarded", "request", "µs", 0.95, 0.80, revoked=10_000, guarded=True),
    Scenario("h2", "h2", "µs", 0.90, kind="h2"),
    Scenario("bridge", "request", "µs", 0.85, kind="bridge"),
    Scenario("tcp", "request", "µs", 0.80, kind="tcp"),
    Scenario("tcp_bulk", "bulk", "µs/MB", 0.80, kind="tcp"),
    Scenario("tcp_full", "full", "µs", kind="tcp", usual=False),
    Scenario("passthrough", "full", "µs", 0.90, kind="passthrough"),
    Scenario("passthrough_bulk", "bulk", "µs/MB", 0.90, kind="passthrough"),
    Scenario("passthrough_request", "request", "µs", kind="passthrough", usual=False),
    Scenario("revoked_10k", "full", "µs", revoked=10_000, usual=False),
    Scenario("revoked_100k", "full", "µs", revoked=100_000, usual=False),
    Scenario("revoked_1m", "full", "µs", 0.05, 0.01, revoked=1_000_000, seconds=4, usual=False),
    Scenario("handshake", "handshake", "µs", usual=False),
    Scenario("full_tls12", "full", "µs", tls12=True, usual=False),
    Scenario("resumed_tls12", "resumed", "µs", tls12=True, usual=False),
    Scenario("full_rsa", "full", "µs", server="server-rsa", usual=False),
)

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
