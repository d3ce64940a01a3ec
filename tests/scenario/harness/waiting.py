"""Waiting for a thing to be so, with a limit; never a bare sleep."""
import time


def until(condition, seconds=10.0, what="the condition"):
    """Returns the first true result of `condition`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.01)
