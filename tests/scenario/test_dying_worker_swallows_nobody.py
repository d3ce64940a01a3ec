"""A slot whose worker keeps dying has no worker for seconds; whoever waits at its socket is taken by another one."""
import os
import signal
import threading
import time

from harness import client
from harness.waiting import until
from harness.world import REQUIRED


class Reaper(threading.Thread):
    """Kills the worker of slot 1 as soon as there is one, and knows how long there was none."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.over, self.killed, self.absences = gateway, threading.Event(), 0, [0.0]
        self.other = gateway.children()[1]

    def run(self):
        since = time.monotonic()
        while not self.over.is_set():
            for worker in self.gateway.children():
                if worker != self.other:
                    self.absences.append(time.monotonic() - since)
                    os.kill(worker, signal.SIGKILL)
                    self.killed += 1
                    since = time.monotonic()
            time.sleep(0.005)


def test_connections_are_answered_all_the_while(world):
    """Twelve connections at a time, half of them to the empty slot's socket: all answered within a few seconds."""
    gateway = world.gateway("workers: 2\n" + REQUIRED, backend=world.recorder().address)
    made = world.context(world.issue())
    reaper = Reaper(gateway)
    reaper.start()
    slowest, rounds = 0.0, 0
    end = time.monotonic() + 40
    while max(reaper.absences) < 1.5 and time.monotonic() < end:
        rounds += 1
        slowest = max(slowest, *crowd(gateway, made, 12))
    reaper.over.set()
    reaper.join(5)
    assert max(reaper.absences) >= 1.5, f"never away for long: {reaper.absences}"
    assert slowest < 4, f"somebody waited {slowest} s"
    assert gateway.children()[-1] == reaper.other or reaper.other in gateway.children()
    until(lambda: len(gateway.children()) == 2, 30, "the slot to be served again")
    until(lambda: all(slot["state"] == "running" for slot in gateway.status()["workers"]), 30, "both to run")
    assert max(crowd(gateway, made, 12)) < 4


def crowd(gateway, made, count):
    """How long each of so many connections at once took to be answered."""
    took = []

    def visit():
        began = time.monotonic()
        try:
            status = client.get_once(gateway.port, made)[0]
            took.append(time.monotonic() - began if status == 200 else 1000.0)
        except TimeoutError:
            took.append(1000.0)
        except OSError:
            took.append(0.0)  # had been taken by the worker that died
    threads = [threading.Thread(target=visit) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(took) == count, "somebody was not answered at all"
    return took
