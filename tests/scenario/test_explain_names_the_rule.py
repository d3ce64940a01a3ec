"""`sallyport explain` says which rule decided, with its name and line, before anybody is refused by it."""
import json

from harness.gateway import command
from harness.world import REQUIRED

RULED = REQUIRED.replace("    routes:\n", "{rules}\n    routes:\n")


def explained(gateway, certificate, *arguments):
    """The decision on one request, read."""
    done = command("explain", "-c", gateway.path, "--json", "--cert", certificate.path, *arguments)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_of_the_request_and_of_the_client(world):
    """By method and path, by certificate, by address and hour."""
    gateway = world.prepared(RULED, backend="127.0.0.1:9", rules="""\
    rules:
      - deny: { name: no bobs, subject.cn: bob }
      - deny: { name: night, address: 10.0.0.0/8, time: "20:00-06:00" }
      - allow: { name: readers, method: GET }""")
    alice, bob = world.issue("alice"), world.issue("bob")
    assert explained(gateway, alice, "--path", "/x")["result"] == "allowed"
    said = explained(gateway, bob)
    assert (said["result"], said["rule"], said["detail"]) == ("policy", "no bobs", "a rule denies it")
    assert said["config"] == gateway.place_of("- deny: ", "{ name: no bobs")
    said = explained(gateway, alice, "--method", "POST")
    assert said["detail"] == "no rule allows it" and "rule" not in said
    assert said["config"] == gateway.place_of("- allow: ", "{ name: readers")
    at_night = ["--source", "10.1.2.3", "--time"]
    assert explained(gateway, alice, *at_night, "2026-11-21T23:00:00Z")["rule"] == "night"
    assert explained(gateway, alice, *at_night, "2026-11-22T12:00:00Z")["result"] == "allowed"
