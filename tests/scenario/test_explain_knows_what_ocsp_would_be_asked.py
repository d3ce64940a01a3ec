"""`sallyport explain` asks nobody: where a responder would be asked, it says so, and what the rest of the decision is."""
import json

import pytest

from harness.gateway import command
from harness.world import REQUIRED

ASKED = REQUIRED.replace('trust: "{clients}" }',
                         'trust: "{clients}", revocation: { ocsp: { mode: {mode}, responders: "{url}" } } }')


@pytest.mark.parametrize("mode", ["hard", "soft"])
def test_it_is_unknown_and_nobody_is_asked(world, mode):
    """In text and in JSON; the exit code is that of the rest."""
    responder = world.responder()
    gateway = world.prepared(ASKED, backend="127.0.0.1:9", mode=mode, url=responder.url)
    question = ["explain", "-c", gateway.path, "--cert", world.issue("alice").path]
    said = json.loads(command(*question, "--json").stdout)
    assert said["result"] == "allowed" and said["needs_ocsp"] is True
    assert {check["check"]: check["outcome"] for check in said["checks"]}["ocsp"] == "unknown"
    done = command(*question)
    assert done.returncode == 0 and "OCSP responder, who would be asked first" in done.stdout
    assert not responder.asked


def test_nothing_is_said_of_it_where_it_is_off(world):
    """Not asked."""
    gateway = world.prepared(REQUIRED, backend="127.0.0.1:9")
    said = json.loads(command("explain", "-c", gateway.path, "--cert", world.issue("alice").path, "--json").stdout)
    assert "needs_ocsp" not in said
    assert {check["check"]: check["outcome"] for check in said["checks"]}["ocsp"] == "skipped"
