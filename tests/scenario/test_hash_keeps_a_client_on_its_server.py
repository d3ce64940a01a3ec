"""With a hash the same header, cookie, certificate or address leads to the same server, and only those of a server that
is gone move."""
import pytest

from harness import client
from harness.named import balanced, named, who_answers, written

USERS = [f"user-{number}" for number in range(40)]


def by_header(connection):
    """Who answers each of the users."""
    return {user: who_answers(connection, 1, fields=f"X-User: {user}\r\n") for user in USERS}


def test_only_the_clients_of_a_dead_server_move(stage):
    """And they come back to it when it does, also after a restart: nothing of it is kept anywhere."""
    servers = named(stage, "abcd")
    rules = "balance: hash\nhash_by: header X-User\npassive_health: { failures: 1, pause: 60s }"
    gateway = stage.gateway(balanced(written(servers), rules))
    made = stage.context(stage.issue())
    with client.connect(gateway.port, made) as connection:
        before = by_header(connection)
        assert set(before.values()) == set("abcd")
        assert by_header(connection) == before
        servers["b"].close()
        after = by_header(connection)
        assert {user for user in USERS if after[user] != before[user]} == {u for u in USERS if before[u] == "b"}
        assert "b" not in after.values()
    again = stage.gateway(balanced(written(servers), rules))
    with client.connect(again.port, made) as connection:
        assert by_header(connection) == after


@pytest.mark.parametrize("by, fields", [("cookie id", "Cookie: a=b; id={}\r\n"), ("header X-User", "X-USER: {}\r\n")])
def test_what_is_alike_goes_to_one_server(stage, by, fields):
    """By a cookie among others, and whatever the letters of a header's name."""
    gateway = stage.gateway(balanced(written(named(stage, "abc")), f"balance: hash\nhash_by: {by}"))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        for user in USERS[:10]:
            assert len(set(who_answers(connection, 3, fields=fields.format(user)))) == 1
        assert set(who_answers(connection, 6)) == set("abc")


def test_a_certificate_and_an_address_have_their_server(stage):
    """On every connection of the same client; others are spread."""
    config = balanced(written(named(stage, "abc")), "balance: hash\nhash_by: {by}")
    by_certificate = stage.gateway(config, by="fingerprint")
    seen = set()
    for number in range(8):
        made = stage.context(stage.issue(f"client-{number}"))
        names = {who_answers(connection) for connection in (client.connect(by_certificate.port, made) for _ in "12")}
        assert len(names) == 1
        seen |= names
    assert len(seen) > 1
    by_address = stage.gateway(config, by="address")
    made, seen = stage.context(stage.issue()), set()
    for last in range(1, 13):
        names = set()
        for _ in range(2):
            with client.connect(by_address.port, made, source=f"127.0.0.{last}") as connection:
                names.add(who_answers(connection))
        assert len(names) == 1
        seen |= names
    assert len(seen) > 1
