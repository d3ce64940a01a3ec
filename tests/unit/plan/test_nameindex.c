/* Tests of plan/nameindex: exact names and wildcards do not answer for each other. */
#include "plan/nameindex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int exact, wildcard, deep;

static void finds_exact_names_and_wildcards(void **state) {
    (void)state;
    struct nameindex index;
    nameindex_init(&index);
    assert_true(nameindex_set(&index, "a.example.com", &exact));
    assert_true(nameindex_set(&index, "*.example.com", &wildcard));
    assert_true(nameindex_set(&index, "*.b.example.com", &deep));
    assert_ptr_equal(nameindex_exact(&index, slice_text("a.example.com")), &exact);
    assert_ptr_equal(nameindex_wildcard(&index, slice_text("a.example.com")), &wildcard);
    assert_ptr_equal(nameindex_wildcard(&index, slice_text("x.example.com")), &wildcard);
    assert_ptr_equal(nameindex_wildcard(&index, slice_text("x.b.example.com")), &deep);
    assert_ptr_equal(nameindex_find(&index, slice_text("a.example.com")), &exact);
    assert_ptr_equal(nameindex_find(&index, slice_text("x.example.com")), &wildcard);
    assert_null(nameindex_find(&index, slice_text("")));
    assert_ptr_equal(nameindex_get(&index, "*.example.com"), &wildcard);
    assert_null(nameindex_get(&index, "example.com"));
    nameindex_fini(&index);
}

static void a_wildcard_is_one_label(void **state) {
    (void)state;
    struct nameindex index;
    nameindex_init(&index);
    assert_true(nameindex_set(&index, "*.example.com", &wildcard));
    const char *others[] = {"example.com", ".example.com", "a.b.example.com", "aexample.com", "", ".", "*"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_null(nameindex_exact(&index, slice_text(others[i])));
        assert_null(nameindex_wildcard(&index, slice_text(others[i])));
    }
    nameindex_fini(&index);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_exact_names_and_wildcards),
        cmocka_unit_test(a_wildcard_is_one_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
