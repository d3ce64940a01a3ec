/* What the words of the configuration become for asking OCSP responders. */
#include "plan/ocsprules.h"

#include "planning.h"

/* The rules of `words`; NULL when nobody is asked. */
static const struct plan_ocsp *rules(struct planning *planning, const char *words) {
    const struct plan_ocsp *made;
    char text[4096];
    snprintf(text, sizeof(text),
             PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
             "    client_auth: {mode: required, trust: ca.pem, revocation: {ocsp: {%s}}}\n",
             words);
    const struct settings *settings = planning_settings(planning, text);
    assert_true(ocsprules_make(&settings->listeners[0].client_auth, &planning->arena, &made, &planning->errors));
    return made;
}

static void nobody_is_asked_unless_it_is_set(void **state) {
    assert_null(rules(*state, ""));
    assert_null(rules(*state, "mode: off"));
}

static void words_become_rules(void **state) {
    const struct plan_ocsp *made = rules(*state, "mode: hard, responders: \"http://a.test/\"");
    assert_true(made->is_hard);
    assert_false(made->sends_nonce || made->judged_by.needs_nonce || made->judged_by.insecure_sha1);
    assert_int_equal(made->responder_count, 1);
    assert_int_equal(made->timeout_ms, 3000);
    assert_int_equal(made->refresh_s, 3600);
    assert_int_equal(made->judged_by.fresh_s, 3600);
    assert_int_equal(made->judged_by.skew_s, 300);
    assert_int_equal(made->judged_by.age_max_s, 0);
    assert_int_equal(made->scope, REVOCATION_SCOPE_LEAF);
    made =
        rules(*state, "mode: soft, aia_hosts: [a.test, \"b.test:8080\"], nonce: required, max_age: 2h, scope: chain");
    assert_true(made->sends_nonce && made->judged_by.needs_nonce && !made->is_hard);
    assert_int_equal(made->judged_by.age_max_s, 7200);
    assert_int_equal(made->aia_host_count, 2);
    assert_int_equal(made->scope, REVOCATION_SCOPE_CHAIN);
    made = rules(*state, "mode: soft, aia_hosts: a.test, nonce: sent");
    assert_true(made->sends_nonce && !made->judged_by.needs_nonce);
}

static void other_words_are_other_rules(void **state) {
    static const char *const words[] = {
        "mode: hard, responders: \"http://a.test/\"",
        "mode: soft, responders: \"http://a.test/\"",
        "mode: hard, responders: \"http://b.test/\"",
        "mode: hard, responders: [\"http://a.test/\", \"http://b.test/\"]",
        "mode: hard, responders: \"http://a.test/\", aia_hosts: a.test",
        "mode: hard, responders: \"http://a.test/\", nonce: sent",
        "mode: hard, responders: \"http://a.test/\", hash: sha256",
        "mode: hard, responders: \"http://a.test/\", timeout: 1s",
        "mode: hard, responders: \"http://a.test/\", refresh: 1s",
        "mode: hard, responders: \"http://a.test/\", max_age: 1s",
        "mode: hard, responders: \"http://a.test/\", clock_skew: 1s",
        "mode: hard, responders: \"http://a.test/\", scope: chain",
    };
    enum { COUNT = sizeof(words) / sizeof(words[0]) };
    uint8_t digests[COUNT][32];
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(digests[i], rules(*state, words[i])->digest, sizeof(digests[i]));
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(digests[i], digests[k], sizeof(digests[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_is_asked_unless_it_is_set, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(words_become_rules, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(other_words_are_other_rules, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
