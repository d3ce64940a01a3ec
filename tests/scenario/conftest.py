"""What every scenario has at hand."""
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness.gateway import SALLYPORT  # noqa: E402
from harness.world import World  # noqa: E402


def pytest_configure(config):
    """Weak and old things are made on purpose here: nobody needs to be warned of them."""
    config.addinivalue_line("filterwarnings", "ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
    config.addinivalue_line("filterwarnings", "ignore:SHA1 signatures are deprecated")


def pytest_collection_modifyitems(items):
    """A story that hangs ends; none takes longer than this, sanitizers included."""
    for item in items:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture
def world(tmp_path):
    """A world of its own for one story."""
    assert SALLYPORT.exists(), f"{SALLYPORT} is not built"
    made = World(tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A world that the stories of one file share."""
    assert SALLYPORT.exists(), f"{SALLYPORT} is not built"
    made = World(tmp_path_factory.mktemp("stage"))
    yield made
    made.end()


@pytest.fixture(autouse=True)
def own_records(request):
    """Each story looks at the records of its own time only."""
    if "stage" in request.fixturenames:
        for gateway in request.getfixturevalue("stage").gateways:
            gateway.begin_records()
