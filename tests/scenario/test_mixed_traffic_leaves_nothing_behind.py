"""Every kind of traffic at once, while the configuration is loaded again, identities are revoked, a backend restarts and rude
clients come and go: nobody fails who has nothing to do with it, and in the end the workers hold what they held at first. The
same for a quarter of an hour: tests/soak/run."""
from harness.soak import Soak

SECONDS = 8


def test_for_some_seconds(world):
    """Each actor gets to do its part."""
    soak = Soak(world)
    soak.run(SECONDS)
    assert not soak.failures, "\n".join(soak.failures)
    assert [name for name in soak.names() if not soak.counts[name]] == []
    soak.rest()
