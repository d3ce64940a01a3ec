"""A path that a backend would read as one under a prefix does not come to it by another route.

The prefix leads to a backend of its own; what the other backend is sent must not be, to any usual reader, below it:
dot segments and their encodings, empty segments, backslashes, path parameters (Tomcat), double encoding, overlong
UTF-8. CVE-2021-41773 (encoded dots), CVE-2020-5902 (path parameters)."""
import posixpath
import re
import urllib.parse

import pytest

from harness import client

CONFIG = """\
listeners:
  - name: public
    bind: 127.0.0.1:{port}
    certificates:
      - { certificate: "{server}", private_key: "{server_key}" }
    client_auth: { mode: required, trust: "{clients}" }
    routes:
      - { path: /admin/, backend: admin }
      - { backend: app }
backends:
  app: { servers: [ "{app}" ] }
  admin: { servers: [ "{admin}" ] }
"""

SLIPPING = ["/x/../admin/", "/x/%2e%2e/admin/", "/x/.%2E/admin/", "//admin/", "/./admin/", "/x//../admin/", "/admin//",
            "/x\\..\\admin/", "/x%2f..%2fadmin/", "/x/..;/admin/", "/;/admin/", "/x/..;a=b/admin/", "/%2e/admin/",
            "/x/%252e%252e/admin/", "/x/%c0%ae%c0%ae/admin/", "/x/..%5cadmin/", "/admin%2f", "/x%00/../admin/",
            "/admin%3b/", "/x/%2e%2e", "/admin/../admin/", "/%2fadmin/", "/x/%uff0e./admin/"]
UNDER = ["/admin/", "/%61dmin/", "/admin/x?y=/../z", "/admin;v=1/", "/%61%64%6d%69%6e/x", "/admin/;x"]
BESIDE = ["/", "/administrator/", "/Admin/", "/x/admin/", "/x?/admin/", "/x?/../admin/", "/...", "/a..b/", "/x;y/z"]


@pytest.fixture(scope="module")
def scene(stage):
    """The gateway and its two backends."""
    app, admin = stage.recorder(), stage.recorder()
    return stage.gateway(CONFIG, app=app.address, admin=admin.address), app, admin, stage.context(stage.issue())


def readings(path):
    """What backends make of a path: decoded once and twice, with and without parameters, resolved."""
    path = path.split("?")[0]
    for decoded in (path, urllib.parse.unquote(path), urllib.parse.unquote(urllib.parse.unquote(path))):
        for cut in (decoded, re.sub(";[^/]*", "", decoded)):
            yield posixpath.normpath(re.sub("/+", "/", cut.replace("\\", "/")))


@pytest.mark.parametrize("path", SLIPPING)
def test_a_path_that_may_mean_two_things_is_refused(scene, path):
    """400, a record that says why, and no backend hears of it."""
    gateway, app, admin, made = scene
    before = len(app.requests), len(admin.requests)
    assert client.get_once(gateway.port, made, path)[0] == 400
    assert (len(app.requests), len(admin.requests)) == before


@pytest.mark.parametrize("path", UNDER)
def test_every_plain_spelling_of_the_prefix_comes_to_its_backend(scene, path):
    """Encodings and parameters change nothing."""
    gateway, app, admin, made = scene
    before = len(app.requests), len(admin.requests)
    assert client.get_once(gateway.port, made, path)[0] == 200
    assert (len(app.requests), len(admin.requests)) == (before[0], before[1] + 1)


@pytest.mark.parametrize("path", BESIDE)
def test_what_is_beside_the_prefix_stays_there(scene, path):
    """And no reading of it is below the prefix."""
    gateway, app, admin, made = scene
    before = len(app.requests), len(admin.requests)
    assert client.get_once(gateway.port, made, path)[0] == 200
    assert (len(app.requests), len(admin.requests)) == (before[0] + 1, before[1])
    assert not any((reading + "/").startswith("/admin/") for reading in readings(path))


def test_the_record_says_why(scene):
    """The reason has a name and a remedy."""
    gateway, _, _, made = scene
    client.get_once(gateway.port, made, "/x/../admin/")
    record = gateway.refusal(reason="path-ambiguous")
    assert record["status"] == 400
    assert record["remedy"]
