/* The keyed hash: every byte, the length and the seed count, and values do not crowd. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_same_again_is_the_same(void **state) {
    (void)state;
    assert_true(hash_keyed(7, slice_text("sally port")) == hash_keyed(7, slice_text("sally port")));
}

static void every_byte_counts(void **state) {
    (void)state;
    uint8_t bytes[40] = {0};
    uint64_t plain = hash_keyed(1, slice_of(bytes, sizeof(bytes)));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 1;
        assert_true(hash_keyed(1, slice_of(bytes, sizeof(bytes))) != plain);
        bytes[i] = 0;
    }
}

static void length_and_seed_count(void **state) {
    (void)state;
    static const uint8_t zeros[24];
    for (size_t len = 0; len < sizeof(zeros); len++) {
        assert_true(hash_keyed(1, slice_of(zeros, len)) != hash_keyed(1, slice_of(zeros, len + 1)));
        assert_true(hash_keyed(1, slice_of(zeros, len)) != hash_keyed(2, slice_of(zeros, len)));
    }
}

/* Counting numbers spread over 256 places: none gets more than twice its share. */
static void low_bits_are_spread(void **state) {
    (void)state;
    unsigned places[256] = {0};
    for (uint64_t i = 0; i < 256 * 256; i++)
        places[hash_keyed(3, slice_of(&i, sizeof(i))) & 255]++;
    for (size_t i = 0; i < 256; i++)
        assert_in_range(places[i], 128, 512);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_again_is_the_same),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(length_and_seed_count),
        cmocka_unit_test(low_bits_are_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
