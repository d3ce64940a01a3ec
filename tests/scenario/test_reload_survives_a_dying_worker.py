"""A worker dies in the middle of a reload: it is done everywhere or nowhere, and in the end all workers serve the same."""
import os
import signal
import subprocess

from harness import client
from harness.backend import answer
from harness.gateway import SALLYPORT
from harness.waiting import until
from harness.world import REQUIRED

TWO = "workers: 3\n" + REQUIRED.replace('servers: [ "{backend}" ]', 'servers: [ "{other}" ]')
ONE = "workers: 3\n" + REQUIRED


def names_served(gateway, made):
    """Which backends answer, over enough connections to meet every worker."""
    return {client.get_once(gateway.port, made)[2] for _ in range(12)}


def test_whenever_it_dies(world):
    """Eight reloads, each with a kill at another moment."""
    one, two = world.recorder(lambda _: answer(b"one")), world.recorder(lambda _: answer(b"two"))
    gateway = world.gateway(ONE, backend=one.address, other=two.address)
    made, results = world.context(world.issue()), []
    for number in range(8):
        gateway.configure(TWO if number % 2 == 0 else ONE)
        generation = gateway.status()["generation"]
        with subprocess.Popen([SALLYPORT, "reload", "--socket", gateway.socket_path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as reload:
            moment = number * 0.006
            try:
                reload.wait(moment)
            except subprocess.TimeoutExpired:
                pass
            os.kill(gateway.children()[number % 3], signal.SIGKILL)
            reload.communicate(timeout=40)
        results.append(reload.returncode)

        def all_run():
            return [worker["state"] for worker in gateway.status()["workers"]] == ["running"] * 3
        until(all_run, 40, "all workers to run")
        assert gateway.status()["generation"] == generation + (reload.returncode == 0)
        assert gateway.status()["last_reload"]["done"] == (reload.returncode == 0)
        assert len(names_served(gateway, made)) == 1
        if reload.returncode == 0:
            assert names_served(gateway, made) == {b"two" if number % 2 == 0 else b"one"}
    assert 0 in results
