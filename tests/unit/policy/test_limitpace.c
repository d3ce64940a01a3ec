/* Slow clients run out of patience, quick ones do not, and only waiting for the client counts. */
#include "policy/limitpace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* 100 bytes a second after 5 s, at most 30 s without any. */
static const struct limitpace_rules rules = {.bytes_per_s = 100, .grace_ms = 5000, .idle_ms = 30000};

static void grace_comes_first(void **state) {
    (void)state;
    struct limitpace pace;
    limitpace_init(&pace, &rules);
    limitpace_note(&pace, &rules, 0, true, 1000);
    assert_int_equal(limitpace_wait_ms(&pace, &rules), 5000);
    assert_true(limitpace_is_too_slow(&pace, &rules));
}

static void a_byte_now_and_then_is_too_slow(void **state) {
    (void)state;
    struct limitpace pace;
    limitpace_init(&pace, &rules);
    limitpace_note(&pace, &rules, 0, true, 0);
    for (int second = 1; second <= 5; second++)
        limitpace_note(&pace, &rules, 1, true, second * 1000);
    assert_int_equal(limitpace_wait_ms(&pace, &rules), 50); /* five bytes gave 10 ms each */
}

static void the_rate_itself_is_enough_for_ever(void **state) {
    (void)state;
    struct limitpace pace;
    limitpace_init(&pace, &rules);
    limitpace_note(&pace, &rules, 0, true, 0);
    for (int second = 1; second <= 100000; second++)
        limitpace_note(&pace, &rules, 100, true, second * 1000);
    assert_int_equal(limitpace_wait_ms(&pace, &rules), 5000);
}

static void waiting_for_others_costs_nothing(void **state) {
    (void)state;
    struct limitpace pace;
    limitpace_init(&pace, &rules);
    limitpace_note(&pace, &rules, 10, false, 0);
    limitpace_note(&pace, &rules, 0, true, 3600000);
    assert_int_equal(limitpace_wait_ms(&pace, &rules), 5100);
}

static void haste_saves_no_more_than_the_idle_time(void **state) {
    (void)state;
    struct limitpace pace;
    limitpace_init(&pace, &rules);
    limitpace_note(&pace, &rules, UINT64_MAX, true, 0);
    assert_int_equal(limitpace_wait_ms(&pace, &rules), 30000);
    assert_false(limitpace_is_too_slow(&pace, &rules));
    limitpace_note(&pace, &rules, 1, true, 29000);
    assert_int_equal(limitpace_wait_ms(&pace, &rules), 1010);
    assert_true(limitpace_is_too_slow(&pace, &rules));
}

static void patience_ends_at_nothing(void **state) {
    (void)state;
    struct limitpace pace;
    limitpace_init(&pace, &rules);
    limitpace_note(&pace, &rules, 0, true, 0);
    limitpace_note(&pace, &rules, 0, true, 9000);
    assert_int_equal(limitpace_wait_ms(&pace, &rules), 0);
}

static void a_grace_beyond_the_idle_time_is_kept(void **state) {
    (void)state;
    const struct limitpace_rules patient = {.bytes_per_s = 100, .grace_ms = 60000, .idle_ms = 30000};
    struct limitpace pace;
    limitpace_init(&pace, &patient);
    limitpace_note(&pace, &patient, 1000, true, 0);
    assert_int_equal(limitpace_wait_ms(&pace, &patient), 30000);
    assert_false(limitpace_is_too_slow(&pace, &patient));
    limitpace_note(&pace, &patient, 1, true, 29000);
    limitpace_note(&pace, &patient, 1, true, 58000);
    assert_int_equal(limitpace_wait_ms(&pace, &patient), 2010);
}

static void without_a_rate_only_idleness_counts(void **state) {
    (void)state;
    const struct limitpace_rules unlimited = {.grace_ms = 5000, .idle_ms = 30000};
    struct limitpace pace;
    limitpace_init(&pace, &unlimited);
    limitpace_note(&pace, &unlimited, 0, true, 0);
    limitpace_note(&pace, &unlimited, 1, true, 29000);
    limitpace_note(&pace, &unlimited, 1, true, 58000);
    assert_int_equal(limitpace_wait_ms(&pace, &unlimited), 30000);
    assert_false(limitpace_is_too_slow(&pace, &unlimited));
}

static void tiny_rates_do_not_overflow(void **state) {
    (void)state;
    const struct limitpace_rules slowest = {.bytes_per_s = 1, .grace_ms = 1, .idle_ms = 86400000};
    struct limitpace pace;
    limitpace_init(&pace, &slowest);
    limitpace_note(&pace, &slowest, UINT64_MAX, true, 0);
    assert_int_equal(limitpace_wait_ms(&pace, &slowest), 86400000);
    limitpace_init(&pace, &slowest);
    limitpace_note(&pace, &slowest, 2, true, 0);
    assert_int_equal(limitpace_wait_ms(&pace, &slowest), 2001);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grace_comes_first),
        cmocka_unit_test(a_byte_now_and_then_is_too_slow),
        cmocka_unit_test(the_rate_itself_is_enough_for_ever),
        cmocka_unit_test(waiting_for_others_costs_nothing),
        cmocka_unit_test(haste_saves_no_more_than_the_idle_time),
        cmocka_unit_test(patience_ends_at_nothing),
        cmocka_unit_test(a_grace_beyond_the_idle_time_is_kept),
        cmocka_unit_test(without_a_rate_only_idleness_counts),
        cmocka_unit_test(tiny_rates_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
