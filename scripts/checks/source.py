"""Reads C files just well enough for the checks: includes, top-level functions and declarations, with their lines.

It is no compiler: comments, strings and preprocessor lines are blanked out, then braces and parentheses are counted."""
import dataclasses
import functools
import re

BLANKED = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(<[^>\n]+>|"[^"\n]+")', re.MULTILINE)
ATTRIBUTE = re.compile(r"\[\[.*?\]\]|__attribute__\s*\(\(.*?\)\)", re.DOTALL)
NAME_BEFORE_PARENTHESIS = re.compile(r"([A-Za-z_]\w*)\s*\(")
PAIRS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


@dataclasses.dataclass
class Item:
    """One top-level function (with a body) or declaration (without one)."""

    name: str
    first_line: int
    last_line: int
    has_body: bool
    is_static: bool


def files_of(root, *folders):
    """All C files below the folders of the root that exist, in a stable order."""
    found = []
    for folder in folders:
        found += [path for path in (root / folder).rglob("*.[ch]") if path.is_file()]
    return sorted(found)


@functools.lru_cache(maxsize=None)
def read(path):
    """The file's text."""
    return path.read_text(encoding="utf-8")


def module_of(path, root):
    """`folder/file` of a file below src/, without its suffix: a header and its source are one module."""
    return str(path.relative_to(root / "src").with_suffix(""))


def includes(path):
    """All (line, spelling) of the file's includes, the spelling with its quotes or angle brackets."""
    text = read(path)
    return [(line_at(text, match.start(1)), match.group(1)) for match in INCLUDE.finditer(text)]


def line_at(text, offset):
    """The line number of an offset."""
    return text.count("\n", 0, offset) + 1


def spaces_for(match):
    """As many spaces as the match has characters, its line ends kept."""
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments_and_strings(text):
    """The text with comments, strings and preprocessor lines turned into spaces; offsets and lines stay."""
    return PREPROCESSOR.sub(spaces_for, BLANKED.sub(spaces_for, text))


def items(path):
    """All top-level functions and function or extern declarations of the file."""
    code = without_comments_and_strings(read(path))
    found = []
    start = 0
    depth = 0
    body_start = None
    for match in re.finditer(r"[(){}\[\];]", code):
        character = match.group(0)
        if character == "{" and depth == 0 and is_function(code[start:match.start()]):
            body_start = match.start()
        depth += PAIRS.get(character, 0)
        ends_body = character == "}" and depth == 0 and body_start is not None
        if ends_body or (character == ";" and depth == 0):
            item = item_of(code, start, body_start, match.start())
            found += [item] if item else []
            start = match.end()
            body_start = None
    return found


def item_of(code, start, body_start, end):
    """The item between two offsets, or None if it is a type or something else of no interest."""
    head = code[start:body_start if body_start is not None else end]
    signature = ATTRIBUTE.sub(" ", head)
    is_extern = re.match(r"\s*extern\b", signature)
    if not is_function(head) and not is_extern:
        return None
    name = NAME_BEFORE_PARENTHESIS.search(signature) or re.search(r"(\w+)\s*(?:\[.*)?$", signature.strip(), re.DOTALL)
    first = start + len(head) - len(head.lstrip())
    return Item(name.group(1), line_at(code, first), line_at(code, end), body_start is not None,
                bool(re.search(r"\bstatic\b", signature)))


def is_function(head):
    """Whether the text before `{` or `;` is that of a function."""
    signature = ATTRIBUTE.sub(" ", head).split("{")[0]
    name = NAME_BEFORE_PARENTHESIS.search(signature)
    if not name or name.group(1) in ("static_assert", "_Static_assert", "__attribute__"):
        return False
    return not re.match(r"\s*typedef\b", signature) and "=" not in signature
