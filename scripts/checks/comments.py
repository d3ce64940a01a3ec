"""Every function of a header says what it does, in a comment directly above it.

Prototypes that follow one another without an empty line share the comment of the first; types declared in one line may
stand in between. A source file says what it is for, unless its header does."""
import re

from . import source

TYPE_IN_ONE_LINE = re.compile(r"(struct|enum)\b[^()]*;$")


def check(root, _build, _write):
    """All headers of src/, include/ and lib/."""
    violations = []
    count = 0
    for path in source.files_of(root, "src", "include", "lib"):
        lines = source.read(path).splitlines()
        has_header = path.suffix == ".c" and path.with_suffix(".h").exists()
        if not has_header and not starts_with_comment(lines):
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
        line_above = item.first_line - 1
        while line_above > 0 and TYPE_IN_ONE_LINE.match(lines[line_above - 1]):
            line_above -= 1
        above = lines[line_above - 1].strip() if line_above > 0 else ""
        if above.endswith("*/") or above.startswith("//") or line_above == documented_until:
            documented_until = item.last_line
        else:
            wrong.append(item)
    return wrong, len(items)
