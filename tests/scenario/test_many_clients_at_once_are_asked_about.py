"""Many clients that nobody has come across yet, all at once: what is asked about them waits for its turn at the responder, and
nobody is refused because of the others."""
import threading

from test_ocsp_responders_decide_about_clients import asking, is_served

CLIENTS = 120


def test_all_are_served(world):
    """More than the fetcher has connections to one host."""
    responder = world.responder()
    responder.delay = 0.3
    certificates = [world.issue(f"client-{number}") for number in range(CLIENTS)]
    gateway = asking(world, responder)
    served = []
    threads = [threading.Thread(target=lambda one=one: served.append(is_served(world, gateway, one)))
               for one in certificates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served == [True] * CLIENTS
    assert len(responder.asked) == CLIENTS
