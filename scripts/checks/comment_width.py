"""Wraps comment lines that are wider than the column limit; lists and paragraphs of a comment stay as they are.

clang-format could do this too, but it runs the items of a list together."""
import re

COLUMN_LIMIT = 120
BLOCK = re.compile(r"^([ \t]*)/\*(.*?)\*/[ \t]*$", re.DOTALL | re.MULTILINE)
TRAILING = re.compile(r"^([ \t]*)([^\s/#*][^\n\"]*?)[ \t]*/\*([^\n]*?)\*/$", re.MULTILINE)
ITEM = re.compile(r"\s|$|[-*] |\w[\w ,/]*:\s")


def wrap(text):
    """The text with its wide comments wrapped; a wide comment behind code moves to the line above."""
    text = TRAILING.sub(lambda match: wrap_trailing(match) if is_wide(match.group(0)) else match.group(0), text)
    return BLOCK.sub(lambda match: wrap_block(match) if is_wide(match.group(0)) else match.group(0), text)


def is_wide(text):
    """Whether any line is wider than the limit."""
    return any(len(line) > COLUMN_LIMIT for line in text.split("\n"))


def wrap_trailing(match):
    """The comment, then the code."""
    indent, code, comment = match.groups()
    return f"{indent}/* {comment.strip()} */\n{indent}{code}"


def wrap_block(match):
    """The comment with every line inside the limit."""
    indent, body = match.groups()
    lines = [re.sub(r"^[ \t]*\*?[ ]?", "", line) for line in body.split("\n")]
    wrapped = wrap_lines([line.rstrip() for line in lines], COLUMN_LIMIT - len(indent) - len(" * ") - len(" */"))
    closing = " */" if wrapped[-1] else "/"
    first, *rest = [f"{indent} * {line}".rstrip() for line in wrapped]
    return "\n".join([first.replace(f"{indent} *", f"{indent}/*", 1), *rest]) + closing


def wrap_lines(lines, width):
    """Wraps the lines; what is left of one goes in front of the next, unless that begins an item or paragraph."""
    wrapped = []
    rest = ""
    for line in lines:
        if rest and ITEM.match(line):
            wrapped.append(rest)
        elif rest:
            line = f"{rest} {line}"
        rest = ""
        if len(line) > width:
            *full, rest = split_line(line, width)
            wrapped += full
        else:
            wrapped.append(line)
    return wrapped + ([rest] if rest else [])


def split_line(line, width):
    """The line in pieces of at most the width, cut at spaces where there are any."""
    pieces = []
    while len(line) > width and " " in line.strip():
        cut = line.rfind(" ", 1, width + 1)
        cut = cut if cut > 0 else line.find(" ", width)
        if cut < 0:
            break
        pieces.append(line[:cut].rstrip())
        line = line[cut:].strip()
    return [*pieces, line]
