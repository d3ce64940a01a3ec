/* Tests of plan/back: servers keep their state from one snapshot to the next, and routes lead to backends. */
#include "planning.h"

#include "plan/back.h"

static bool build_with(struct planning *planning, const struct settings *settings, const struct resolved *resolved,
                       struct back *back) {
    const struct backtls_context context = {.arena = &planning->arena,
                                            .settings = settings,
                                            .errors = &planning->errors};
    return back_build(back, &context, planning->context.upstream, resolved);
}

static bool build(struct planning *planning, const struct settings *settings, struct back *back) {
    return build_with(planning, settings, NULL, back);
}

static void servers_are_found_again_and_given_up(void **state) {
    struct planning *planning = *state;
    struct back first, second;
    const struct settings *settings = planning_settings(
        planning,
        "backends: {a: {servers: [1.2.3.4:5, {address: 1.2.3.4:6, name: six}]}, b: {servers: 1.2.3.4:5}}\n"
        "listeners:\n  - name: l\n    bind: 127.0.0.1:1\n    routes: [{backend: a}]\n" PLANNING_CERTIFICATES);
    assert_true(build(planning, settings, &first));
    assert_ptr_not_equal(first.backends[0].servers[0].server, first.backends[1].servers[0].server);
    assert_string_equal(first.backends[0].servers[0].server->label, "1.2.3.4:5");
    assert_string_equal(first.backends[0].servers[1].server->label, "six");
    assert_string_equal(first.backends[1].servers[0].server->backend, "b");
    assert_true(build(planning, settings, &second));
    assert_ptr_equal(first.backends[0].servers[1].server, second.backends[0].servers[1].server);
    assert_int_equal(first.backends[0].servers[1].server->references, 2);
    back_drop(&first);
    assert_int_equal(second.backends[0].servers[0].server->references, 1);
    back_drop(&second);
}

/* Each address of a name is a server; when addresses change, servers that stay are the same ones. */
static void names_become_servers(void **state) {
    static const uint8_t addresses[3][RESOLVED_ADDRESS_BYTES] = {{[10] = 0xff, [11] = 0xff, [12] = 1},
                                                                 {[10] = 0xff, [11] = 0xff, [12] = 2},
                                                                 {[0] = 0xfd, [15] = 3}};
    struct planning *planning = *state;
    struct back back;
    struct resolved *resolved = resolved_new(4);
    const struct settings *settings = planning_settings(
        planning,
        "backends: {a: {servers: [9.9.9.9:9, {address: app.internal:80, name: app, weight: 7}]}}\n"
        "listeners:\n  - name: l\n    bind: 127.0.0.1:1\n    routes: [{backend: a}]\n" PLANNING_CERTIFICATES);
    assert_true(build_with(planning, settings, resolved, &back));
    const struct backend *backend = &back.backends[0];
    assert_int_equal(backend->server_count, 1);
    assert_true(resolved_set(resolved, slice_text("app.internal"), slice_of(addresses, 2 * sizeof(addresses[0]))));
    assert_true(back_renew(&back, "other.internal"));
    assert_int_equal(backend->server_count, 1);
    assert_true(back_renew(&back, "app.internal"));
    assert_int_equal(backend->server_count, 3);
    assert_string_equal(backend->servers[1].server->label, "app/1.0.0.0:80");
    assert_int_equal(backend->servers[1].weight, 7);
    const struct server *kept = backend->servers[2].server;
    assert_true(resolved_set(resolved, slice_text("app.internal"), slice_of(addresses[1], 2 * sizeof(addresses[0]))));
    assert_true(back_renew(&back, "app.internal"));
    assert_int_equal(backend->server_count, 3);
    assert_ptr_equal(backend->servers[1].server, kept);
    assert_int_equal(kept->references, 1);
    assert_string_equal(backend->servers[2].server->label, "app/[fd00::3]:80");
    back_drop(&back);
    resolved_free(&resolved);
}

static void routes_lead_to_backends(void **state) {
    struct planning *planning = *state;
    struct back back;
    struct plan_listener listener = {.name = "public"};
    const struct settings *settings = planning_settings(planning,
                                                        PLANNING_LISTENER PLANNING_CERTIFICATES
                                                        "    routes: [{path: /w, backend: web}, {backend: api}]\n");
    assert_true(build(planning, settings, &back));
    assert_true(back_build_routes(&back, &settings->listeners[0], &listener, &planning->errors));
    assert_int_equal(listener.route_count, 2);
    assert_string_equal(listener.routes[0].backend->name, "web");
    assert_string_equal(listener.routes[0].path, "/w");
    assert_string_equal(listener.routes[1].backend->name, "api");
    assert_int_equal(listener.routes[1].profiles.bits, 1u << VOUCH_RFC9440);
    assert_false(listener.routes[1].strip_protected);
    assert_int_equal(listener.routes[1].place.line, 6);
    back_drop_routes(&listener);
    back_drop(&back);
}

static void every_route_to_nowhere_is_an_error(void **state) {
    struct planning *planning = *state;
    struct back back;
    struct plan_listener listener = {.name = "public"};
    struct settings *settings = planning_settings(planning,
                                                  PLANNING_LISTENER PLANNING_CERTIFICATES
                                                  "    routes: [{path: /w, backend: web}, {backend: api}]\n");
    settings->listeners[0].routes[0].backend = "x";
    settings->listeners[0].routes[1].backend = "y";
    assert_true(build(planning, settings, &back));
    assert_false(back_build_routes(&back, &settings->listeners[0], &listener, &planning->errors));
    assert_int_equal(planning->errors.total, 2);
    assert_string_equal(planning->errors.items[1].sentence, "there is no backend \"y\"");
    back_drop_routes(&listener);
    back_drop(&back);
}

static void who_tells_clients_shares_no_connections(void **state) {
    static const uint8_t zeros[BACKEND_TRANSPORT_BYTES];
    struct planning *planning = *state;
    struct back back;
    const struct settings *settings = planning_settings(
        planning,
        "backends: {a: {servers: 1.2.3.4:5, proxy_protocol: {version: 2, tlvs: [authority, crc32c]}},\n"
        "  b: {servers: 1.2.3.4:5, proxy_protocol: {version: 1}}, c: {servers: 1.2.3.4:5}}\n"
        "listeners:\n  - name: l\n    bind: 127.0.0.1:1\n    routes: [{backend: a}]\n" PLANNING_CERTIFICATES);
    assert_true(build(planning, settings, &back));
    assert_int_equal(back.backends[0].proxy.version, 2);
    assert_int_equal(back.backends[0].proxy.tlvs, BACKEND_TLV_AUTHORITY | BACKEND_TLV_CRC32C);
    assert_int_equal(back.backends[1].proxy.version, 1);
    assert_true(back.backends[0].tells_client && back.backends[1].tells_client);
    assert_false(back.backends[2].tells_client);
    assert_memory_not_equal(back.backends[0].transport, back.backends[1].transport, sizeof zeros);
    assert_memory_equal(back.backends[2].transport, zeros, sizeof zeros);
    back_drop(&back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(servers_are_found_again_and_given_up, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(names_become_servers, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(who_tells_clients_shares_no_connections, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(routes_lead_to_backends, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(every_route_to_nowhere_is_an_error, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
