/* A server is paused after so many failures in a row, and only then. */
#include "upstream/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct backend backend = {.failures_max = 3, .pause_ms = 1000};

static void pauses_after_the_last_failure_allowed(void **state) {
    (void)state;
    struct server server = {0};
    health_failed(&server, &backend, 10);
    health_failed(&server, &backend, 20);
    assert_int_equal(server.ejected_until_ms, 0);
    health_failed(&server, &backend, 30);
    assert_int_equal(server.ejected_until_ms, 1030);
}

static void forgets_failures_after_a_success(void **state) {
    (void)state;
    struct server server = {0};
    for (int64_t now_ms = 0; now_ms < 3; now_ms++)
        health_failed(&server, &backend, now_ms);
    health_succeeded(&server);
    assert_int_equal(server.ejected_until_ms, 0);
    health_failed(&server, &backend, 50);
    assert_int_equal(server.ejected_until_ms, 0);
}

static void pauses_again_at_the_first_failure_after_a_pause(void **state) {
    (void)state;
    struct server server = {.failures = 3, .ejected_until_ms = 1000};
    health_failed(&server, &backend, 1500);
    assert_int_equal(server.ejected_until_ms, 2500);
}

static void never_pauses_when_told_so(void **state) {
    (void)state;
    static const struct backend never = {.failures_max = 0, .pause_ms = 1000};
    struct server server = {0};
    for (int64_t now_ms = 0; now_ms < 100; now_ms++)
        health_failed(&server, &never, now_ms);
    assert_int_equal(server.ejected_until_ms, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_after_the_last_failure_allowed),
        cmocka_unit_test(forgets_failures_after_a_success),
        cmocka_unit_test(pauses_again_at_the_first_failure_after_a_pause),
        cmocka_unit_test(never_pauses_when_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
