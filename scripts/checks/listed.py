"""Every source, unit test and fuzzer stands in its folder's meson.build: what is not listed is neither built nor run."""
from . import source


def check(root, _build, _write):
    """Says in its note which sources have no unit test of their own."""
    sources = [path for path in source.files_of(root, "src") if path.suffix == ".c"]
    tests = sorted((root / "tests/unit").glob("*/test_*.c"))
    fuzzers = sorted((root / "fuzz").glob("fuzz_*.c"))
    violations = [f"{path.relative_to(root)} is not in its folder's meson.build"
                  for path in sources + tests + fuzzers if not is_listed(path)]
    untested = [source.module_of(path, root) for path in sources if not test_of(root, path).exists()]
    note = f"{len(sources)} sources, {len(tests)} unit tests, {len(fuzzers)} fuzzers"
    return violations, note + (f"; without a unit test: {' '.join(untested)}" if untested else "")


def is_listed(path):
    """Whether the folder's meson.build names the file, as a file or (tests and fuzzers) as a name."""
    listing = path.parent / "meson.build"
    names = (path.name, path.stem, path.stem.removeprefix("fuzz_"))
    return listing.exists() and any(f"'{name}'" in listing.read_text() for name in names)


def test_of(root, path):
    """Where the unit test of a source file belongs."""
    return root / "tests/unit" / path.parent.name / f"test_{path.name}"
