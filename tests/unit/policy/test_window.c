/* Tests of policy/window. Monday, 2026-01-05 00:00 UTC is 1767571200. */
#include "policy/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HOUR = 3600, DAY = 24 * HOUR };
static const int64_t monday = 1767571200;

static bool has(const char *text, int64_t at) {
    struct window window;
    assert_true(window_parse(slice_text(text), &window));
    return window_has(&window, at);
}

static void days_and_hours_have_to_fit_both(void **state) {
    (void)state;
    const char *text = "mon-fri 08:00-18:00";
    assert_false(has(text, monday + 8 * HOUR - 1));
    assert_true(has(text, monday + 8 * HOUR));
    assert_true(has(text, monday + 18 * HOUR - 1));
    assert_false(has(text, monday + 18 * HOUR));
    assert_true(has(text, monday + 4 * DAY + 12 * HOUR));
    assert_false(has(text, monday + 5 * DAY + 12 * HOUR));
}

static void days_alone_are_whole_days(void **state) {
    (void)state;
    assert_true(has("Sat,sun", monday - 1));
    assert_true(has("sat,sun", monday - 2 * DAY));
    assert_false(has("sat,sun", monday));
    assert_true(has("fri-mon", monday));
    assert_false(has("fri-mon", monday + DAY));
    assert_true(has("thu", 0));
    assert_true(has("wed", -1));
}

static void past_midnight_belongs_to_the_day_before(void **state) {
    (void)state;
    const char *text = "mon 22:00-06:00";
    assert_false(has(text, monday + 5 * HOUR));
    assert_true(has(text, monday + 22 * HOUR));
    assert_true(has(text, monday + DAY + 6 * HOUR - 1));
    assert_false(has(text, monday + DAY + 6 * HOUR));
    assert_true(has("sun 22:00-06:00", monday));
}

static void zones_are_offsets(void **state) {
    (void)state;
    assert_true(has("mon 00:00-01:00 +02:00", monday - 2 * HOUR));
    assert_false(has("mon 00:00-01:00 +02:00", monday));
    assert_true(has("mon 00:00-01:00 -05:30", monday + 5 * HOUR + 1800));
    assert_true(has("00:00-24:00 UTC", monday));
    assert_true(has("mon UTC", monday));
}

static void everything_else_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        "UTC",
                                        "monday",
                                        "mon-",
                                        "mon,,tue",
                                        "8:00-18:00",
                                        "08:00-08:00",
                                        "08:00-24:01",
                                        "24:00-08:00",
                                        "08:60-09:00",
                                        "mon 08:00-18:00 Europe/Vienna",
                                        "mon 08:00-18:00 +15:00",
                                        "mon 08:00-18:00 +1",
                                        "mon  08:00-18:00",
                                        "mon 08:00-18:00 UTC ",
                                        "08:00-18:00 mon",
                                        "mon tue",
                                        "08:00"};
    struct window window;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(window_parse(slice_text(wrong[i]), &window));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_hours_have_to_fit_both),
        cmocka_unit_test(days_alone_are_whole_days),
        cmocka_unit_test(past_midnight_belongs_to_the_day_before),
        cmocka_unit_test(zones_are_offsets),
        cmocka_unit_test(everything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
