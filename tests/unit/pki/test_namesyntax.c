/* What is a host, a mailbox, a URI, and what only looks like one. */
#include "pki/namesyntax.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void hosts_are_labels(void **state) {
    (void)state;
    static const char *const good[] = {"a", "localhost", "a.b", "xn--n3h.com", "1a.2b.c3", "A-b.C"};
    static const char *const bad[] = {"",    ".",     "a.",      ".a",  "a..b",         "-a.b",    "a-.b",
                                      "a b", "a_b.c", "8.8.8.8", "a.1", "\xc3\xa9.com", "a\001.b", "*"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(namesyntax_is_host(slice_text(good[i]), false));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(namesyntax_is_host(slice_text(bad[i]), false));
    assert_false(namesyntax_is_host(slice_of("a\0b", 3), true));
    assert_true(namesyntax_is_host(slice_text("a_b.c"), true));
}

static void hosts_have_bounds(void **state) {
    (void)state;
    char text[300];
    memset(text, 'a', sizeof text);
    assert_true(namesyntax_is_host(slice_of(text, 63), false));
    assert_false(namesyntax_is_host(slice_of(text, 64), false));
    for (size_t i = 60; i < sizeof text; i += 60)
        text[i] = '.';
    assert_true(namesyntax_is_host(slice_of(text, 253), false));
    assert_false(namesyntax_is_host(slice_of(text, 254), false));
}

static void wildcards_are_whole_first_labels(void **state) {
    (void)state;
    assert_true(namesyntax_is_pattern(slice_text("*.a.b"), false));
    assert_true(namesyntax_is_pattern(slice_text("a.b"), false));
    static const char *const bad[] = {"*", "*.a", "a*.b.c", "*a.b.c", "a.*.c", "*.*.c", "**.b.c", "*."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(namesyntax_is_pattern(slice_text(bad[i]), false));
}

static void mailboxes_are_split_at_the_one_at(void **state) {
    (void)state;
    struct slice local;
    struct slice host;
    assert_true(namesyntax_split_mail(slice_text("a.b+c@d.e"), &local, &host));
    assert_true(slice_equal(local, slice_text("a.b+c")));
    assert_true(slice_equal(host, slice_text("d.e")));
    assert_true(namesyntax_split_mail(slice_text("\"a@b\"@d.e"), &local, &host));
    static const char *const bad[] = {"",       "a",       "@d.e",        "a@",          "a@b@d.e",
                                      "a@d..e", "a\n@d.e", "a@[1.2.3.4]", "\xc3\xa9@d.e"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(namesyntax_split_mail(slice_text(bad[i]), &local, &host));
}

static void uris_have_a_scheme(void **state) {
    (void)state;
    assert_true(namesyntax_is_uri(slice_text("spiffe://a/b")));
    assert_true(namesyntax_is_uri(slice_text("urn:x:y")));
    static const char *const bad[] = {"", "a", ":a", "a:", "1a:b", "a b:c", "http://a b", "a:\001", "a_b:c"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(namesyntax_is_uri(slice_text(bad[i])));
}

static void hosts_of_uris_are_found_behind_users(void **state) {
    (void)state;
    struct slice host;
    static const char *const good[] = {"http://a.b", "http://a.b/c", "http://u:p@a.b:80/c@d.e", "x://a.b?c/d",
                                       "x://a.b#@e.f"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(namesyntax_uri_host(slice_text(good[i]), &host));
        assert_true(slice_equal(host, slice_text("a.b")));
    }
    static const char *const bad[] = {"urn:a.b", "http:///c", "http://1.2.3.4/", "http://[::1]/", "mailto:a@b.c"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(namesyntax_uri_host(slice_text(bad[i]), &host));
}

static void domains_end_at_dots(void **state) {
    (void)state;
    assert_true(namesyntax_is_within(slice_text("a.B"), slice_text("A.b")));
    assert_true(namesyntax_is_within(slice_text("c.a.b"), slice_text("a.b")));
    assert_false(namesyntax_is_within(slice_text("ca.b"), slice_text("a.b")));
    assert_false(namesyntax_is_within(slice_text("b"), slice_text("a.b")));
}

static void masks_have_their_ones_in_front(void **state) {
    (void)state;
    assert_true(namesyntax_is_mask(slice_of("\xff\xf0\0\0", 4)));
    assert_true(namesyntax_is_mask(slice_of("\0\0\0\0", 4)));
    assert_false(namesyntax_is_mask(slice_of("\xff\0\xff\0", 4)));
    assert_false(namesyntax_is_mask(slice_of("\0\0\0\x01", 4)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_labels),
        cmocka_unit_test(hosts_have_bounds),
        cmocka_unit_test(wildcards_are_whole_first_labels),
        cmocka_unit_test(mailboxes_are_split_at_the_one_at),
        cmocka_unit_test(uris_have_a_scheme),
        cmocka_unit_test(hosts_of_uris_are_found_behind_users),
        cmocka_unit_test(domains_end_at_dots),
        cmocka_unit_test(masks_have_their_ones_in_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
