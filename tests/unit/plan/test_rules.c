/* Tests of plan/rules: from the text of a configuration to sets that are asked, in their order; lists; what cannot
 * match. */
#include "planning.h"

#include "plan/rules.h"

#define AUTH  PLANNING_LISTENER PLANNING_CERTIFICATES "    client_auth: {mode: required, trust: ca.pem}\n"
#define RULED AUTH PLANNING_ROUTES

static struct rules_of {
    const struct plan_listener *listener;
    struct snapshot *snapshot;
} made;

static void build(struct planning *planning, const char *text) {
    size_t count;
    made.snapshot = planning_snapshot(planning, text);
    made.listener = snapshot_listeners(made.snapshot, &count);
}

static void refuses(struct planning *planning, const char *text, const char *file, unsigned line, unsigned column,
                    const char *sentence) {
    struct snapshot *snapshot = planning_try(planning, text);
    assert_null(snapshot);
    assert_int_equal(planning->errors.total, 1);
    const struct error *error = &planning->errors.items[0];
    assert_string_equal(error->sentence, sentence);
    assert_string_equal(error->file, file);
    assert_int_equal(error->line, line);
    assert_int_equal(error->column, column);
}

static void rules_stand_in_their_order(void **state) {
    build(*state,
          RULED "    allow: [{name: a, subject.cn: a}, {subject.cn: b, shadow: true}]\n"
                "    deny: {name: c, subject.cn: c, unless: [{method: GET}, {address: 10.0.0.0/8}]}\n");
    const struct ruleset *set = made.listener->rules;
    assert_int_equal(set->count, 3);
    assert_string_equal(set->rules[0].name, "c");
    assert_false(set->rules[0].allows);
    assert_int_equal(set->rules[0].unless_count, 2);
    assert_int_equal(set->rules[0].unless[1].conditions[0].fact, FACT_ADDRESS);
    assert_true(set->rules[1].allows && !set->rules[1].is_shadow);
    assert_true(set->rules[2].allows && set->rules[2].is_shadow);
    assert_int_equal(set->place.line, 8);
    assert_int_equal(set->place.column, 13);
    snapshot_unref(&made.snapshot);
}

static void steps_keep_the_file_s_order(void **state) {
    build(*state,
          RULED "    rules:\n      - allow: {subject.cn: a}\n      - deny: [{subject.cn: b}, {subject.cn: c}]\n"
                "      - allow: {anyone: true}\n");
    const struct ruleset *set = made.listener->rules;
    assert_int_equal(set->count, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(set->rules[i].allows, i == 0 || i == 3);
    assert_int_equal(set->rules[2].when.conditions[0].exact[0].data[1], 'c');
    assert_int_equal(set->rules[3].when.count, 0);
    snapshot_unref(&made.snapshot);
}

static void each_place_has_its_own_set(void **state) {
    build(*state,
          AUTH "    hosts: [{names: a.test, deny: {subject.cn: a}}, {names: b.test}]\n"
               "    routes: [{path: /x, backend: api, allow: {subject.cn: b}}, {backend: api}]\n");
    assert_null(made.listener->rules);
    assert_null(made.listener->hosts[0].rules);
    assert_int_equal(made.listener->hosts[1].rules->count, 1);
    assert_null(made.listener->hosts[2].rules);
    assert_true(made.listener->routes[0].rules->has_live_allow);
    assert_null(made.listener->routes[1].rules);
    snapshot_unref(&made.snapshot);
}

static void a_rule_about_paths_makes_the_listener_strict(void **state) {
    const struct plan_route *route;
    build(*state, RULED "    deny: {subject.cn: a, unless: {path: /x}}\n");
    assert_int_equal(snapshot_route(made.listener, slice_text("a"), slice_text("/a//b"), &route),
                     REASON_PATH_AMBIGUOUS);
    snapshot_unref(&made.snapshot);
    build(*state, RULED "    deny: {subject.cn: a}\n");
    assert_int_equal(snapshot_route(made.listener, slice_text("a"), slice_text("/a//b"), &route), REASON_NONE);
    snapshot_unref(&made.snapshot);
}

static void values_come_from_lists(void **state) {
    build(*state, RULED "    allow: {subject.cn: [carol, \"@names.txt\"]}\n");
    const struct condition *condition = &made.listener->rules->rules[0].when.conditions[0];
    assert_int_equal(condition->exact_count, 3);
    assert_true(slice_equal(slice_sub(condition->exact[0], 1, SIZE_MAX), slice_text("alice")));
    assert_true(condition_is_indexable(condition));
    snapshot_unref(&made.snapshot);
}

static void a_bad_value_is_told_where_it_stands(void **state) {
    refuses(
        *state, RULED "    allow: {subject.cn: alice, fingerprint: [\"*\"]}\n", "gate/a.yaml", 8, 46,
        "\"fingerprint\": expected a SHA-256 digest: 64 hexadecimal digits, colons allowed, or base64; found \"*\"");
}

static void a_bad_line_is_told_where_it_stands(void **state) {
    refuses(*state, RULED "    allow: {spiffe: \"@names.txt\"}\n", "gate/names.txt", 2, 1,
            "\"spiffe\": expected a SPIFFE id such as \"spiffe://example.com/admin/*\"; found \"alice\"");
}

static void a_list_names_no_other(void **state) {
    refuses(*state, RULED "    allow: {subject.cn: \"@nested.txt\"}\n", "gate/nested.txt", 1, 1,
            "a list cannot name another one; \"\\@\" begins a value with \"@\"");
}

static void a_list_of_comments_is_none(void **state) {
    refuses(*state, RULED "    allow: {subject.cn: \"@comments.txt\"}\n", "gate/a.yaml", 8, 25,
            "the list gate/comments.txt has no values");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_stand_in_their_order, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(steps_keep_the_file_s_order, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(each_place_has_its_own_set, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_rule_about_paths_makes_the_listener_strict, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(values_come_from_lists, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_bad_value_is_told_where_it_stands, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_bad_line_is_told_where_it_stands, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_list_names_no_other, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_list_of_comments_is_none, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
