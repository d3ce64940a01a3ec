"""Servers get requests by their weights, those with less to do come first where that is wanted, and a backup waits."""
import threading
from collections import Counter

from harness import client
from harness.backend import answer, read_request
from harness.named import balanced, named, who_answers, written
from harness.waiting import until


def test_turns_go_by_weight(stage):
    """Three to one to one, in every five requests."""
    gateway = stage.gateway(balanced(written(named(stage, "abc"), a="weight: 3")))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        names = who_answers(connection, 25)
    assert Counter(names) == {"a": 15, "b": 5, "c": 5}
    assert "aaa" not in names[:4] and sorted(names[:5]) == list("aaabc")


def test_whoever_is_busy_gets_less(stage):
    """A server that holds requests gets no more while the other has none."""
    held, waiting_there = threading.Event(), []

    def slow(connection):
        reader = connection.makefile("rb")
        while (request := read_request(reader)) is not None:
            if b" /held " in request:
                waiting_there.append(request)
                held.wait(20)
            connection.sendall(answer(b"s"))
    quick = named(stage, "q")
    servers = {"s": stage.backend(slow), **quick}
    gateway = stage.gateway(balanced(written(servers), "balance: least_connections"))
    made = stage.context(stage.issue())
    waiting = [client.connect(gateway.port, made) for _ in range(4)]
    try:
        with client.connect(gateway.port, made) as connection:
            for one in waiting:
                one.sendall(client.request_bytes("/held"))
            # Those that went to "q" are answered at once; those at "s" wait.
            until(lambda: len(waiting_there) + len(quick["q"].requests) == 4, 10, "all to have come")
            until(lambda: gateway.status()["counters"]["requests_in_progress"] == len(waiting_there), 10, "answers")
            assert who_answers(connection, 8) == "q" * 8
            held.set()
            assert {client.read_answer(one)[2] for one in waiting} == {b"s", b"q"}
            assert set(who_answers(connection, 8)) == {"s", "q"}
    finally:
        held.set()
        for one in waiting:
            one.close()


def test_a_backup_serves_only_when_no_other_can(stage):
    """Both ordinary servers gone: the backup answers, and nobody fails; before, it is asked nothing."""
    servers = named(stage, "abz")
    rules = "passive_health: { failures: 1, pause: 60s }"
    gateway = stage.gateway(balanced(written(servers, z="backup: true"), rules))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        assert set(who_answers(connection, 10)) == {"a", "b"}
        servers["a"].close()
        assert who_answers(connection, 6) == "b" * 6
        servers["b"].close()
        assert who_answers(connection, 6) == "z" * 6
