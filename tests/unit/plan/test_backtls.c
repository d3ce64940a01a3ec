/* Tests of plan/backtls: what a backend's settings become, and that connections of one profile serve no other. */
#include "planning.h"

#include "plan/backtls.h"

#define CONFIG(tls)                                                                                                    \
    "backends: {api: {servers: 127.0.0.1:8080, " tls "}}\n"                                                            \
    "listeners:\n  - name: public\n    bind: 127.0.0.1:8443\n" PLANNING_CERTIFICATES PLANNING_ROUTES

/* Everything that backtls needs, and the backend that it made. */
struct made {
    struct trusts trusts;
    struct revocations revocations;
    struct outpoints outpoints;
    struct backend backend;
};

static bool make(struct planning *planning, const char *text, struct made *made) {
    const struct settings *settings = planning_settings(planning, text);
    const struct backtls_context context = {.arena = &planning->arena,
                                            .settings = settings,
                                            .trusts = &made->trusts,
                                            .revocations = &made->revocations,
                                            .outpoints = &made->outpoints,
                                            .cache = planning->context.cache,
                                            .errors = &planning->errors};
    *made = (struct made){.backend = {.name = "api"}};
    trusts_init(&made->trusts, &planning->arena, settings, planning->context.now);
    revocations_init(&made->revocations, &planning->arena, NULL);
    outpoints_init(&made->outpoints, &planning->arena, NULL);
    return backtls_build(&context, &settings->backends[0], NULL, 0, &made->backend);
}

static void drop(struct made *made) {
    trusts_fini(&made->trusts);
    revocations_fini(&made->revocations);
    outpoints_fini(&made->outpoints);
}

static void without_settings_there_is_no_tls(void **state) {
    static const uint8_t zeros[BACKEND_TRANSPORT_BYTES];
    struct made made;
    assert_true(make(*state, CONFIG("slow_start: 1s"), &made));
    assert_null(made.backend.tls.outpoint);
    assert_memory_equal(made.backend.transport, zeros, sizeof zeros);
    drop(&made);
}

static void settings_become_an_outpoint(void **state) {
    struct made made;
    assert_true(make(*state,
                     CONFIG("tls: {trust: ca.pem, name: a.internal, sni: \"off\", spiffe_id: \"spiffe://e.org/a\","
                            " certificate: other.pem, private_key: other.key}"),
                     &made));
    assert_non_null(made.backend.tls.outpoint);
    assert_true(tls_outpoint_expires(made.backend.tls.outpoint) == MINTED_EPOCH + 365 * MINTED_DAY);
    assert_string_equal(made.backend.tls.name, "a.internal");
    assert_string_equal(made.backend.tls.sni, "");
    assert_string_equal(made.backend.tls.spiffe_id, "spiffe://e.org/a");
    assert_null(made.backend.tls.revocation);
    drop(&made);
}

static void connections_of_different_profiles_are_told_apart(void **state) {
    static const char *const texts[] = {
        CONFIG("tls: {trust: ca.pem}"),
        CONFIG("tls: {trust: other-ca.pem}"),
        CONFIG("tls: {trust: ca.pem, name: a.internal}"),
        CONFIG("tls: {trust: ca.pem, sni: a.internal}"),
        CONFIG("tls: {trust: ca.pem, sni: \"off\"}"),
        CONFIG("tls: {trust: ca.pem, spiffe_id: \"spiffe://e.org/a\"}"),
        CONFIG("tls: {insecure_skip_verify: true}"),
    };
    enum { COUNT = sizeof texts / sizeof *texts };
    uint8_t seen[COUNT][BACKEND_TRANSPORT_BYTES];
    for (size_t i = 0; i < COUNT; i++) {
        struct made made;
        assert_true(make(*state, texts[i], &made));
        memcpy(seen[i], made.backend.transport, sizeof seen[i]);
        drop(&made);
        for (size_t before = 0; before < i; before++)
            assert_memory_not_equal(seen[before], seen[i], sizeof seen[i]);
    }
}

static void what_is_no_trust_is_an_error_with_its_place(void **state) {
    struct planning *planning = *state;
    struct made made;
    assert_false(make(planning, CONFIG("tls: {trust: garbage.pem}"), &made));
    assert_int_equal(planning->errors.items[0].line, 1);
    assert_int_equal(planning->errors.items[0].column, 56);
    drop(&made);
}

static void a_key_of_another_certificate_is_an_error_with_its_place(void **state) {
    struct planning *planning = *state;
    struct made made;
    assert_false(
        make(planning, CONFIG("tls: {trust: ca.pem, certificate: other.pem, private_key: server.key}"), &made));
    assert_int_equal(planning->errors.total, 1);
    assert_int_equal(planning->errors.items[0].line, 1);
    assert_int_equal(planning->errors.items[0].column, 101);
    drop(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_settings_there_is_no_tls, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(settings_become_an_outpoint, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(connections_of_different_profiles_are_told_apart, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_trust_is_an_error_with_its_place, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(a_key_of_another_certificate_is_an_error_with_its_place, planning_set_up,
                                        planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
