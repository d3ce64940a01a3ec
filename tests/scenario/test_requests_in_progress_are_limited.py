"""Requests beyond limits.requests are answered 503 at once, and told when to come again; those in progress go on."""
import pathlib
import threading

from harness import client
from harness.backend import OK
from harness.waiting import until
from harness.world import REQUIRED


def line_of(place):
    """The line of the configuration that a record names."""
    path, line, _ = place.rsplit(":", 2)
    return pathlib.Path(path).read_text().splitlines()[int(line) - 1]


def test_the_third_of_two(world):
    """Two wait for their answers; the third is refused without one, its connection stays, and later it is served."""
    answered = threading.Event()

    def answer_to(request):
        if b"/held" in request:
            answered.wait(30)
        return OK

    gateway = world.gateway("workers: 1\nlimits: { requests: 2 }\n" + REQUIRED,
                            backend=world.recorder(answer_to).address)
    made = world.context(world.issue())
    held = [client.connect(gateway.port, made) for _ in range(2)]
    for connection in held:
        connection.sendall(client.request_bytes("/held"))
    until(lambda: gateway.status()["counters"]["requests_in_progress"] == 2, 10, "two to be in progress")
    with client.connect(gateway.port, made) as third:
        status, fields, body = client.get(third, "/third")
        assert (status, fields["retry-after"]) == (503, "1") and b"reason: limit-requests\n" in body
        record = gateway.refusal(path="/third")
        assert record["reason"] == "limit-requests"
        assert line_of(record["config"]).startswith("limits: { requests: 2 }")
        answered.set()
        assert [client.read_answer(connection)[0] for connection in held] == [200, 200]
        until(lambda: gateway.status()["counters"]["requests_in_progress"] == 0, 10, "both to be over")
        assert client.get(third, "/third")[0] == 200
    for connection in held:
        connection.close()
