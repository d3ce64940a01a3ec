"""docs/threat-model.md promises a test for each attack: every one that it names is there, and every attack is named."""
import pathlib
import re

from harness.gateway import ROOT

HERE = pathlib.Path(__file__).parent
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")


def test_every_named_test_is_there():
    """Scenarios and unit tests."""
    named = re.findall(r"`((?:attacks/)?test_\w+\.py)`", TEXT)
    assert len(named) > 20
    assert [name for name in named if not (HERE / name).exists()] == []
    assert [name for name in re.findall(r"`(tests/unit/[\w/]+\.c)`", TEXT) if not (ROOT / name).exists()] == []


def test_every_file_that_is_said_to_stop_something_is_there():
    """As `folder/file` of src."""
    cells = " ".join(line.split("|")[3] for line in TEXT.splitlines() if line.startswith("| ") and line.count("|") == 5)
    named = re.findall(r"`(\w+/\w+)`", cells)
    assert len(named) > 30
    assert [name for name in named if not (ROOT / "src" / f"{name}.h").exists()
            and not (ROOT / "src" / f"{name}.c").exists()] == []


def test_every_attack_is_named():
    """Also the CVE numbers that the tests mention."""
    for path in sorted((HERE / "attacks").glob("test_*.py")):
        assert f"attacks/{path.name}" in TEXT, path.name
