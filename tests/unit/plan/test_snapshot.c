/* Tests of plan/snapshot: which host answers a name, which route a request, and how a bad configuration is refused. */
#include "planning.h"

static const struct plan_listener *first(const struct snapshot *snapshot) {
    size_t count;
    const struct plan_listener *listeners = snapshot_listeners(snapshot, &count);
    assert_true(count > 0);
    return &listeners[0];
}

/* The first name of the host that answers; "own" for the listener's, "none" for nobody. */
static const char *answers(const struct snapshot *snapshot, const char *server_name) {
    const struct plan_host *host = snapshot_host(first(snapshot), slice_text(server_name));
    if (host == NULL)
        return "none";
    assert_non_null(host->endpoint);
    return host->name_count > 0 ? host->names[0] : "own";
}

#define HOSTS                                                                                                          \
    "    hosts:\n"                                                                                                     \
    "      - {names: a.example.com}\n"                                                                                 \
    "      - {names: [\"*.example.com\", other.org]}\n"                                                                \
    "      - {names: secret.example.com, client_auth: {mode: required, trust: ca.pem}}\n"

static void names_lead_to_hosts(void **state) {
    struct snapshot *snapshot = planning_snapshot(*state,
                                                  PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES HOSTS
                                                  "    default_host: other.org\n");
    assert_string_equal(answers(snapshot, "a.example.com"), "a.example.com");
    assert_string_equal(answers(snapshot, "A.EXAMPLE.com"), "a.example.com");
    assert_string_equal(answers(snapshot, "a.example.com."), "a.example.com");
    assert_string_equal(answers(snapshot, "b.example.com"), "*.example.com");
    assert_string_equal(answers(snapshot, "B.Example.Com."), "*.example.com");
    assert_string_equal(answers(snapshot, "other.org"), "*.example.com");
    assert_string_equal(answers(snapshot, "secret.example.com"), "secret.example.com");
    assert_string_equal(answers(snapshot, "x.y.example.com"), "*.example.com"); /* by default_host, not by wildcard */
    assert_ptr_equal(snapshot_host(first(snapshot), slice_text("unknown")), first(snapshot)->default_host);
    assert_ptr_equal(snapshot_host(first(snapshot), slice_text("")), first(snapshot)->default_host);
    snapshot_unref(&snapshot);
}

static void the_default_is_never_the_laxest(void **state) {
    /* One host requires certificates: it answers unknown names, although the listener itself requires none. */
    struct snapshot *snapshot =
        planning_snapshot(*state, PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES HOSTS);
    assert_string_equal(answers(snapshot, ""), "secret.example.com");
    assert_string_equal(answers(snapshot, "unknown.org"), "secret.example.com");
    snapshot_unref(&snapshot);
    /* The listener itself requires certificates: it comes first. */
    snapshot = planning_snapshot(*state,
                                 PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES HOSTS
                                 "    client_auth: {mode: required, trust: other-ca.pem}\n");
    assert_string_equal(answers(snapshot, ""), "own");
    snapshot_unref(&snapshot);
    /* Nobody requires certificates: the listener's own settings. */
    snapshot = planning_snapshot(*state,
                                 PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
                                 "    hosts: [{names: a, client_auth: {mode: optional, trust: ca.pem}}]\n");
    assert_string_equal(answers(snapshot, "b"), "own");
    snapshot_unref(&snapshot);
}

static void a_listener_without_certificates_refuses_unknown_names(void **state) {
    struct snapshot *snapshot = planning_snapshot(
        *state,
        PLANNING_LISTENER PLANNING_ROUTES
        "    hosts: [{names: a, certificates: [{certificate: server.pem, private_key: server.key}]}]\n");
    assert_string_equal(answers(snapshot, "a"), "a");
    assert_string_equal(answers(snapshot, "b"), "none");
    assert_string_equal(answers(snapshot, ""), "none");
    assert_null(first(snapshot)->hosts[0].endpoint);
    snapshot_unref(&snapshot);
}

static void policies_are_told_apart_by_what_they_ask_for(void **state) {
    struct snapshot *snapshot =
        planning_snapshot(*state,
                          PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
                          "    client_auth: {mode: required, trust: ca.pem}\n"
                          "    hosts:\n"
                          "      - {names: same, client_auth: {trust: ca-copy.pem}}\n"
                          "      - {names: trust, client_auth: {trust: other-ca.pem}}\n"
                          "      - {names: more, client_auth: {trust: both-cas.pem}}\n"
                          "      - {names: split, client_auth: {trust: [other-ca.pem, ca.pem]}}\n"
                          "      - {names: mode, client_auth: {mode: optional}}\n"
                          "      - {names: depth, client_auth: {depth: 1}}\n"
                          "      - {names: bits, client_auth: {min_rsa_bits: 3072}}\n"
                          "      - {names: off, client_auth: {mode: off}}\n"
                          "      - {names: off2, client_auth: {mode: off, depth: 2}}\n");
    const struct plan_host *hosts = first(snapshot)->hosts;
    static const unsigned policy[] = {0, 0, 1, 2, 2, 3, 4, 5, 6, 6}; /* equal numbers, equal policies */
    assert_int_equal(first(snapshot)->host_count, 10);
    for (size_t a = 0; a < 10; a++) {
        for (size_t b = 0; b < 10; b++) {
            int difference = memcmp(hosts[a].policy_digest, hosts[b].policy_digest, sizeof(hosts[a].policy_digest));
            assert_int_equal(difference == 0, policy[a] == policy[b]);
        }
    }
    assert_int_equal(hosts[0].place.line, 7);
    assert_int_equal(hosts[1].place.line, 9);
    snapshot_unref(&snapshot);
}

static const char *routed(const struct snapshot *snapshot, const char *host, const char *path) {
    const struct plan_route *route;
    enum reason reason = snapshot_route(first(snapshot), slice_text(host), slice_text(path), &route);
    assert_int_equal(reason == REASON_NONE, route != NULL);
    return route != NULL ? route->backend->name : reason_row(reason)->label;
}

static void requests_find_their_route(void **state) {
    struct snapshot *snapshot = planning_snapshot(
        *state,
        PLANNING_LISTENER PLANNING_CERTIFICATES
        "    routes:\n      - {host: api.example.com, path: /admin/, backend: web}\n      - {host: \"*.example.com\", backend: api}\n");
    assert_string_equal(routed(snapshot, "api.example.com", "/admin/x"), "web");
    assert_string_equal(routed(snapshot, "API.example.com.", "/admin/x?y"), "web");
    assert_string_equal(routed(snapshot, "api.example.com", "/"), "api");
    assert_string_equal(routed(snapshot, "other.example.com", "/admin/x"), "api");
    assert_string_equal(routed(snapshot, "example.com", "/"), "no-route");
    assert_string_equal(routed(snapshot, "", "/"), "no-route");
    assert_string_equal(routed(snapshot, "api.example.com", "/x/../admin/"), "path-ambiguous");
    assert_string_equal(routed(snapshot, "api.example.com", "/%2e%2e/admin/"), "path-ambiguous");
    snapshot_unref(&snapshot);
}

static void settings_reach_listeners_and_backends(void **state) {
    struct snapshot *snapshot = planning_snapshot(
        *state,
        "backends:\n  api:\n    servers: [127.0.0.1:1, 127.0.0.1:2]\n    forward: {profiles: [x_ssl_client_cert, verdict]}\n"
        "    on_protected_header: strip\n    timeouts: {connect: 1s, response: 2s, body_idle: 3s, idle: 4s}\n"
        "    pool: {idle_per_worker: 5}\n    passive_health: {failures: 6, pause: 7s}\n    retries: {count: 0}\n"
        "    limits: {response_head: 8KB, response_headers: 9}\n"
        "workers: 4\nlimits: {connections: 10, connections_per_address: 11, handshakes: 0, requests: 18, memory: 23MB, descriptors: 240}\ndrain: 12s\n"
        "tickets: {lifetime: 13m}\nlog: {access: off}\n"
        "listeners:\n  - name: public\n    bind: [127.0.0.1:8443, \"[::1]:8443\"]\n"
        "    proxy_protocol: {from: 10.0.0.0/8}\n"
        "    limits: {request_head: 14KB, request_headers: 15, body: 16, min_body_rate: 19}\n"
        "    timeouts: {handshake: 17s, body_grace: 20s, body_idle: 21s}\n"
        "    hosts: [{names: a.test, limits: {connections: 22}}]\n" PLANNING_CERTIFICATES PLANNING_ROUTES);
    const struct plan_listener *listener = first(snapshot);
    const struct plan_route *route = &listener->routes[0];
    const struct backend *backend = route->backend;
    assert_int_equal(backend->server_count, 2);
    assert_string_equal(backend->servers[1].server->label, "127.0.0.1:2");
    assert_int_equal(route->profiles.bits, 1u << VOUCH_X_SSL_CLIENT_CERT | 1u << VOUCH_VERDICT);
    assert_true(route->strip_protected);
    assert_int_equal(backend->connect_timeout_ms, 1000);
    assert_int_equal(backend->response_timeout_ms, 2000);
    assert_int_equal(backend->body_idle_timeout_ms, 3000);
    assert_int_equal(backend->idle_timeout_ms, 4000);
    assert_int_equal(backend->idle_max, 5);
    assert_int_equal(backend->eject.failures, 6);
    assert_int_equal(backend->eject.pause_ms, 7000);
    assert_int_equal(backend->retries_max, 0);
    assert_int_equal(backend->limits.head_bytes, 8192);
    assert_int_equal(backend->limits.fields, 9);
    assert_int_equal(snapshot_limits(snapshot)->connections, 3); /* of 10, among 4 workers, rounded up */
    assert_int_equal(snapshot_limits(snapshot)->connections_per_address, 11);
    assert_int_equal(snapshot_limits(snapshot)->handshakes, 0);
    assert_int_equal(snapshot_limits(snapshot)->requests, 5); /* of 18 */
    assert_int_equal(snapshot_limits(snapshot)->memory_bytes, 23 << 20);
    assert_int_equal(snapshot_limits(snapshot)->descriptors, 240);
    assert_int_equal(snapshot_drain_ms(snapshot), 12000);
    assert_int_equal(snapshot_ticket_lifetime_s(snapshot), 13 * 60);
    assert_false(snapshot_logs_access(snapshot));
    assert_int_equal(listener->bind_count, 2);
    assert_int_equal(listener->proxy_network_count, 1);
    assert_int_equal(listener->request_limits.head_bytes, 14 << 10);
    assert_int_equal(listener->request_limits.target_bytes, 7 << 10);
    assert_int_equal(listener->request_limits.fields, 15);
    assert_int_equal(listener->body_max_bytes, 16);
    assert_int_equal(listener->timeouts.handshake_ms, 17000);
    assert_int_equal(listener->body_pace.bytes_per_s, 19);
    assert_int_equal(listener->body_pace.grace_ms, 20000);
    assert_int_equal(listener->body_pace.idle_ms, 21000);
    assert_int_equal(listener->hosts[0].connections, 0);
    assert_int_equal(listener->hosts[1].connections, 6); /* of 22 */
    snapshot_unref(&snapshot);
}

/* `text` is refused with exactly these lines ("line:column" and how the sentence begins), in any order. */
static void refuses(struct planning *planning, const char *text, const char *const *expected, size_t count) {
    struct snapshot *snapshot = planning_try(planning, text);
    assert_null(snapshot);
    for (size_t i = 0; i < planning->errors.count; i++) {
        char line[ERROR_SENTENCE_MAX + 32];
        bool found = false;
        snprintf(line, sizeof(line), "%u:%u: %s", planning->errors.items[i].line, planning->errors.items[i].column,
                 planning->errors.items[i].sentence);
        for (size_t at = 0; at < count; at++)
            found = found || strncmp(line, expected[at], strlen(expected[at])) == 0;
        if (!found)
            fail_msg("%s", line);
    }
    assert_int_equal(planning->errors.total, count);
    error_list_fini(&planning->errors);
}

static void what_does_not_hold_is_refused_with_its_place(void **state) {
    refuses(*state,
            PLANNING_LISTENER
            "    certificates: [{certificate: garbage.pem, private_key: server.key}]\n" PLANNING_ROUTES
            "    client_auth: {mode: required, trust: garbage.pem}\n"
            "    hosts: [{names: a, client_auth: {mode: off}}, {names: b, client_auth: {mode: off}}]\n",
            (const char *[]){"5:34: ", "7:42: "}, 2);
    refuses(*state,
            PLANNING_LISTENER "    certificates: [{certificate: server.pem, private_key: other.key}]\n" PLANNING_ROUTES,
            (const char *[]){"5:"}, 1);
    refuses(*state, PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES "    tls: {ciphers: NONSENSE}\n",
            (const char *[]){"7:10: "}, 1);
    refuses(*state,
            PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
            "    client_auth: {mode: required, trust: server.pem}\n",
            (const char *[]){"7:42: "}, 1);
}

static void a_broken_bundle_is_refused(void **state) {
    struct planning *planning = *state;
    assert_null(snapshot_new(slice_text("nonsense"), &planning->context, &planning->errors));
    assert_int_equal(planning->errors.total, 1);
}

static void names_of_a_hostile_bundle_may_lead_nowhere(void **state) {
    struct planning *planning = *state;
    struct settings *settings = planning_settings(planning,
                                                  PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
                                                  "    hosts: [{names: a}]\n    default_host: a\n");
    settings->listeners[0].routes[0].backend = "nobody";
    settings->listeners[0].default_host = "nowhere";
    settings->listeners[0].hosts[0].client_auth.mode = TLS_CLIENT_AUTH_REQUIRED;
    settings->listeners[0].hosts[0].client_auth.trust_count = 0;
    assert_true(bundle_write(settings, &planning->bundle));
    assert_null(snapshot_new(buf_view(&planning->bundle), &planning->context, &planning->errors));
    assert_int_equal(planning->errors.total, 3);
}

/* How many of the endpoints of `text` are those of the snapshot before. */
static size_t reused(struct planning *planning, struct snapshot **running, const char *text) {
    planning->context.previous = *running;
    struct snapshot *next = planning_snapshot(planning, text);
    size_t count = snapshot_endpoints_reused(next);
    snapshot_unref(running);
    *running = next;
    return count;
}

static void what_did_not_change_is_taken_over(void **state) {
    struct planning *planning = *state;
    struct snapshot *running = NULL;
    static const char before[] = PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES HOSTS;
    static const char certificate[] = PLANNING_LISTENER
        "    certificates: [{certificate: other.pem, private_key: other.key}]\n" PLANNING_ROUTES HOSTS;
    assert_int_equal(reused(planning, &running, before), 0);
    assert_int_equal(reused(planning, &running, before), 4);
    assert_int_equal(reused(planning, &running,
                            PLANNING_LISTENER PLANNING_CERTIFICATES "    routes: [{backend: web}]\n" HOSTS),
                     4);
    assert_int_equal(reused(planning, &running, certificate), 0);
    assert_int_equal(
        reused(
            planning, &running,
            PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
            "    hosts: [{names: a.example.com}, {names: secret.example.com, client_auth: {mode: required, trust: ca.pem}}]\n"),
        0);
    assert_int_equal(
        reused(
            planning, &running,
            PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
            "    hosts: [{names: a.example.com}, {names: secret.example.com, client_auth: {mode: required, trust: other-ca.pem}}]\n"),
        2);
    assert_string_equal(answers(running, "a.example.com"), "a.example.com");
    snapshot_unref(&running);
}

static void references_are_counted(void **state) {
    struct snapshot *snapshot = planning_snapshot(*state, PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES);
    struct snapshot *other = snapshot_ref(snapshot);
    snapshot_unref(&snapshot);
    assert_null(snapshot);
    assert_string_equal(answers(other, "x"), "own");
    snapshot_unref(&other);
    snapshot_unref(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_lead_to_hosts, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(the_default_is_never_the_laxest, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_listener_without_certificates_refuses_unknown_names, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(policies_are_told_apart_by_what_they_ask_for, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(requests_find_their_route, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(settings_reach_listeners_and_backends, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_hold_is_refused_with_its_place, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(a_broken_bundle_is_refused, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(names_of_a_hostile_bundle_may_lead_nowhere, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(what_did_not_change_is_taken_over, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(references_are_counted, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
