"""scripts/check includes, circles, calls, listed, prefixes, supervisor."""
import subprocess



def test_a_good_tree_passes_every_check(tree):
    tree.compile()
    result = tree.check()
    assert result.returncode == 0, result.stdout + result.stderr
    assert "checks: all passed" in result.stdout


def test_an_include_of_a_lower_folder_passes(tree):
    tree.module("io", "pump", header='#include "base/buf.h"\n')
    tree.passes("includes")


def test_an_upward_include_is_caught(tree):
    tree.module("base", "map", header='#include "io/loop.h"\n')
    tree.fails("includes", 'src/base/map.h:', '"io/loop.h": base/map may not include io')


def test_an_include_with_odd_spaces_is_caught(tree):
    tree.module("base", "map", source='  #  include "io/loop.h"\n')
    tree.fails("includes", "base/map may not include io")


def test_an_include_without_its_folder_is_caught(tree):
    tree.module("io", "pump", source='#include "tcp.h"\n')
    tree.fails("includes", 'write it as "folder/file.h"')


def test_a_folder_that_layers_does_not_name_is_caught(tree):
    tree.module("misc", "things")
    tree.fails("includes", "the folder is not in LAYERS")


def test_a_reserved_foreign_header_is_caught_outside_its_file(tree):
    tree.module("io", "document", source="#include <yaml.h>\n")
    tree.passes("includes")
    tree.module("io", "pump", source="#include <yaml.h>\n")
    tree.fails("includes", "src/io/pump.c:", "LAYERS reserves this header for others")


def test_a_reserved_foreign_pattern_is_caught_outside_its_folder(tree):
    tree.module("base", "map", source="#include <openssl/evp.h>\n")
    tree.fails("includes", "<openssl/evp.h>")


def test_a_reserved_header_of_our_own_is_caught_outside_its_files(tree):
    tree.module("base", "secret")
    tree.module("io", "vault", source='#include "base/secret.h"\n')
    tree.passes("includes")
    tree.module("io", "pump", source='#include "base/secret.h"\n')
    tree.fails("includes", 'src/io/pump.c:', '"base/secret.h": LAYERS reserves this header for others')


def test_a_narrowed_module_may_not_use_what_its_folder_may(tree):
    tree.module("bin", "worker", source='#include "io/loop.h"\n')
    tree.passes("includes")
    tree.module("bin", "supervisor", source='#include "io/loop.h"\n')
    tree.fails("includes", "bin/supervisor may not include io")


def test_layers_itself_may_not_name_a_folder_above(tree):
    tree.write("LAYERS", "base: os\nos:\n")
    result = tree.check("includes")
    assert result.returncode == 1
    assert "does not stand below" in result.stderr


def test_a_circle_of_headers_is_caught(tree):
    tree.module("io", "pump", header='#include "io/pipe.h"\n')
    tree.module("io", "pipe", header='#include "io/pump.h"\n')
    tree.fails("circles", "io/pipe <-> io/pump")


def test_a_circle_through_a_source_file_is_caught(tree):
    tree.module("io", "pump", source='#include "io/pipe.h"\n')
    tree.module("io", "pipe", header='#include "io/tcp.h"\n')
    tree.module("io", "tcp", source='#include "io/pump.h"\n')
    tree.fails("circles", "io/pipe <-> io/pump <-> io/tcp")


def test_an_upward_call_without_an_include_is_caught(tree):
    tree.module("base", "map", source="int loop_one(void);\nint map_two(void) { return loop_one(); }\n")
    tree.compile()
    tree.passes("includes")
    tree.fails("calls", "base/map calls loop_one of io/loop, which LAYERS does not allow")


def test_upward_use_of_data_is_caught(tree):
    tree.module("io", "pump", source="int pump_count = 1;\n")
    tree.module("base", "map", source="extern int pump_count;\nint map_two(void) { return pump_count; }\n")
    tree.compile()
    tree.fails("calls", "base/map calls pump_count of io/pump")


def test_a_circle_of_calls_is_caught(tree):
    tree.module("io", "pump", source="int pipe_two(void);\nint pump_two(void) { return pipe_two(); }\n")
    tree.module("io", "pipe", source="int pump_two(void);\nint pipe_two(void) { return pump_two(); }\n")
    tree.compile()
    tree.passes("circles")
    tree.fails("calls", "circle of calls: io/pipe <-> io/pump")


def test_an_object_whose_source_is_gone_is_ignored(tree):
    tree.module("base", "map", source="int loop_one(void);\nint map_two(void) { return loop_one(); }\n")
    tree.compile()
    (tree.root / "src/base/map.c").unlink()
    tree.passes("calls")


def test_a_source_that_is_not_built_is_named(tree):
    tree.compile()
    tree.module("io", "pump")
    assert "not built: io/pump" in tree.check("calls").stdout


def test_a_source_test_or_fuzzer_that_is_not_listed_is_caught(tree):
    tree.write("src/io/pump.c", "/* pump */\n")
    tree.write("tests/unit/io/test_pump.c", "/* tests of pump */\n")
    tree.write("fuzz/fuzz_pump.c", "/* fuzzes pump */\n")
    tree.fails("listed", "src/io/pump.c is not", "tests/unit/io/test_pump.c is not", "fuzz/fuzz_pump.c is not")
    tree.list("src/io", "'pump.c'")
    tree.list("tests/unit/io", "'test_pump'")
    tree.list("fuzz", "'pump': 'io'")
    tree.passes("listed")


def test_a_source_without_a_unit_test_is_named(tree):
    tree.write("tests/unit/io/test_loop.c", "/* tests of loop */\n")
    tree.list("tests/unit/io", "'test_loop'")
    assert "without a unit test: base/buf io/tcp os/fd" in tree.check("listed").stdout


def test_a_symbol_without_its_files_prefix_is_caught(tree):
    tree.module("io", "pump", source="int helper(void) { return 1; }\nint pumpkin(void) { return 1; }\n")
    tree.compile()
    tree.fails("prefixes", "io/pump: helper does not begin", "io/pump: pumpkin does not begin")


def test_a_static_function_needs_no_prefix(tree):
    tree.module("io", "pump", source="static int helper(void) { return 1; }\nint pump_two(void) { return helper(); }\n")
    tree.compile()
    tree.passes("prefixes")


def test_a_prototype_without_its_files_prefix_is_caught_unbuilt(tree):
    tree.module("io", "pump", header="/* Returns two. */\nint helper(void);\n")
    tree.fails("prefixes", "io/pump: helper does not begin")


def test_folder_and_file_are_a_prefix_too(tree):
    tree.module("io", "pump", header="/* Returns two. */\nint io_pump_two(void);\n")
    tree.passes("prefixes")


def test_a_listed_exception_is_allowed(tree):
    tree.module("io", "pump", header="/* Returns two. */\nint peer_two(void);\n")
    tree.write("scripts/prefix_exceptions", "# why\nio/pump peer_ named after its type\n")
    tree.passes("prefixes")


def test_a_supervisor_that_links_a_parser_is_caught(tree):
    program = tree.root / "build/release/src/bin/sallyport-supervisor"
    program.parent.mkdir(parents=True)
    build_program(tree, program)
    tree.passes("supervisor")
    build_program(tree, program, "-Wl,--no-as-needed", "-lyaml")
    tree.fails("supervisor", "sallyport-supervisor links libyaml")


def build_program(tree, program, *flags):
    """Builds an empty program with the flags."""
    main = tree.write("main.c", "int main(void) { return 0; }\n")
    subprocess.run(["gcc", main, "-o", program, *flags], check=True)
