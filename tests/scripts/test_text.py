"""scripts/check sizes, comments, words, format, shell, documents."""
import pytest


def function_of(lines):
    """A static function of exactly so many lines."""
    return "static int long_one(void) {\n" + "    int a = 1;\n" * (lines - 3) + "    return a;\n}\n"


def test_a_function_of_80_lines_passes(tree):
    tree.module("io", "pump", source=function_of(80))
    tree.passes("sizes")


def test_a_function_of_81_lines_is_caught(tree):
    tree.module("io", "pump", source=function_of(81))
    tree.fails("sizes", "src/io/pump.c:", "long_one has 81 lines, more than 80")


@pytest.mark.parametrize("signature", [
    "static int long_one(int a)",
    "[[nodiscard, gnu::format(printf, 1, 2)]] static int long_one(const char *text, ...)",
    "__attribute__((noinline)) static int long_one(int a)",
    "static struct buf *long_one(struct { int a; } *x)",
    "static int\nlong_one(\n    int a,\n    int b)",
])
def test_a_long_function_is_caught_however_its_head_looks(tree, signature):
    tree.module("io", "pump", source=signature + " {\n" + "    ;\n" * 90 + "}\n")
    tree.fails("sizes", "long_one has")


def test_braces_in_strings_comments_and_macros_do_not_hide_a_long_function(tree):
    noise = '#define OPEN {\nstatic const char *text = "{{{\\"";\n/* { */ // {\nstatic const char quote = \'{\';\n'
    tree.module("io", "pump", source=noise + function_of(81))
    tree.fails("sizes", "long_one has 81 lines")


def test_a_long_table_is_no_function(tree):
    tree.module("io", "pump", source="static const int numbers[] = {\n" + "    1,\n" * 90 + "};\n" + function_of(10))
    tree.passes("sizes")


def test_a_file_of_601_lines_is_caught(tree):
    tree.write("src/io/pump.c", "/* pump */\n" * 600)
    tree.passes("sizes")
    tree.append("src/io/pump.c", "\n")
    tree.fails("sizes", "src/io/pump.c: 601 lines, more than 600")


def test_a_tree_of_long_functions_is_caught_by_its_median(tree):
    tree.module("io", "pump", source=function_of(30) * 30)
    tree.fails("sizes", "the median function has 30 lines")


def test_a_tree_with_many_long_functions_is_caught_by_its_90th_percentile(tree):
    tree.module("io", "pump", source=function_of(5) * 25 + function_of(60) * 4)
    tree.fails("sizes", "the 90th percentile of the functions' lengths is 60")


def test_the_median_is_printed(tree):
    assert "4 functions, median 3" in tree.check("sizes").stdout


@pytest.mark.parametrize("prototype", [
    "int pump_two(void);\n",
    "\n/* Returns two. */\n\nint pump_two(void);\n",
    "[[nodiscard]] int pump_two(void);\n",
    "int pump_two(\n    int a,\n    int b);\n",
    "static inline int pump_two(void) {\n    return 2;\n}\n",
    "extern const int pump_two;\n",
    "/* Two. */\nstruct two {\n    int a;\n};\nint pump_two(void);\n",
])
def test_a_prototype_without_a_comment_is_caught(tree, prototype):
    tree.module("io", "pump", header="\n" + prototype)
    tree.fails("comments", "src/io/pump.h:", "pump_two has no comment")


def test_prototypes_in_one_block_share_a_comment(tree):
    tree.module("io", "pump", header="\n/* Numbers. */\nint pump_two(void);\nint pump_three(void);\n")
    tree.passes("comments")


def test_types_in_one_line_may_stand_between_comment_and_prototype(tree):
    types = "struct two;\nenum pump_kind { PUMP_SMALL, PUMP_LARGE };\n"
    tree.module("io", "pump", header=f"\n/* Two. */\n{types}struct two *pump_two(enum pump_kind kind);\n")
    tree.passes("comments")


def test_types_in_one_line_are_no_comment(tree):
    tree.module("io", "pump", header="\nstruct two;\nstruct two *pump_two(void);\n")
    tree.fails("comments", "pump_two has no comment")


def test_types_and_members_need_no_comment(tree):
    tree.module("io", "pump", header="\nstruct pump;\nstruct pump_calls {\n    void (*ready)(struct pump *);\n};\n")
    tree.passes("comments")


def test_a_file_without_a_purpose_is_caught(tree):
    tree.write("src/io/pump.c", '#include "io/tcp.h"\n')
    tree.fails("comments", "src/io/pump.c:1: no comment that says what the file is for")
    tree.write("src/io/pump.h", "#ifndef PUMP_H\n#define PUMP_H\n#endif\n")
    tree.fails("comments", "src/io/pump.h:1: no comment that says what the file is for")


def test_a_source_file_whose_header_has_the_purpose_needs_none(tree):
    tree.write("src/io/tcp.c", '#include "io/tcp.h"\n')
    tree.passes("comments")


@pytest.mark.parametrize("line, sentence", [
    ("/* TO" "DO: later */\n", "a note to oneself"),
    ("// XX" "X\n", "a note to oneself"),
    ("typedef struct pump pump_t;\n", "typedef of a struct"),
    ("static int two(void) {\n#ifdef FAST\n    return 2;\n#endif\n    return 1;\n}\n", "a preprocessor condition"),
])
def test_words_that_must_not_stand_are_caught(tree, line, sentence):
    tree.module("io", "pump", source=line)
    tree.fails("words", "src/io/pump.c:", sentence)


def test_a_condition_around_functions_passes(tree):
    tree.module("io", "pump", source="#ifdef FAST\nstatic int two(void) {\n    return 2;\n}\n#endif\n")
    tree.passes("words")


def test_a_file_out_of_shape_is_caught_and_mended(tree):
    tree.module("io", "pump", source="static int two( void ){return 2;}\n")
    tree.fails("format", "src/io/pump.c: run `make format`")
    assert tree.check("--write", "format").returncode == 0
    tree.passes("format")


def test_a_shell_script_with_a_fault_is_caught(tree):
    tree.write("scripts/thing", "#!/bin/sh\nrm $1\n")
    tree.fails("shell", "scripts/thing:2:")


def fake_program(tree, text):
    """A sallyport that prints its second argument and the text."""
    program = tree.write("build/release/src/bin/sallyport", f'#!/bin/sh\necho "$2 {text}"\n')
    program.chmod(0o755)


def test_a_document_out_of_date_is_caught_and_mended(tree):
    fake_program(tree, "old")
    tree.fails("documents", "docs/settings.md is out of date")
    assert tree.check("--write", "documents").returncode == 0
    tree.passes("documents")
    assert (tree.root / "docs/settings.md").read_text() == "--settings-md old\n"
    fake_program(tree, "new")
    tree.fails("documents", "docs/settings.md", "docs/reasons.md", "docs/messages.md", "docs/settings.schema.json")


def test_a_program_that_cannot_describe_itself_is_caught(tree):
    program = tree.write("build/release/src/bin/sallyport", "#!/bin/sh\necho no such option >&2\nexit 2\n")
    program.chmod(0o755)
    tree.fails("documents", "describe --settings-md failed: no such option")


def test_documents_are_skipped_aloud_while_there_is_no_program(tree):
    result = tree.check("documents")
    assert result.returncode == 0
    assert "skipped: sallyport is not built yet" in result.stdout
