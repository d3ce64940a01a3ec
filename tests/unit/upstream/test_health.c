/* A server is ejected after so many failures in a row, for longer each time, and never too many at once. */
#include "upstream/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SERVERS = 4, OK = 200 };

static struct server servers[SERVERS];
static struct backend_server entries[SERVERS];

static struct backend backend_of(unsigned failures) {
    for (size_t i = 0; i < SERVERS; i++) {
        servers[i] = (struct server){.label = ""};
        entries[i] = (struct backend_server){.server = &servers[i]};
    }
    return (
        struct backend){.servers = entries,
                        .server_count = SERVERS,
                        .eject = {.failures = failures, .pause_ms = 1000, .pause_max_ms = 5000, .share_percent = 100}};
}

static void ejects_after_the_last_failure_allowed(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    health_failed(&servers[0], &backend, 10);
    health_failed(&servers[0], &backend, 20);
    assert_int_equal(servers[0].ejected_until_ms, 0);
    health_failed(&servers[0], &backend, 30);
    assert_int_equal(servers[0].ejected_until_ms, 1030);
    assert_int_equal(servers[0].failures_all, 3);
}

static void forgets_failures_after_a_success(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    health_failed(&servers[0], &backend, 10);
    health_failed(&servers[0], &backend, 20);
    health_answered(&servers[0], &backend, OK, 30);
    health_failed(&servers[0], &backend, 40);
    health_failed(&servers[0], &backend, 50);
    assert_int_equal(servers[0].ejected_until_ms, 0);
}

static void a_late_success_does_not_end_a_pause(void **state) {
    (void)state;
    struct backend backend = backend_of(1);
    health_failed(&servers[0], &backend, 10);
    health_answered(&servers[0], &backend, OK, 20);
    assert_int_equal(servers[0].ejected_until_ms, 1010);
}

/* 1 s, 2 s, 4 s, and then no more than 5 s; what fails meanwhile changes nothing. */
static void pauses_grow_up_to_the_longest(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    static const int64_t pauses_ms[] = {1000, 2000, 4000, 5000, 5000};
    int64_t now_ms = 100;
    health_failed(&servers[0], &backend, now_ms);
    health_failed(&servers[0], &backend, now_ms);
    for (size_t i = 0; i < 5; i++) {
        health_failed(&servers[0], &backend, now_ms);
        assert_int_equal(servers[0].ejected_until_ms, now_ms + pauses_ms[i]);
        health_failed(&servers[0], &backend, now_ms + 1);
        assert_int_equal(servers[0].ejected_until_ms, now_ms + pauses_ms[i]);
        now_ms += pauses_ms[i] + 10;
    }
}

static void a_good_while_makes_the_next_time_a_first_time(void **state) {
    (void)state;
    struct backend backend = backend_of(1);
    health_failed(&servers[0], &backend, 0);
    health_failed(&servers[0], &backend, 1000);
    assert_int_equal(servers[0].ejected_until_ms, 3000);
    health_answered(&servers[0], &backend, OK, 4999);
    health_failed(&servers[0], &backend, 5000);
    assert_int_equal(servers[0].ejected_until_ms, 9000);
    health_answered(&servers[0], &backend, OK, 13000);
    health_failed(&servers[0], &backend, 13001);
    assert_int_equal(servers[0].ejected_until_ms, 14001);
}

static void errors_of_the_server_count_where_they_are_to(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    for (int i = 0; i < 5; i++)
        health_answered(&servers[0], &backend, 503, 10);
    assert_int_equal(servers[0].ejected_until_ms, 0);
    backend.eject.counts_5xx = true;
    health_answered(&servers[0], &backend, 500, 10);
    health_answered(&servers[0], &backend, 499, 10);
    health_answered(&servers[0], &backend, 599, 10);
    assert_int_equal(servers[0].ejected_until_ms, 0);
    health_answered(&servers[0], &backend, 502, 10);
    assert_int_equal(servers[0].ejected_until_ms, 1010);
}

static void only_a_share_is_ejected_at_once(void **state) {
    (void)state;
    struct backend backend = backend_of(1);
    backend.eject.share_percent = 50;
    for (int i = 0; i < SERVERS; i++)
        health_failed(&servers[i], &backend, 10);
    assert_int_equal(servers[1].ejected_until_ms, 1010);
    assert_int_equal(servers[2].ejected_until_ms, 0);
    health_failed(&servers[3], &backend, 1010);
    assert_int_equal(servers[3].ejected_until_ms, 2010);
    backend = backend_of(1);
    backend.server_count = 1;
    backend.eject.share_percent = 80;
    health_failed(&servers[0], &backend, 10);
    assert_int_equal(servers[0].ejected_until_ms, 0);
}

static void never_ejects_when_told_so(void **state) {
    (void)state;
    struct backend backend = backend_of(0);
    for (int64_t now_ms = 0; now_ms < 100; now_ms++)
        health_failed(&servers[0], &backend, now_ms);
    assert_int_equal(servers[0].ejected_until_ms, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ejects_after_the_last_failure_allowed),
        cmocka_unit_test(forgets_failures_after_a_success),
        cmocka_unit_test(a_late_success_does_not_end_a_pause),
        cmocka_unit_test(pauses_grow_up_to_the_longest),
        cmocka_unit_test(a_good_while_makes_the_next_time_a_first_time),
        cmocka_unit_test(errors_of_the_server_count_where_they_are_to),
        cmocka_unit_test(only_a_share_is_ejected_at_once),
        cmocka_unit_test(never_ejects_when_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
