/* Tests of plan/trusts: what is loaded once, what is shared, and that a bad file is complained of once. */
#include "planning.h"

#include "plan/trusts.h"

#define LISTS                                                                                                          \
    PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES                                                            \
        "    client_auth: {mode: required, trust: ca.pem}\n"                                                           \
        "    hosts:\n"                                                                                                 \
        "      - {names: a, client_auth: {trust: ca-copy.pem}}\n"                                                      \
        "      - {names: b, client_auth: {trust: [ca.pem, other-ca.pem]}}\n"                                           \
        "      - {names: c, client_auth: {trust: both-cas.pem}}\n"                                                     \
        "      - {names: d, client_auth: {trust: garbage.pem}}\n"

static struct trust *get(struct trusts *trusts, const struct settings_client_auth *client_auth,
                         struct error_list *errors) {
    return trusts_get(trusts, client_auth, errors);
}

static void lists_of_equal_content_share_a_store(void **state) {
    struct planning *planning = *state;
    struct trusts trusts;
    const struct settings *settings = planning_settings(planning, LISTS);
    const struct settings_listener *listener = &settings->listeners[0];
    trusts_init(&trusts, &planning->arena, settings, planning->context.now);
    struct trust *own = get(&trusts, &listener->client_auth, &planning->errors);
    assert_int_equal(trust_count(own), 1);
    assert_ptr_equal(get(&trusts, &listener->client_auth, &planning->errors), own);
    assert_ptr_equal(get(&trusts, &listener->hosts[0].client_auth, &planning->errors), own);
    struct trust *both = get(&trusts, &listener->hosts[1].client_auth, &planning->errors);
    assert_int_equal(trust_count(both), 2);
    assert_ptr_not_equal(both, own);
    assert_ptr_equal(get(&trusts, &listener->hosts[2].client_auth, &planning->errors), both);
    assert_int_equal(planning->errors.total, 0);
    trusts_fini(&trusts);
}

static void a_bad_file_is_complained_of_once(void **state) {
    struct planning *planning = *state;
    struct trusts trusts;
    const struct settings *settings = planning_settings(planning, LISTS);
    const struct settings_client_auth *client_auth = &settings->listeners[0].hosts[3].client_auth;
    trusts_init(&trusts, &planning->arena, settings, planning->context.now);
    assert_null(get(&trusts, client_auth, &planning->errors));
    size_t total = planning->errors.total;
    assert_true(total > 0);
    assert_null(get(&trusts, client_auth, &planning->errors));
    assert_int_equal(planning->errors.total, total);
    trusts_fini(&trusts);
}

static void who_took_a_reference_keeps_it(void **state) {
    struct planning *planning = *state;
    struct trusts trusts;
    const struct settings *settings = planning_settings(planning, LISTS);
    trusts_init(&trusts, &planning->arena, settings, planning->context.now);
    struct trust *own = trust_ref(get(&trusts, &settings->listeners[0].client_auth, &planning->errors));
    trusts_fini(&trusts);
    assert_int_equal(trust_count(own), 1);
    trust_unref(&own);
}

static void a_full_arena_is_an_error(void **state) {
    struct planning *planning = *state;
    struct trusts trusts;
    struct arena small;
    const struct settings *settings = planning_settings(planning, LISTS);
    arena_init(&small, 16, 16);
    trusts_init(&trusts, &small, settings, planning->context.now);
    assert_null(get(&trusts, &settings->listeners[0].client_auth, &planning->errors));
    assert_int_equal(planning->errors.total, 1);
    trusts_fini(&trusts);
    arena_fini(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_of_equal_content_share_a_store, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_bad_file_is_complained_of_once, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(who_took_a_reference_keeps_it, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_full_arena_is_an_error, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
