"""Things that must not stand in the code: notes to oneself, typedefs of structs, conditions inside functions."""
import re

from . import source

NOTE_TO_ONESELF = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
TYPEDEF_OF_STRUCT = re.compile(r"^\s*typedef\s+(struct|union)\b", re.MULTILINE)
CONDITION = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)\b", re.MULTILINE)


def check(root, _build, _write):
    """All C files; the notes are looked for in the scripts and documents too."""
    violations = []
    for path in source.files_of(root, "src", "lib", "include", "tests", "fuzz", "bench"):
        text = source.read(path)
        spans = [(item.first_line, item.last_line) for item in source.items(path) if item.has_body]
        hits = [(match, "a note to oneself") for match in NOTE_TO_ONESELF.finditer(text)]
        hits += [(match, "typedef of a struct") for match in TYPEDEF_OF_STRUCT.finditer(text)]
        hits += [(match, "a preprocessor condition inside a function") for match in CONDITION.finditer(text)
                 if any(first <= source.line_at(text, match.start()) <= last for first, last in spans)]
        violations += [f"{path.relative_to(root)}:{source.line_at(text, match.start())}: {what}" for match, what in hits]
    for path in documents(root):
        text = path.read_text(encoding="utf-8")
        violations += [f"{path.relative_to(root)}:{source.line_at(text, match.start())}: a note to oneself"
                       for match in NOTE_TO_ONESELF.finditer(text)]
    return violations, ""


def documents(root):
    """Text files besides C that are read by people."""
    found = [path for pattern in ("*.md", "docs/**/*.md", "scripts/**/*.py", "tests/**/*.py", "bench/**/*.py",
                                  "**/meson.build") for path in root.glob(pattern)]
    return sorted(path for path in found if "build" not in path.relative_to(root).parts[:1])
