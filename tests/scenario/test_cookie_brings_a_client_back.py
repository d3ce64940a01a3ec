"""A sticky cookie: set once, obeyed while its server can be used, and silent about which server it means."""
from harness import client
from harness.named import balanced, named, who_answers, written


def cookie_of(connection, fields=""):
    """Who answers, and what the answer sets."""
    status, answered, body = client.ask(connection, client.request_bytes("/", fields=fields))
    assert status == 200
    return body.decode(), answered.get("set-cookie")


def test_a_client_comes_back_to_its_server(stage):
    """The cookie has its attributes and no address; who brings it is not given another."""
    servers = named(stage, "abc")
    gateway = stage.gateway(balanced(written(servers), "sticky: { cookie: srv, secret: hush, path: /x }"))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        given = dict(cookie_of(connection) for _ in range(3))
        assert set(given) == set("abc") and len(set(given.values())) == 3
        for name, text in given.items():
            pair, attributes = text.split(";", 1)
            assert attributes == " Path=/x; Secure; HttpOnly; SameSite=Lax"
            assert len(pair) == len("srv=") + 16 and servers[name].address not in text
            for _ in range(3):
                assert cookie_of(connection, f"Cookie: other=1; {pair}\r\n") == (name, None)


def test_a_client_whose_server_is_gone_moves_and_stays(stage):
    """It gets the cookie of the new one with the answer; a made-up cookie is as good as none."""
    servers = named(stage, "ab")
    rules = "sticky: { cookie: srv }\npassive_health: { failures: 1, pause: 60s }"
    gateway = stage.gateway(balanced(written(servers), rules))
    with client.connect(gateway.port, stage.context(stage.issue())) as connection:
        given = dict(cookie_of(connection) for _ in range(2))
        cookie = given["a"].split(";")[0]
        servers["a"].close()
        name, moved = cookie_of(connection, f"Cookie: {cookie}\r\n")
        assert name == "b" and moved == given["b"]
        assert who_answers(connection, 3, fields=f"Cookie: {moved.split(';')[0]}\r\n") == "bbb"
        assert cookie_of(connection, "Cookie: srv=a\r\n") == ("b", given["b"])
