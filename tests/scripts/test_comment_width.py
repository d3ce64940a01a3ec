"""`make format` wraps wide comments without spoiling their lists."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

from checks import comment_width  # noqa: E402

WORDS = "word " * 22  # 110 characters


def test_a_narrow_comment_stays():
    text = "/* Short. */\nint two(void);\n"
    assert comment_width.wrap(text) == text


def test_a_wide_line_is_wrapped_and_the_comment_closed():
    assert comment_width.wrap(f"/* {WORDS}and then the end. */\nint two(void);\n") == (
        f"/* {WORDS}and\n * then the end. */\nint two(void);\n")


def test_what_is_left_goes_in_front_of_the_next_line():
    assert comment_width.wrap(f"    /* {WORDS}one two\n     * three. */\n") == (
        f"    /* {WORDS.rstrip()}\n     * one two three. */\n")


def test_items_and_paragraphs_are_not_run_together():
    wide = f"/* Calls:\n * open: {WORDS}over\n * shut: now.\n *\n * {WORDS}over there\n */\n"
    assert comment_width.wrap(wide) == (
        f"/* Calls:\n * open: {WORDS.rstrip()[:-5]}\n * word over\n * shut: now.\n *\n * {WORDS}over\n * there\n */\n")


def test_a_wide_comment_behind_code_moves_above_it():
    assert comment_width.wrap(f"    int a; /* {WORDS}*/\n") == f"    /* {WORDS.rstrip()} */\n    int a;\n"


def test_text_in_strings_is_left_alone():
    text = f'    call("/* {WORDS}{WORDS}*/");\n'
    assert comment_width.wrap(text) == text


def test_wrapping_twice_changes_nothing_more():
    once = comment_width.wrap(f"/* {WORDS * 3}\n * {WORDS * 2} */\n")
    assert comment_width.wrap(once) == once
    assert max(map(len, once.splitlines())) <= comment_width.COLUMN_LIMIT
