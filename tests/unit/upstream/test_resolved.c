/* A name has the addresses that were told last, or none. */
#include "upstream/resolved.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint8_t bytes[2][RESOLVED_ADDRESS_BYTES] = {
    {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 7},
    {[0] = 0xfd, [15] = 9},
};

static struct slice first(size_t count) {
    return slice_of(bytes, count * RESOLVED_ADDRESS_BYTES);
}

static void last_answer_counts(void **state) {
    (void)state;
    struct resolved *resolved = resolved_new(2);
    assert_int_equal(resolved_find(resolved, "a").len, 0);
    assert_true(resolved_set(resolved, slice_text("a"), first(1)));
    assert_true(resolved_set(resolved, slice_text("b"), first(2)));
    assert_true(slice_equal(resolved_find(resolved, "a"), first(1)));
    assert_true(resolved_set(resolved, slice_text("a"), first(2)));
    assert_true(slice_equal(resolved_find(resolved, "a"), first(2)));
    assert_true(slice_equal(resolved_find(resolved, "b"), first(2)));
    resolved_free(&resolved);
    assert_null(resolved);
}

static void no_addresses_forget_the_name(void **state) {
    (void)state;
    struct resolved *resolved = resolved_new(1);
    assert_true(resolved_set(resolved, slice_text("a"), first(0)));
    assert_true(resolved_set(resolved, slice_text("a"), first(1)));
    assert_true(resolved_set(resolved, slice_text("a"), first(0)));
    assert_int_equal(resolved_find(resolved, "a").len, 0);
    assert_true(resolved_set(resolved, slice_text("b"), first(1)));
    resolved_free(&resolved);
}

static void one_name_too_many_changes_nothing(void **state) {
    (void)state;
    struct resolved *resolved = resolved_new(1);
    assert_true(resolved_set(resolved, slice_text("a"), first(1)));
    assert_false(resolved_set(resolved, slice_text("b"), first(2)));
    assert_int_equal(resolved_find(resolved, "b").len, 0);
    assert_true(slice_equal(resolved_find(resolved, "a"), first(1)));
    resolved_free(&resolved);
}

static void addresses_get_their_port(void **state) {
    (void)state;
    char text[ADDR_TEXT_MAX];
    struct addr v4 = resolved_addr(first(2), 0, 80);
    struct addr v6 = resolved_addr(first(2), 1, 65535);
    addr_text(&v4, text);
    assert_string_equal(text, "10.0.0.7:80");
    addr_text(&v6, text);
    assert_string_equal(text, "[fd00::9]:65535");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_answer_counts),
        cmocka_unit_test(no_addresses_forget_the_name),
        cmocka_unit_test(one_name_too_many_changes_nothing),
        cmocka_unit_test(addresses_get_their_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
