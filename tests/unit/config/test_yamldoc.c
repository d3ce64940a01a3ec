/* Tests of config/yamldoc: the tree and its places, and every way to be refused. */
#include "config/yamldoc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct error_list errors;
};

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    arena_init(&fixture->arena, 4096, 512 << 20);
    error_list_init(&fixture->errors);
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    arena_fini(&fixture->arena);
    error_list_fini(&fixture->errors);
    free(fixture);
    return 0;
}

static struct yamldoc_node *parse(struct fixture *fixture, struct slice text) {
    return yamldoc_parse(&fixture->arena, text, "a.yaml", &fixture->errors);
}

/* The text is refused with exactly these lines. */
static void refuses(struct fixture *fixture, struct slice text, const char *expected) {
    struct buf printed;
    buf_init(&printed, 1 << 20);
    assert_null(parse(fixture, text));
    assert_true(error_list_print(&fixture->errors, &printed));
    assert_true(buf_append_byte(&printed, '\0'));
    assert_string_equal((const char *)buf_view(&printed).data, expected);
    buf_fini(&printed);
    error_list_fini(&fixture->errors);
}

static void refuses_text(struct fixture *fixture, const char *text, const char *expected) {
    refuses(fixture, slice_text(text), expected);
}

static void reads_text_lists_and_maps_with_their_places(void **state) {
    struct fixture *fixture = *state;
    const struct yamldoc_node *root =
        parse(fixture, slice_text("# comment\nname: public\nbind:\n  - \"a:1\"\n  - b\n"));
    assert_non_null(root);
    assert_int_equal(root->kind, YAMLDOC_MAP);
    assert_int_equal(root->count, 2);
    const struct yamldoc_node *name = yamldoc_member(root, slice_text("name"));
    assert_string_equal((const char *)name->text.data, "public");
    assert_false(name->quoted);
    assert_int_equal(name->key_place.line, 2);
    assert_int_equal(name->key_place.column, 1);
    assert_int_equal(name->place.line, 2);
    assert_int_equal(name->place.column, 7);
    assert_string_equal(name->place.file, "a.yaml");
    const struct yamldoc_node *bind = yamldoc_member(root, slice_text("bind"));
    assert_int_equal(bind->kind, YAMLDOC_LIST);
    assert_int_equal(bind->count, 2);
    assert_true(bind->first->quoted);
    assert_int_equal(bind->first->place.line, 4);
    assert_int_equal(bind->first->place.column, 5);
    assert_string_equal((const char *)bind->first->next->text.data, "b");
    assert_null(bind->first->next->next);
    assert_null(yamldoc_member(root, slice_text("nam")));
}

static void keeps_words_of_yaml_as_text(void **state) {
    const struct yamldoc_node *root = parse(*state, slice_text("{a: off, b: yes, c: ~, d: 0x10, e: null, f: }"));
    const char *expected[] = {"off", "yes", "~", "0x10", "null", ""};
    const struct yamldoc_node *member = root->first;
    for (size_t i = 0; i < 6; i++, member = member->next)
        assert_string_equal((const char *)member->text.data, expected[i]);
}

static void refuses_what_means_something_else_than_it_looks_like(void **state) {
    refuses_text(*state, "a: &x 1\nb: *x\n",
                 "a.yaml:1:4: anchors are not used here; remove it (or quote a text that begins with &)\n"
                 "a.yaml:2:4: aliases are not used here; write the value out (or quote a text that begins with *)\n");
    refuses_text(*state, "a: !!str 1\nb: !x [1]\nc: !y {}\n",
                 "a.yaml:1:4: tags are not used here; remove it (or quote a text that begins with !)\n"
                 "a.yaml:2:4: tags are not used here; remove it (or quote a text that begins with !)\n"
                 "a.yaml:3:4: tags are not used here; remove it (or quote a text that begins with !)\n");
    refuses_text(*state, "names: *.example.com\n",
                 "a.yaml:1:9: not valid YAML; put a text that begins with * into quotes\n");
    refuses_text(*state, "%YAML 1.1\n---\na: 1\n",
                 "a.yaml:1:1: YAML directives are not used here; remove the line that begins with %\n");
    refuses_text(*state, "a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document begins here; a file holds one\n");
    refuses_text(*state, "? [a, b]\n: 1\n", "a.yaml:1:3: a key has to be text, not a list or a map\n");
}

static void refuses_duplicate_keys_at_every_level(void **state) {
    refuses_text(*state, "a: 1\nb: {c: 1, c: 2}\na: 3\n",
                 "a.yaml:2:11: the key \"c\" is given twice; first in line 2\n"
                 "a.yaml:3:1: the key \"a\" is given twice; first in line 1\n");
}

static void refuses_broken_syntax_with_its_place(void **state) {
    refuses_text(*state, "a: [1, 2\nb: 3\n",
                 "a.yaml:2:2: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence)\n");
    refuses_text(
        *state, "a: 1\n\tb: 2\n",
        "a.yaml:2:1: not valid YAML: found a tab character that violates indentation (while scanning a plain scalar)\n");
}

static void refuses_bytes_that_are_no_text(void **state) {
    refuses_text(*state, "", "a.yaml:1:1: the file is empty\n");
    refuses_text(*state, "# nothing\n", "a.yaml:2:1: the file is empty\n");
    refuses(*state, slice_of("a: 1\nb\0: 2", 10), "a.yaml:2:2: the file contains a NUL byte\n");
    refuses_text(*state, "a: \"x\\0y\"\n", "a.yaml:1:4: the text contains a NUL character\n");
    refuses_text(*state, "a: 1\nb: \xff\n", "a.yaml:2:4: not valid YAML: invalid leading UTF-8 octet\n");
    refuses_text(*state, "a: \x01\n", "a.yaml:1:4: not valid YAML: control characters are not allowed\n");
}

static void refuses_deep_nesting(void **state) {
    char text[YAMLDOC_DEPTH_MAX + 2];
    memset(text, '[', sizeof(text));
    char expected[64];
    snprintf(expected, sizeof(expected), "a.yaml:1:%d: nested too deeply\n", YAMLDOC_DEPTH_MAX + 1);
    refuses(*state, slice_of(text, sizeof(text)), expected);
}

static void refuses_too_much(void **state) {
    size_t len = YAMLDOC_BYTES_MAX + 1;
    char *text = malloc(len);
    memset(text, ' ', len);
    refuses(*state, slice_of(text, len), "a.yaml: the file is larger than 16 MiB\n");
    for (size_t i = 0; i + 1 < len; i += 2) /* one long list of numbers */
        memcpy(text + i, i == 0 ? "[1" : ",1", 2);
    refuses(*state, slice_of(text, len - 1), "a.yaml:1:2000000: too many settings\n");
    free(text);
}

static void refuses_when_the_arena_is_full(void **state) {
    struct fixture *fixture = *state;
    arena_fini(&fixture->arena);
    arena_init(&fixture->arena, 256, 256);
    refuses_text(fixture, "[1, 2, 3, 4, 5]", "a.yaml: not enough memory for the file\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_text_lists_and_maps_with_their_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_words_of_yaml_as_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_means_something_else_than_it_looks_like, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_duplicate_keys_at_every_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_broken_syntax_with_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_bytes_that_are_no_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_deep_nesting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_too_much, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_when_the_arena_is_full, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
