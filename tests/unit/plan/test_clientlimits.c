/* Tests of plan/clientlimits: what is written where becomes which rate, and who counts together. */
#include "planning.h"

#include "plan/clientlimits.h"

static struct plan_client_limits limits_of(const struct settings *settings, size_t host) {
    const struct settings_host *of = &settings->listeners[0].hosts[host];
    bool own = of->client_limits.place.line != settings->listeners[0].client_limits.place.line;
    return clientlimits_of(&of->client_limits, settings->listeners[0].name, of->names[0], own);
}

static const struct settings *settings_of(struct planning *planning) {
    return planning_settings(planning,
                             PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
                             "    client_auth: {mode: required, trust: ca.pem}\n"
                             "    client_limits:\n"
                             "      identity: {requests_per_second: 10, connections: 3}\n"
                             "      address: {requests_per_second: 100, burst: 7, handshakes_per_second: 4}\n"
                             "    hosts:\n"
                             "      - {names: a}\n"
                             "      - {names: [b, c], client_limits: {identity: {by: subject, burst: 2}}}\n"
                             "      - {names: d}\n");
}

static void rates_are_those_that_are_written(void **state) {
    const struct settings *settings = settings_of(*state);
    struct plan_client_limits limits = limits_of(settings, 0);
    assert_int_equal(limits.identity_by, LIMITWHO_CERTIFICATE);
    assert_int_equal(limits.identity_requests.interval_ns, 100000000);
    assert_int_equal(limits.identity_requests.burst, 10);
    assert_int_equal(limits.identity_connections, 3);
    assert_int_equal(limits.address_requests.interval_ns, 10000000);
    assert_int_equal(limits.address_requests.burst, 7);
    assert_int_equal(limits.address_handshakes.interval_ns, 250000000);
    assert_int_equal(limits.identity_place.line, limits.address_place.line - 1);
}

static void a_host_takes_over_what_it_does_not_say(void **state) {
    struct plan_client_limits limits = limits_of(settings_of(*state), 1);
    assert_int_equal(limits.identity_by, LIMITWHO_SUBJECT);
    assert_int_equal(limits.identity_requests.interval_ns, 100000000);
    assert_int_equal(limits.identity_requests.burst, 2);
    assert_int_equal(limits.address_requests.burst, 7);
}

static void hosts_without_limits_of_their_own_count_together(void **state) {
    const struct settings *settings = settings_of(*state);
    assert_true(limits_of(settings, 0).scope == limits_of(settings, 2).scope);
    assert_true(limits_of(settings, 0).scope != limits_of(settings, 1).scope);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rates_are_those_that_are_written, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_host_takes_over_what_it_does_not_say, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(hosts_without_limits_of_their_own_count_together, planning_set_up,
                                        planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
