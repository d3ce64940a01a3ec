"""Every function of a header says what it does, in a comment directly above it.

Prototypes that follow one another without an empty line share the comment of the first."""
from . import source


def check(root, _build, _write):
    """All headers of src/, include/ and lib/."""
    violations = []
    count = 0
    for path in source.files_of(root, "src", "include", "lib"):
        lines = source.read(path).splitlines()
        if not starts_with_comment(lines):
            violations.append(f"{path.relative_to(root)}:1: no comment that says what the file is for")
        if path.suffix == ".h":
            wrong, seen = undocumented(source.items(path), lines)
            violations += [f"{path.relative_to(root)}:{item.first_line}: {item.name} has no comment" for item in wrong]
            count += seen
    return violations, f"{count} prototypes"


def starts_with_comment(lines):
    """Whether the file's first line is a comment."""
    return bool(lines) and lines[0].startswith(("/*", "//"))


def undocumented(items, lines):
    """The items without a comment of their own or of their group, and how many were looked at."""
    wrong = []
    documented_until = None  # last line of the latest documented item
    for item in items:
        above = lines[item.first_line - 2].strip() if item.first_line > 1 else ""
        if above.endswith("*/") or above.startswith("//") or item.first_line - 1 == documented_until:
            documented_until = item.last_line
        else:
            wrong.append(item)
    return wrong, len(items)
