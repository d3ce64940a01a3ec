"""Retries are a share of the requests beside a reserve, so that a dead backend is not asked twice for ever."""
from harness import client
from harness.gateway import free_port
from harness.named import balanced


def test_a_dead_backend_is_soon_asked_only_once(stage):
    """After the reserve of 100, one retry for ten requests with a budget of 10 percent."""
    servers = [f'"127.0.0.1:{free_port()}"' for _ in range(2)]
    rules = "passive_health: { failures: 0 }\nretries: { count: 1, budget: 10 }"
    gateway = stage.gateway(balanced(servers, rules))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        assert {client.get(connection)[0] for _ in range(300)} == {502}
    counters = gateway.status()["counters"]
    # Those of the first 100 requests that still had the reserve paid in besides.
    assert 120 <= counters["backend_retries"] <= 131
    assert counters["backend_failures"] == 300 + counters["backend_retries"]


def test_without_a_budget_nothing_is_tried_again(stage):
    """budget: 0"""
    gateway = stage.gateway(balanced([f'"127.0.0.1:{free_port()}"'], "retries: { budget: 0 }"))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        assert client.get(connection)[0] == 502
    assert gateway.status()["counters"]["backend_retries"] == 0
