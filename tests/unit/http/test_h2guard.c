/* Each kind of flood has its limit, which time and real traffic give back. */
#include "http/h2guard.h"

#include "text.h"

/* The limits that the tests use: each kind has another, so that a mix-up shows. */
static const struct h2limits limits = {.continuations = 3,
                                       .resets = 4,
                                       .malformed = 5,
                                       .settings = 6,
                                       .pings = 7,
                                       .priorities = 8,
                                       .window_updates = 9,
                                       .empty_frames = 10};

static const struct {
    enum h2guard_kind kind;
    uint32_t limit;
    enum reason reason;
} kinds[] = {
    {H2GUARD_RESET, 4, REASON_HTTP2_RESETS},
    {H2GUARD_MALFORMED, 5, REASON_HTTP2_MALFORMED},
    {H2GUARD_SETTINGS, 6, REASON_HTTP2_SETTINGS},
    {H2GUARD_PING, 7, REASON_HTTP2_PINGS},
    {H2GUARD_PRIORITY, 8, REASON_HTTP2_PRIORITIES},
    {H2GUARD_WINDOW_UPDATE, 9, REASON_HTTP2_WINDOW_UPDATES},
    {H2GUARD_EMPTY_FRAME, 10, REASON_HTTP2_EMPTY_FRAMES},
};

static void one_too_many_of_any_kind_is_a_flood(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct h2guard guard;
        h2guard_init(&guard, 1000);
        for (uint32_t i = 0; i < kinds[k].limit; i++)
            assert_int_equal(h2guard_note(&guard, &limits, kinds[k].kind, 1000 + i), REASON_NONE);
        assert_int_equal(h2guard_note(&guard, &limits, kinds[k].kind, 1000), kinds[k].reason);
    }
}

static void kinds_are_counted_apart(void **state) {
    (void)state;
    struct h2guard guard;
    h2guard_init(&guard, 0);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (uint32_t i = 0; i < kinds[k].limit; i++)
            assert_int_equal(h2guard_note(&guard, &limits, kinds[k].kind, 0), REASON_NONE);
}

static void a_new_period_begins_anew(void **state) {
    (void)state;
    struct h2guard guard;
    h2guard_init(&guard, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(h2guard_note(&guard, &limits, H2GUARD_RESET, H2GUARD_PERIOD_MS - 1), REASON_NONE);
    assert_int_equal(h2guard_note(&guard, &limits, H2GUARD_RESET, H2GUARD_PERIOD_MS), REASON_NONE);
}

static void a_head_has_so_many_continuations_whatever_the_time(void **state) {
    (void)state;
    struct h2guard guard;
    h2guard_init(&guard, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(h2guard_continuation(&guard, &limits), REASON_NONE);
    assert_int_equal(h2guard_note(&guard, &limits, H2GUARD_PING, H2GUARD_PERIOD_MS), REASON_NONE);
    assert_int_equal(h2guard_continuation(&guard, &limits), REASON_HTTP2_CONTINUATIONS);
    h2guard_head(&guard);
    assert_int_equal(h2guard_continuation(&guard, &limits), REASON_NONE);
}

static void traffic_explains_pings_and_window_updates(void **state) {
    (void)state;
    struct h2guard guard;
    h2guard_init(&guard, 0);
    for (int i = 0; i < 1000; i++) {
        h2guard_sent(&guard, i % 2 ? 16384 : 5, i % 2 == 0);
        assert_int_equal(h2guard_note(&guard, &limits, H2GUARD_WINDOW_UPDATE, 0), REASON_NONE);
        assert_int_equal(h2guard_note(&guard, &limits, H2GUARD_WINDOW_UPDATE, 0), REASON_NONE);
        assert_int_equal(h2guard_note(&guard, &limits, H2GUARD_PING, 0), REASON_NONE);
        h2guard_asked(&guard);
        assert_int_equal(h2guard_note(&guard, &limits, H2GUARD_PRIORITY, 0), REASON_NONE);
    }
}

static void a_window_of_a_few_bytes_explains_nothing(void **state) {
    (void)state;
    struct h2guard guard;
    h2guard_init(&guard, 0);
    enum reason reason = REASON_NONE;
    for (int i = 0; i < 10; i++) {
        h2guard_sent(&guard, 1, false);
        reason = h2guard_note(&guard, &limits, H2GUARD_WINDOW_UPDATE, 0);
    }
    assert_int_equal(reason, REASON_HTTP2_WINDOW_UPDATES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_too_many_of_any_kind_is_a_flood),
        cmocka_unit_test(kinds_are_counted_apart),
        cmocka_unit_test(a_new_period_begins_anew),
        cmocka_unit_test(a_head_has_so_many_continuations_whatever_the_time),
        cmocka_unit_test(traffic_explains_pings_and_window_updates),
        cmocka_unit_test(a_window_of_a_few_bytes_explains_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
