/* The last refusals are kept in order, found by id, and bounded. */
#include "control/recent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RECENT_MAX = 1000, RECENT_BYTES_MAX = 4 << 20 };

static void add(struct recent *recent, unsigned number) {
    char record[64];
    int len = snprintf(record, sizeof(record), "{\"id\":\"%u\",\"sentence\":\"no %u\"}", number, number);
    recent_add(recent, slice_of(record, (size_t)len));
}

static void newest_comes_first(void **state) {
    (void)state;
    struct recent *recent = recent_new(RECENT_MAX, RECENT_BYTES_MAX);
    assert_int_equal(recent_count(recent), 0);
    add(recent, 1);
    add(recent, 2);
    assert_int_equal(recent_count(recent), 2);
    assert_true(slice_equal(recent_get(recent, 0), slice_text("{\"id\":\"2\",\"sentence\":\"no 2\"}")));
    assert_true(slice_equal(recent_get(recent, 1), slice_text("{\"id\":\"1\",\"sentence\":\"no 1\"}")));
    recent_free(&recent);
    assert_null(recent);
    recent_free(&recent);
}

static void oldest_goes_when_there_are_too_many(void **state) {
    (void)state;
    struct recent *recent = recent_new(RECENT_MAX, RECENT_BYTES_MAX);
    for (unsigned i = 0; i < RECENT_MAX + 5; i++)
        add(recent, i);
    assert_int_equal(recent_count(recent), RECENT_MAX);
    assert_null(recent_find(recent, slice_text("4")).data);
    assert_non_null(recent_find(recent, slice_text("5")).data);
    assert_non_null(recent_find(recent, slice_text("1004")).data);
    recent_free(&recent);
}

static void oldest_goes_when_there_are_too_many_bytes(void **state) {
    (void)state;
    static uint8_t large[RECENT_BYTES_MAX / 4];
    struct recent *recent = recent_new(RECENT_MAX, RECENT_BYTES_MAX);
    memset(large, 'x', sizeof(large));
    add(recent, 1);
    for (unsigned i = 0; i < 4; i++)
        recent_add(recent, slice_of(large, sizeof(large)));
    assert_int_equal(recent_count(recent), 4);
    assert_null(recent_find(recent, slice_text("1")).data);
    recent_free(&recent);
}

static void record_that_never_fits_is_left_out(void **state) {
    (void)state;
    static uint8_t huge[RECENT_BYTES_MAX + 1];
    struct recent *recent = recent_new(RECENT_MAX, RECENT_BYTES_MAX);
    recent_add(recent, slice_of(huge, sizeof(huge)));
    recent_add(recent, slice_of(NULL, 0));
    assert_int_equal(recent_count(recent), 0);
    recent_free(&recent);
}

static void id_is_found_whole_only(void **state) {
    (void)state;
    struct recent *recent = recent_new(RECENT_MAX, RECENT_BYTES_MAX);
    add(recent, 123);
    assert_null(recent_find(recent, slice_text("12")).data);
    assert_null(recent_find(recent, slice_text("23")).data);
    assert_null(recent_find(recent, slice_text("")).data);
    assert_null(
        recent_find(recent, slice_text("1234567890123456789012345678901234567890123456789012345678901234567")).data);
    assert_non_null(recent_find(recent, slice_text("123")).data);
    recent_free(&recent);
}

static void id_in_a_text_of_a_stranger_is_not_taken_for_the_id(void **state) {
    (void)state;
    struct recent *recent = recent_new(RECENT_MAX, RECENT_BYTES_MAX);
    recent_add(recent, slice_text("{\"id\":\"1\",\"sni\":\"\\\"id\\\":\\\"2\\\"\"}"));
    assert_null(recent_find(recent, slice_text("2")).data);
    recent_free(&recent);
}

static void control_characters_do_not_reach_a_terminal(void **state) {
    (void)state;
    struct recent *recent = recent_new(RECENT_MAX, RECENT_BYTES_MAX);
    recent_add(recent, slice_text("a\x1b[2J\nb"));
    assert_true(slice_equal(recent_get(recent, 0), slice_text("a?[2J?b")));
    recent_free(&recent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_comes_first),
        cmocka_unit_test(oldest_goes_when_there_are_too_many),
        cmocka_unit_test(oldest_goes_when_there_are_too_many_bytes),
        cmocka_unit_test(record_that_never_fits_is_left_out),
        cmocka_unit_test(id_is_found_whole_only),
        cmocka_unit_test(id_in_a_text_of_a_stranger_is_not_taken_for_the_id),
        cmocka_unit_test(control_characters_do_not_reach_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
