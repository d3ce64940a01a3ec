/* Tests of config/hostname: normal form, what may be configured, and the parts that wildcards compare. */
#include "config/hostname.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void check_normal(const char *name, const char *expected) {
    char to[HOSTNAME_ROOM];
    size_t len;
    assert_true(hostname_normal(slice_text(name), to, &len));
    assert_string_equal(to, expected);
    assert_int_equal(len, strlen(expected));
}

static void normal_form_is_lower_case_without_one_trailing_dot(void **state) {
    (void)state;
    check_normal("API.Example.COM", "api.example.com");
    check_normal("api.example.com.", "api.example.com");
    check_normal("api..", "api.");
    check_normal("[::FF]", "[::ff]");
    check_normal("a@Z[`{", "a@z[`{");
}

static void normal_form_refuses_empty_and_too_long(void **state) {
    (void)state;
    char name[HOSTNAME_MAX + 2], to[HOSTNAME_ROOM];
    size_t len;
    memset(name, 'a', sizeof(name));
    assert_false(hostname_normal(slice_text(""), to, &len));
    assert_true(hostname_normal(slice_of(name, HOSTNAME_MAX), to, &len));
    assert_false(hostname_normal(slice_of(name, HOSTNAME_MAX + 1), to, &len));
    name[HOSTNAME_MAX] = '.';
    assert_true(hostname_normal(slice_of(name, HOSTNAME_MAX + 1), to, &len));
}

static void patterns_are_names_wildcards_and_addresses(void **state) {
    (void)state;
    const char *good[] = {"a",        "api.example.com", "*.example.com", "xn--bcher-kva.example", "under_score.local",
                          "10.0.0.1", "[::1]",           "[2001:db8::1]"};
    const char *bad[] = {"",
                         ".",
                         "a.",
                         ".a",
                         "a..b",
                         "*",
                         "*.",
                         "*.com",
                         "a.*.com",
                         "*a.example.com",
                         "**.example.com",
                         "-a",
                         "a-",
                         "a b",
                         "a/b",
                         "a:1",
                         "[::1",
                         "[::1/64]",
                         "[1.2.3.4]",
                         ("b\xc3\xbc"
                          "cher.example")};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(hostname_is_pattern(slice_text(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(hostname_is_pattern(slice_text(bad[i])));
}

static void labels_have_at_most_63_bytes(void **state) {
    (void)state;
    char name[64];
    memset(name, 'a', sizeof(name));
    assert_true(hostname_is_pattern(slice_of(name, 63)));
    assert_false(hostname_is_pattern(slice_of(name, 64)));
}

static void a_wildcard_stands_for_one_label(void **state) {
    (void)state;
    struct slice suffix = hostname_wildcard_suffix(slice_text("*.example.com"));
    assert_true(slice_equal(suffix, slice_text(".example.com")));
    assert_true(slice_equal(suffix, hostname_suffix(slice_text("a.example.com"))));
    assert_false(slice_equal(suffix, hostname_suffix(slice_text("a.b.example.com"))));
    assert_false(slice_equal(suffix, hostname_suffix(slice_text("example.com"))));
    assert_int_equal(hostname_suffix(slice_text(".example.com")).len, 0);
    assert_int_equal(hostname_suffix(slice_text("localhost")).len, 0);
    assert_int_equal(hostname_wildcard_suffix(slice_text("example.com")).len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_form_is_lower_case_without_one_trailing_dot),
        cmocka_unit_test(normal_form_refuses_empty_and_too_long),
        cmocka_unit_test(patterns_are_names_wildcards_and_addresses),
        cmocka_unit_test(labels_have_at_most_63_bytes),
        cmocka_unit_test(a_wildcard_stands_for_one_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
