/* Keys are random, rotate in time, and are in force for as long as a ticket can live. */
#include "bin/ticketkeys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LIFETIME_S = 3600 };

static void first_key_comes_at_once_and_then_one_per_half_life(void **state) {
    (void)state;
    struct ticketkeys keys;
    ticketkeys_init(&keys);
    assert_true(ticketkeys_rotate(&keys, 0, LIFETIME_S));
    assert_int_equal(keys.count, 1);
    assert_false(ticketkeys_rotate(&keys, LIFETIME_S * 500 - 1, LIFETIME_S));
    assert_true(ticketkeys_rotate(&keys, LIFETIME_S * 500, LIFETIME_S));
    assert_int_equal(keys.count, 2);
    ticketkeys_fini(&keys);
}

static void key_opens_until_its_last_ticket_has_expired(void **state) {
    (void)state;
    struct ticketkeys keys;
    uint8_t first[TICKETKEYS_BYTES];
    ticketkeys_init(&keys);
    assert_true(ticketkeys_rotate(&keys, 0, LIFETIME_S));
    memcpy(first, keys.keys[0], sizeof(first));
    /* It issued until LIFETIME / 2; its last ticket lives until 3 / 2 of it. */
    for (int64_t half = 1; half <= 3; half++) {
        assert_true(ticketkeys_rotate(&keys, half * LIFETIME_S * 500, LIFETIME_S));
        assert_memory_equal(keys.keys[half], first, sizeof(first));
    }
    assert_true(ticketkeys_rotate(&keys, (int64_t)4 * LIFETIME_S * 500, LIFETIME_S));
    assert_int_equal(keys.count, TICKETKEYS_MAX);
    for (size_t i = 0; i < TICKETKEYS_MAX; i++)
        assert_memory_not_equal(keys.keys[i], first, sizeof(first));
    ticketkeys_fini(&keys);
}

static void keys_are_neither_alike_nor_zero(void **state) {
    (void)state;
    static const uint8_t zero[TICKETKEYS_BYTES];
    struct ticketkeys keys;
    ticketkeys_init(&keys);
    for (int64_t i = 0; i < TICKETKEYS_MAX; i++)
        assert_true(ticketkeys_rotate(&keys, i * LIFETIME_S * 1000, LIFETIME_S));
    for (size_t i = 0; i < TICKETKEYS_MAX; i++) {
        assert_memory_not_equal(keys.keys[i], zero, sizeof(zero));
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(keys.keys[i], keys.keys[k], TICKETKEYS_BYTES);
    }
    ticketkeys_fini(&keys);
    assert_memory_equal(keys.keys[0], zero, sizeof(zero));
}

static void zero_lifetime_does_not_rotate_without_rest(void **state) {
    (void)state;
    struct ticketkeys keys;
    ticketkeys_init(&keys);
    assert_true(ticketkeys_rotate(&keys, 0, 0));
    assert_false(ticketkeys_rotate(&keys, 1000, 0));
    ticketkeys_fini(&keys);
}

static void message_has_the_newest_first(void **state) {
    (void)state;
    uint8_t memory[512];
    struct ticketkeys keys;
    struct wire_out out;
    struct wire_in in;
    ticketkeys_init(&keys);
    assert_true(ticketkeys_rotate(&keys, 0, LIFETIME_S));
    assert_true(ticketkeys_rotate(&keys, LIFETIME_S * 1000, LIFETIME_S));
    wire_out_init(&out, memory, sizeof(memory));
    ticketkeys_put(&keys, &out);
    wire_in_init(&in, wire_out_view(&out));
    assert_int_equal(wire_get_count(&in, TICKETKEYS_MAX), 2);
    assert_true(slice_equal(wire_get_bytes(&in, TICKETKEYS_BYTES), slice_of(keys.keys[0], TICKETKEYS_BYTES)));
    assert_true(slice_equal(wire_get_bytes(&in, TICKETKEYS_BYTES), slice_of(keys.keys[1], TICKETKEYS_BYTES)));
    assert_true(wire_in_done(&in));
    ticketkeys_fini(&keys);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_key_comes_at_once_and_then_one_per_half_life),
        cmocka_unit_test(key_opens_until_its_last_ticket_has_expired),
        cmocka_unit_test(keys_are_neither_alike_nor_zero),
        cmocka_unit_test(zero_lifetime_does_not_rotate_without_rest),
        cmocka_unit_test(message_has_the_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
