"""A server that fails in a row, by errors of its own if that is set, is passed over; it comes back after the pause."""
from harness import client
from harness.backend import answer
from harness.named import balanced, named, who_answers, written
from harness.waiting import until


def test_answers_of_500_eject_where_they_count(stage):
    """Two of them: nobody asks it any more; when it is well again it serves again."""
    sick = [True]
    servers = named(stage, "g")
    servers["s"] = stage.recorder(lambda request: answer(b"s", 500 if sick[0] else 200))
    rules = "passive_health: { failures: 2, server_errors: true, pause: 1s }"
    gateway = stage.gateway(balanced(written(servers), rules))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        statuses = [client.get(connection)[0] for _ in range(4)]
        assert sorted(statuses) == [200, 200, 500, 500]
        asked = len(servers["s"].requests)
        sick[0] = False
        assert asked == 2
        until(lambda: "s" in who_answers(connection, 2), 20, "the server to be asked again")
        assert sorted(who_answers(connection, 4)) == list("ggss")


def test_not_all_are_ejected_at_once(stage):
    """max_ejected: 50 leaves one of two in its place, however ill it is."""
    ill = {name: stage.recorder(lambda request, name=name: answer(name.encode(), 500)) for name in "ab"}
    rules = "passive_health: { failures: 1, server_errors: true, pause: 60s, max_ejected: 50 }"
    gateway = stage.gateway(balanced(written(ill), rules))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        assert [client.get(connection)[0] for _ in range(8)] == [500] * 8
    assert sorted(len(server.requests) for server in ill.values()) == [1, 7]
