"""The guide's table of ways has every pair of legs with every kind of traffic, and each cell that it says works is tested on
all legs, in a file that the guide names."""
import re

from harness import ways
from harness.gateway import ROOT
from harness.legs import LEGS

TRAFFIC = {"bytes": "test_bytes_pass_every_way.py", "HTTP/1.1": "test_http1_passes_every_way.py",
           "HTTP/2": "test_http2_passes_every_way.py", "WebSocket": "test_websocket_passes_every_way.py", "gRPC": "test_grpc_passes_every_way.py"}


def test_every_cell_is_there():
    """Three fronts, three backs, and the passthrough, which is for all."""
    text = ways.GUIDE.read_text(encoding="utf-8")
    head = re.search(r"^\| in front → behind \|(.*)\|$", text, re.MULTILINE).group(1)
    assert [cell.strip() for cell in head.split("|")][1:] == list(TRAFFIC)
    rows = dict(re.findall(r"^\| ([^|]+) \| [^|]+ \|((?: [✓–] \|)+)$", text, re.MULTILINE))
    pairs = [f"{ways.IN_GUIDE[front]} → {ways.IN_GUIDE[back]}" for front in LEGS for back in LEGS]
    assert list(rows) == [*pairs, "not decrypted"]
    tested = ["✓" if name else "–" for name in TRAFFIC.values()]
    assert all(re.findall("[✓–]", rows[pair]) == tested for pair in pairs)
    assert rows["not decrypted"].count("✓") == len(TRAFFIC)


def test_every_kind_is_tested_on_all_legs():
    """By the files that the guide names."""
    files = re.findall(r"`(test_\w+every_way\.py)`", ways.GUIDE.read_text(encoding="utf-8"))
    assert sorted(files) == sorted(name for name in TRAFFIC.values() if name)
    for name in files:
        text = (ROOT / "tests" / "scenario" / name).read_text(encoding="utf-8")
        fronts, backs = (text.count(f'parametrize("{side}", LEGS)') for side in ("front", "back"))
        assert fronts == backs == text.count("\ndef test_")
