/* Tests of plan/passwordplan: who asks for which password, and mistakes in user files. */
#include "planning.h"

#include "plan/passwordplan.h"

#define LISTENER PLANNING_LISTENER PLANNING_CERTIFICATES

static const struct plan_listener *listener_of(struct snapshot *snapshot) {
    size_t count;
    return snapshot_listeners(snapshot, &count);
}

static void the_nearest_word_counts(void **state) {
    struct planning *planning = *state;
    struct snapshot *snapshot =
        planning_snapshot(planning,
                          LISTENER "    password: {file: users, realm: vault, cache: 30s}\n"
                                   "    hosts:\n"
                                   "      - names: same.test\n"
                                   "      - {names: own.test, password: {forward_user: true, cache: 2s}}\n"
                                   "      - {names: open.test, password: {required: false}}\n"
                                   "    routes:\n"
                                   "      - {path: /open, backend: web, password: {required: false}}\n"
                                   "      - {path: /short, backend: web, password: {failures_per_minute: 2}}\n"
                                   "      - backend: web\n");
    const struct plan_listener *listener = listener_of(snapshot);
    const struct plan_password *common = listener->hosts[0].password;
    assert_string_equal(common->realm, "vault");
    assert_int_equal(common->right_ms, 30000);
    assert_int_equal(common->wrong_ms, 5000);
    assert_int_equal(common->failures.burst, 5);
    assert_non_null(passwordfile_find(&common->users, slice_text("alice")));
    assert_ptr_equal(listener->hosts[1].password, common);
    assert_true(listener->hosts[2].password->forward_user);
    assert_int_equal(listener->hosts[2].password->wrong_ms, 2000);
    assert_string_equal(listener->hosts[2].password->realm, "vault");
    assert_null(listener->hosts[3].password);
    assert_true(listener->routes[0].says_password);
    assert_null(listener->routes[0].password);
    assert_int_equal(listener->routes[1].password->failures.burst, 2);
    assert_true(listener->routes[1].password->scope == common->scope);
    assert_false(listener->routes[2].says_password);
    snapshot_unref(&snapshot);
}

static void without_users_nobody_is_asked(void **state) {
    struct planning *planning = *state;
    struct snapshot *snapshot = planning_snapshot(planning, LISTENER PLANNING_ROUTES);
    assert_null(listener_of(snapshot)->hosts[0].password);
    assert_false(listener_of(snapshot)->routes[0].says_password);
    snapshot_unref(&snapshot);
}

static void the_checker_is_needed_where_somebody_is_asked(void **state) {
    struct planning *planning = *state;
    assert_false(passwordplan_is_used(planning_settings(planning, LISTENER PLANNING_ROUTES)));
    assert_true(passwordplan_is_used(
        planning_settings(planning, LISTENER "    routes: [{backend: web, password: {file: users}}]\n")));
    assert_false(passwordplan_is_used(
        planning_settings(planning,
                          LISTENER "    routes: [{backend: web, password: {file: users, required: false}}]\n")));
}

static void mistakes_have_the_line_of_the_user_file(void **state) {
    struct planning *planning = *state;
    assert_null(planning_try(planning, LISTENER "    password: {file: weak-users}\n" PLANNING_ROUTES));
    assert_int_equal(planning->errors.total, 1);
    assert_string_equal(planning->errors.items[0].file, "gate/weak-users");
    assert_int_equal(planning->errors.items[0].line, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_nearest_word_counts, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(without_users_nobody_is_asked, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(the_checker_is_needed_where_somebody_is_asked, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(mistakes_have_the_line_of_the_user_file, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
