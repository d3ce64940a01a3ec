"""Certificates, configurations and requests by chance: what a running gateway does is what `sallyport explain` says."""
import contextlib
import json
import os
import random
import re
import socket
import ssl
import time

import pytest

from harness import chance, client
from harness.gateway import SANITIZED, command
from harness.waiting import until

# Decisions and configurations at the least; the sanitizers make each slow, and what is decided is the same.
DECISIONS = 600 if SANITIZED else 5000
GATEWAYS = 3 if SANITIZED else 6
RESULTS = 5 if SANITIZED else 10  # different ones, so that the dice are not loaded
REQUESTS_OF_A_CONNECTION = 12


class Recorded(Exception):
    """A refusal whose reason is in its record only: the last one of a client address, or that of an id."""


class Live:
    """A gateway that is asked over and over."""

    def __init__(self, stage, gateway):
        self.stage = stage
        self.gateway = gateway
        self.contexts = {}
        self.addresses = set()

    def context(self, certificate):
        """The settings of a client with this certificate; what the server shows does not matter here."""
        if certificate not in self.contexts:
            made = self.stage.context(certificate)
            made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
            self.contexts[certificate] = made
        return self.contexts[certificate]

    def connect(self, case):
        """A connection, and its address at this end, which no other has had: records are found by it."""
        raw = self.bound(case["source"])
        while raw.getsockname() in self.addresses:
            raw.close()
            raw = self.bound(case["source"])
        self.addresses.add(raw.getsockname())
        here = "%s:%d" % raw.getsockname()
        raw.connect(("127.0.0.1", self.gateway.port))
        try:
            return self.context(case["certificate"]).wrap_socket(raw, server_hostname=case["sni"] or None), here
        except OSError as error:
            raw.close()
            raise Recorded(here) from error

    @staticmethod
    def bound(source):
        """A socket at some port of `source`."""
        raw = socket.socket()
        raw.settimeout(20)
        raw.bind((source, 0))
        return raw

    def decisions(self, case, requests):
        """(request, "allowed" or a reason or the client address of a refused connection), request by request."""
        with contextlib.ExitStack() as stack:
            connection = None
            for request in requests:
                try:
                    if not connection:
                        connection, here = self.connect(case)
                        stack.enter_context(connection)
                        reader = stack.enter_context(connection.makefile("rb"))
                    status, fields, body = self.ask(connection, reader, request, here)
                except Recorded as end:
                    yield request, end
                    return
                told = re.search(rb"^reason: (.*)$", body, re.MULTILINE)
                page = re.search(rb"\b[0-9a-f]{16}\b", body)
                if "close" in fields.get("connection", "").lower():
                    connection = None
                if told:
                    yield request, told[1].decode()
                elif page: # the connection ends with it, and every other would
                    yield request, Recorded(page[0].decode())
                    return
                else:
                    yield request, "allowed" if status == 200 else Recorded(here)

    @staticmethod
    def ask(connection, reader, request, here):
        """One request; a connection that ends without an answer was refused."""
        text = client.request_bytes(request["path"], request["host"], method=request["method"])
        try:
            connection.sendall(text)
            answer = client.read_answer(reader, request["method"])
        except (OSError, EOFError, AssertionError) as error:
            raise Recorded(here) from error
        return answer

    def reasons(self, refusals):
        """The last reason of each client address and id, when all records have come."""
        until(lambda: len(self.gateway.refusals()) >= refusals, 30, f"{refusals} records of refusals")
        return {record[key]: record["reason"] for record in self.gateway.refusals() for key in ("client", "id")}


def good_gateway(stage, dice, backend):
    """One over the first configuration that makes sense: chance also draws rules that can never be met."""
    while True:
        gateway = stage.prepared(dice.configuration(), backend=backend)
        if command("check", "-c", gateway.path).returncode == 0:
            return gateway.start()


def decide(live, dice, people):
    """[(question, what the gateway did)], its share of all decisions at the most; a refused connection is one."""
    made = []
    arrivals = [(kind, sni) for kind in sorted(people.presented, key=str) for sni in chance.SERVER_NAMES]
    dice.random.shuffle(arrivals)
    for kind, sni in arrivals:
        if len(made) * GATEWAYS >= DECISIONS:
            break
        case = {"certificate": people.presented[kind], "sni": sni, "source": dice.random.choice(chance.SOURCES)}
        requests = dice.requests(REQUESTS_OF_A_CONNECTION)
        if sni:
            requests[:6] = [{**request, "host": sni} for request in requests[:6]]
        for request, result in live.decisions(case, requests):
            question = {**request, "sni": sni, "source": case["source"], "name": str(kind)}
            if case["certificate"]:
                question["cert"] = str(case["certificate"].path)
            made.append((question, result))
    return made


def explained(gateway, made):
    """What `explain` says of the same questions."""
    cases = gateway.folder / "cases.jsonl"
    cases.write_text("".join(json.dumps(question) + "\n" for question, _ in made))
    done = command("explain", "-c", gateway.path, "--cases", cases, timeout=300)
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.timeout(600)
def test_explain_says_what_the_gateway_does(stage):
    """So many decisions by so many configurations, each the same and for the same reason; SALLYPORT_SEED repeats a run."""
    seed = int(os.environ.get("SALLYPORT_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    print(f"SALLYPORT_SEED={seed}")
    people = chance.People(stage.folder, stage.clients_ca)
    dice = chance.Dice(random.Random(seed), people)
    backend = stage.recorder().address
    counted, gateways, differences, seen = 0, 0, [], set()
    while counted < DECISIONS or gateways < GATEWAYS:
        begun = time.monotonic()
        gateways += 1
        gateway = good_gateway(stage, dice, backend)
        live = Live(stage, gateway)
        made = decide(live, dice, people)
        reasons = live.reasons(sum(result != "allowed" for _, result in made))
        for (question, result), said in zip(made, explained(gateway, made), strict=True):
            result = reasons[str(result)] if isinstance(result, Recorded) else result
            seen.add(result)
            if said["result"] != result:
                differences.append({"question": question, "gateway": result, "explain": said, "path": gateway.path})
        counted += len(made)
        print(f"{len(made)} decisions, {sum(not isinstance(r, Recorded) for _, r in made)} answers, {time.monotonic() - begun:.1f} s")
        gateway.stop()
    assert not differences, f"seed {seed}: {len(differences)} of {counted}, as {differences[:3]}"
    assert len(seen) >= RESULTS and "allowed" in seen, f"seed {seed}: {seen}"
    print(f"{counted} decisions, {len(seen)} results: {sorted(seen)}")
