"""What the documents tell operators to write is accepted by `sallyport check`."""
import pathlib
import re

import pytest

from harness import passwords
from harness.gateway import ROOT, command


def documented():
    """Every whole configuration: the examples, and the YAML blocks of the documents that name listeners and backends."""
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        yield path.name, path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)):
            if re.search("^listeners:", block, re.MULTILINE) and re.search("^backends:", block, re.MULTILINE):
                yield f"{path.name}-{number}", block


DOCUMENTED = dict(documented())


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_configuration_is_good(stage, name, tmp_path):
    """With real files under the names that it gives."""
    for key, source in {"certificate": stage.server.path, "private_key": stage.server.key_path}.items():
        for wanted in re.findall(rf"\b{key}: ([\w.-]+)", DOCUMENTED[name]):
            (tmp_path / wanted).write_bytes(pathlib.Path(source).read_bytes())
    for wanted in re.findall(r"\btrust: ([\w.-]+)", DOCUMENTED[name]):
        (tmp_path / wanted).write_bytes(pathlib.Path(stage.clients_ca.path).read_bytes())
    for wanted in re.findall(r"\bfile: ([\w.-]+)", DOCUMENTED[name]):
        passwords.write(tmp_path / wanted, {"alice": "open sesame"})
    (tmp_path / "sallyport.yaml").write_text(DOCUMENTED[name], encoding="utf-8")
    result = command("check", "-c", tmp_path / "sallyport.yaml")
    assert result.returncode == 0, result.stderr


def test_something_is_documented():
    """The search above finds what there is."""
    assert {"sallyport.yaml", "README.md-0"} <= DOCUMENTED.keys()
