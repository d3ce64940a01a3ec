/* Counts of holders: exact, and gone with the last one. */
#include "policy/limitcount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void counts_up_and_down(void **state) {
    (void)state;
    struct limitcount counts;
    limitcount_init(&counts, 1);
    struct limitcount_key *first = limitcount_take(&counts, slice_text("one"));
    struct limitcount_key *second = limitcount_take(&counts, slice_text("one"));
    struct limitcount_key *other = limitcount_take(&counts, slice_text("other"));
    assert_ptr_equal(first, second);
    assert_int_equal(limitcount_of(&counts, slice_text("one")), 2);
    assert_int_equal(limitcount_of(&counts, slice_text("other")), 1);
    assert_int_equal(limitcount_of(&counts, slice_text("nobody")), 0);
    limitcount_drop(&counts, &first);
    assert_null(first);
    assert_int_equal(limitcount_of(&counts, slice_text("one")), 1);
    limitcount_drop(&counts, &second);
    limitcount_drop(&counts, &other);
    assert_int_equal(counts.keys.count, 0);
    limitcount_fini(&counts);
}

static void keys_are_whole_bytes(void **state) {
    (void)state;
    struct limitcount counts;
    static const uint8_t zeros[LIMITCOUNT_KEY_BYTES];
    limitcount_init(&counts, 1);
    struct limitcount_key *long_one = limitcount_take(&counts, slice_of(zeros, sizeof(zeros)));
    struct limitcount_key *short_one = limitcount_take(&counts, slice_of(zeros, 16));
    assert_ptr_not_equal(long_one, short_one);
    limitcount_drop(&counts, &long_one);
    assert_int_equal(limitcount_of(&counts, slice_of(zeros, 16)), 1);
    limitcount_drop(&counts, &short_one);
    limitcount_fini(&counts);
}

static void nobody_is_dropped_without_harm(void **state) {
    (void)state;
    struct limitcount counts;
    struct limitcount_key *nobody = NULL;
    limitcount_init(&counts, 1);
    limitcount_drop(&counts, &nobody);
    limitcount_fini(&counts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_up_and_down),
        cmocka_unit_test(keys_are_whole_bytes),
        cmocka_unit_test(nobody_is_dropped_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
