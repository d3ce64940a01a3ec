/* Tests of plan/balanceplan: servers with their rules, and what a cookie calls them. */
#include "planning.h"

#include "plan/balanceplan.h"

#define ROUTES "listeners:\n  - name: l\n    bind: 127.0.0.1:1\n    routes: [{backend: a}]\n" PLANNING_CERTIFICATES

static struct backend built(struct planning *planning, const char *backends) {
    char text[4096];
    snprintf(text, sizeof text, "backends: {%s}\n" ROUTES, backends);
    const struct settings *settings = planning_settings(planning, text);
    struct backend backend = {.name = settings->backends[0].name};
    assert_true(
        balanceplan_build(&planning->arena, &settings->backends[0], 3, planning->context.upstream, NULL, &backend));
    return backend;
}

static void servers_have_their_rules(void **state) {
    struct backend backend =
        built(*state,
              "a: {servers: [{address: 1.2.3.4:5, name: five, weight: 7}, {address: 1.2.3.4:6, backup: true}],"
              " balance: hash, hash_by: header X-User, slow_start: 30s}");
    assert_int_equal(backend.server_count, 2);
    assert_string_equal(backend.servers[0].server->label, "five");
    assert_int_equal(backend.servers[0].weight, 7);
    assert_false(backend.servers[0].is_backup);
    assert_int_equal(backend.servers[1].weight, 1);
    assert_true(backend.servers[1].is_backup);
    assert_int_equal(backend.balance, BACKEND_HASH);
    assert_int_equal(backend.hash_by, BACKEND_HASH_BY_HEADER);
    assert_string_equal(backend.hash_name, "X-User");
    assert_int_equal(backend.slow_start_ms, 30000);
    assert_null(backend.sticky.name);
    balanceplan_drop(&backend);
    assert_int_equal(backend.server_count, 0);
}

static void limits_are_shared_out_among_workers(void **state) {
    struct backend backend =
        built(*state,
              "a: {servers: [{address: 1.2.3.4:5, max_connections: 10}, {address: 1.2.3.4:6, max_connections: 1},"
              " 1.2.3.4:7], queue: {max: 3, timeout: 2s}, retries: {count: 2, budget: 30},"
              " passive_health: {failures: 7, server_errors: true, pause: 1s, max_pause: 9s, max_ejected: 40}}");
    assert_int_equal(backend.servers[0].active_max, 4);
    assert_int_equal(backend.servers[1].active_max, 1);
    assert_int_equal(backend.servers[2].active_max, 0);
    assert_int_equal(backend.queue.max, 1);
    assert_int_equal(backend.queue.timeout_ms, 2000);
    assert_int_equal(backend.retries_max, 2);
    assert_int_equal(backend.retries.percent, 30);
    assert_int_equal(backend.eject.failures, 7);
    assert_true(backend.eject.counts_5xx);
    assert_int_equal(backend.eject.pause_ms, 1000);
    assert_int_equal(backend.eject.pause_max_ms, 9000);
    assert_int_equal(backend.eject.share_percent, 40);
    balanceplan_drop(&backend);
}

static void a_cookie_has_its_attributes(void **state) {
    struct backend backend = built(*state, "a: {servers: 1.2.3.4:5, sticky: {cookie: app, path: /x}}");
    assert_string_equal(backend.sticky.name, "app");
    assert_string_equal(backend.sticky.attributes, "; Path=/x; Secure; HttpOnly; SameSite=Lax");
    balanceplan_drop(&backend);
    backend = built(*state,
                    "a: {servers: 1.2.3.4:5, sticky: {cookie: app, secure: false, http_only: false, same_site: off}}");
    assert_string_equal(backend.sticky.attributes, "; Path=/");
    balanceplan_drop(&backend);
}

/* Ids differ by server and by secret, not by the place in the list. */
static void a_cookie_s_word_for_a_server_stays_the_same(void **state) {
    struct backend one = built(*state, "a: {servers: [1.2.3.4:5, 1.2.3.4:6], sticky: {cookie: app}}");
    struct backend two = built(*state, "a: {servers: [1.2.3.4:6, 1.2.3.4:5], sticky: {cookie: app}}");
    struct backend secret = built(*state, "a: {servers: [1.2.3.4:5], sticky: {cookie: app, secret: hush}}");
    assert_int_equal(strlen(one.servers[0].sticky_id), BACKEND_STICKY_ID_LEN);
    assert_string_not_equal(one.servers[0].sticky_id, one.servers[1].sticky_id);
    assert_string_equal(one.servers[0].sticky_id, two.servers[1].sticky_id);
    assert_string_not_equal(one.servers[0].sticky_id, secret.servers[0].sticky_id);
    balanceplan_drop(&one);
    balanceplan_drop(&two);
    balanceplan_drop(&secret);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(servers_have_their_rules, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(limits_are_shared_out_among_workers, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_has_its_attributes, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_s_word_for_a_server_stays_the_same, planning_set_up,
                                        planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
