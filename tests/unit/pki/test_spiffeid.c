/* SPIFFE ids have one spelling. */
#include "pki/spiffeid.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void ids_are_split(void **state) {
    (void)state;
    struct slice domain;
    struct slice path;
    assert_true(spiffeid_split(slice_text("spiffe://prod.example/api/Server-1"), &domain, &path));
    assert_true(slice_equal(domain, slice_text("prod.example")));
    assert_true(slice_equal(path, slice_text("/api/Server-1")));
    assert_true(spiffeid_split(slice_text("spiffe://prod.example"), &domain, &path));
    assert_int_equal(path.len, 0);
}

static void other_spellings_are_refused(void **state) {
    (void)state;
    struct slice domain;
    struct slice path;
    static const char *const bad[] = {"",
                                      "spiffe://",
                                      "spiffe:///a",
                                      "SPIFFE://a/b",
                                      "spiffe://A/b",
                                      "spiffe://a/",
                                      "spiffe://a//b",
                                      "spiffe://a/./b",
                                      "spiffe://a/../b",
                                      "spiffe://a/b/",
                                      "spiffe://u@a/b",
                                      "spiffe://a:1/b",
                                      "spiffe://a/b?c",
                                      "spiffe://a/b#c",
                                      "spiffe://a/%41",
                                      "https://a/b"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(spiffeid_split(slice_text(bad[i]), &domain, &path));
}

static void lengths_are_bounded(void **state) {
    (void)state;
    static char id[SPIFFEID_MAX + 1] = "spiffe://a/";
    struct slice domain;
    struct slice path;
    memset(id + 11, 'b', sizeof id - 11);
    assert_true(spiffeid_split(slice_of(id, SPIFFEID_MAX), &domain, &path));
    assert_false(spiffeid_split(slice_of(id, SPIFFEID_MAX + 1), &domain, &path));
    assert_true(spiffeid_is_domain(slice_of(id + 11, SPIFFEID_DOMAIN_MAX)));
    assert_false(spiffeid_is_domain(slice_of(id + 11, SPIFFEID_DOMAIN_MAX + 1)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_split),
        cmocka_unit_test(other_spellings_are_refused),
        cmocka_unit_test(lengths_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
