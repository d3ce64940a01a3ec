/* Only whom the configuration names may be asked. */
#include "plan/ocsphosts.h"

#include "planning.h"

static void expect_hosts(struct planning *planning, const char *words, const char *const *hosts) {
    char text[4096];
    struct sourcelist *sources = calloc(1, sizeof(*sources));
    sourcelist_init(sources, &planning->arena);
    snprintf(text, sizeof(text),
             PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
             "    client_auth: {mode: optional, trust: ca.pem, revocation: {ocsp: {%s}}}\n",
             words);
    assert_true(ocsphosts_allow(planning_settings(planning, text), sources));
    size_t count = 0;
    for (; hosts[count]; count++)
        assert_true(count < sources->host_count && slice_equal(sources->hosts[count], slice_text(hosts[count])));
    assert_int_equal(sources->host_count, count);
    free(sources);
}

static void hosts_of_responders_and_those_for_certificates_are_allowed(void **state) {
    expect_hosts(*state,
                 "mode: soft, responders: [\"http://A.test/x\", \"https://b.test/\", \"http://[::1]:81/\"],"
                 "aia_hosts: [c.test, \"d.test:82\"]",
                 (const char *const[]){"A.test:80", "b.test:443", "[::1]:81", "c.test", "d.test:82", NULL});
    expect_hosts(*state, "mode: off", (const char *const[]){NULL});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hosts_of_responders_and_those_for_certificates_are_allowed, planning_set_up,
                                        planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
