/* Tests of policy/glob: what a star stands for, what is escaped, what is no pattern, and that long texts of one letter
 * cost no more than others. */
#include "policy/glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;

static int set_up(void **state) {
    (void)state;
    arena_init(&arena, 4096, 1 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_fini(&arena);
    return 0;
}

static bool matches(const char *pattern, int separator, const char *text) {
    char complaint[GLOB_COMPLAINT_MAX];
    const struct glob *glob = glob_read(slice_text(pattern), separator, &arena, complaint);
    assert_non_null(glob);
    return glob_matches(glob, slice_text(text));
}

static void refuses(const char *pattern, int separator, const char *expected) {
    char complaint[GLOB_COMPLAINT_MAX] = "";
    assert_null(glob_read(slice_text(pattern), separator, &arena, complaint));
    assert_string_equal(complaint, expected);
}

static void one_star_stays_within_its_segment(void **state) {
    (void)state;
    assert_true(matches("spiffe://a/admin/*", '/', "spiffe://a/admin/x"));
    assert_true(matches("spiffe://a/admin/*", '/', "spiffe://a/admin/"));
    assert_false(matches("spiffe://a/admin/*", '/', "spiffe://a/admin"));
    assert_false(matches("spiffe://a/admin/*", '/', "spiffe://a/admin/x/y"));
    assert_true(matches("*.example.com", '.', "a.example.com"));
    assert_false(matches("*.example.com", '.', "a.b.example.com"));
    assert_false(matches("*.example.com", '.', "example.com"));
    assert_false(matches("*.example.com", '.', "a.example.com.evil"));
}

static void two_stars_go_over_segments(void **state) {
    (void)state;
    assert_true(matches("/a/**", '/', "/a/b/c"));
    assert_true(matches("/a/**/z", '/', "/a/b/c/z"));
    assert_true(matches("/a/**z", '/', "/a/z"));
    assert_false(matches("/a/**/z", '/', "/a/z"));
    assert_false(matches("/a/**/z", '/', "/a/b/c/y"));
    assert_true(matches("**b*d", '/', "a/bc/bcd"));
    assert_false(matches("**b*d", '/', "a/bc/bc/d"));
}

static void without_separator_a_star_takes_everything(void **state) {
    (void)state;
    assert_true(matches("*", GLOB_NO_SEPARATOR, "a/b.c"));
    assert_true(matches("*", GLOB_NO_SEPARATOR, ""));
    assert_true(matches("a*b*c", GLOB_NO_SEPARATOR, "aXbXbXc"));
    assert_false(matches("a*b*c", GLOB_NO_SEPARATOR, "aXbXbX"));
    refuses("a**b", GLOB_NO_SEPARATOR, "\"**\" has no meaning of its own here: write \"*\"");
}

static void everything_else_is_literal(void **state) {
    (void)state;
    assert_false(matches("a?*", GLOB_NO_SEPARATOR, "ab"));
    assert_true(matches("[a]*", GLOB_NO_SEPARATOR, "[a]b"));
    assert_false(matches("A*", GLOB_NO_SEPARATOR, "ab"));
    assert_true(matches("\\**\\\\", GLOB_NO_SEPARATOR, "*x\\"));
    assert_false(matches("\\**\\\\", GLOB_NO_SEPARATOR, "yx\\"));
    assert_true(matches("*\xff", GLOB_NO_SEPARATOR, "a\xff"));
}

static void stars_and_escapes_are_told_apart(void **state) {
    (void)state;
    char complaint[GLOB_COMPLAINT_MAX];
    assert_true(glob_has_star(slice_text("a*")));
    assert_false(glob_has_star(slice_text("a\\*")));
    assert_true(glob_has_star(slice_text("a\\\\*")));
    assert_true(slice_equal(glob_literal(slice_text("\\@a\\*\\\\"), &arena, complaint), slice_text("@a*\\")));
    assert_null(glob_literal(slice_text("a\\b"), &arena, complaint).data);
    assert_string_equal(complaint, "a \"\\\" stands before \"*\", \"@\" or another \"\\\" only");
    refuses("a\\", '/', "a \"\\\" stands before \"*\", \"@\" or another \"\\\" only");
    refuses("a***", '/', "more than two stars together mean nothing");
}

static void long_patterns_use_several_words(void **state) {
    (void)state;
    char pattern[600], text[600];
    memset(pattern, 'a', sizeof pattern);
    memset(text, 'a', sizeof text);
    for (size_t literals = 60; literals <= GLOB_LITERALS_MAX; literals += 11) {
        pattern[literals] = '*';
        pattern[literals + 1] = '\0';
        text[literals] = '\0';
        assert_true(matches(pattern, '/', text));
        text[literals - 1] = '\0';
        assert_false(matches(pattern, '/', text));
        pattern[literals] = pattern[literals + 1] = text[literals] = text[literals - 1] = 'a';
    }
    pattern[GLOB_LITERALS_MAX + 1] = '\0';
    refuses(pattern, '/', "a pattern has at most 511 bytes besides its stars");
}

/* A matcher that goes back would not end within the life of the universe. */
static void a_hostile_text_costs_one_pass(void **state) {
    (void)state;
    static char text[16385];
    memset(text, 'a', sizeof text - 1);
    assert_false(matches("**a*a*a*a*a*a*a*a*a*a*a*a**a**a**a**a*b", '/', text));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_star_stays_within_its_segment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_stars_go_over_segments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_separator_a_star_takes_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everything_else_is_literal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stars_and_escapes_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_patterns_use_several_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hostile_text_costs_one_pass, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
