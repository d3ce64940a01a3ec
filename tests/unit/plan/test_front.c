/* Tests of plan/front: hosts of one listener, made without the rest of a snapshot; and many of them. */
#include "planning.h"

#include "plan/front.h"

static struct endpoints endpoints; /* of the listener below */
static struct back back;

/* Builds the first listener of `settings`; the caller drops it. */
static bool build(struct planning *planning, const struct settings *settings, struct plan_listener *listener) {
    struct trusts trusts;
    struct front_context context = {.arena = &planning->arena,
                                    .settings = settings,
                                    .back = &back,
                                    .trusts = &trusts,
                                    .endpoints = &endpoints,
                                    .cache = planning->context.cache,
                                    .tickets = planning->context.tickets,
                                    .errors = &planning->errors};
    *listener = (struct plan_listener){.name = settings->listeners[0].name, .is_clear = settings->listeners[0].clear};
    const struct backtls_context backends = {.arena = &planning->arena,
                                             .settings = settings,
                                             .errors = &planning->errors};
    assert_true(back_build(&back, &backends, planning->context.upstream, NULL));
    endpoints_init(&endpoints, &planning->arena, NULL);
    trusts_init(&trusts, &planning->arena, settings, planning->context.now);
    bool done = front_build(&context, &settings->listeners[0], listener);
    trusts_fini(&trusts);
    return done;
}

static void drop(struct plan_listener *listener) {
    front_drop(listener);
    back_drop(&back);
    endpoints_fini(&endpoints);
}

static void hosts_say_what_they_ask_for_and_where(void **state) {
    struct planning *planning = *state;
    struct plan_listener listener;
    const struct settings *settings =
        planning_settings(planning,
                          PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
                          "    client_auth: {trust: ca.pem}\n"
                          "    hosts: [{names: a, client_auth: {mode: optional}}, {names: [b, c]}]\n");
    assert_true(build(planning, settings, &listener));
    assert_int_equal(listener.host_count, 3);
    assert_int_equal(listener.hosts[0].client_auth, TLS_CLIENT_AUTH_OFF);
    assert_int_equal(listener.hosts[0].name_count, 0);
    assert_int_equal(listener.hosts[1].client_auth, TLS_CLIENT_AUTH_OPTIONAL);
    assert_int_equal(listener.hosts[1].place.line, 8);
    assert_int_equal(listener.hosts[1].place.column, 37);
    assert_int_equal(listener.hosts[2].client_auth, TLS_CLIENT_AUTH_OFF);
    assert_string_equal(listener.hosts[2].names[1], "c");
    assert_ptr_equal(nameindex_get(listener.host_index, "c"), &listener.hosts[2]);
    assert_ptr_equal(listener.default_host, &listener.hosts[0]);
    drop(&listener);
}

/* required before any_with_proof before the listener's own, whatever that is. */
static void unknown_names_get_the_strictest_host(void **state) {
    struct planning *planning = *state;
    static const struct {
        const char *own, *first, *second;
        size_t strictest;
    } cases[] = {{"off", "any_with_proof", "required", 2},  {"request", "optional", "any_with_proof", 2},
                 {"any_with_proof", "required", "off", 1},  {"required", "required", "off", 0},
                 {"report_only", "optional", "request", 0}, {"off", "report_only", "optional", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan_listener listener;
        char text[2048];
        snprintf(text, sizeof(text),
                 PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
                 "    client_auth: {mode: \"%s\", trust: ca.pem}\n"
                 "    hosts: [{names: a, client_auth: {mode: \"%s\"}}, {names: b, client_auth: {mode: \"%s\"}},\n"
                 "            {names: c, client_auth: {mode: optional}}]\n",
                 cases[i].own, cases[i].first, cases[i].second);
        assert_true(build(planning, planning_settings(planning, text), &listener));
        assert_ptr_equal(listener.default_host, &listener.hosts[cases[i].strictest]);
        drop(&listener);
    }
}

static void modes_have_backends_and_digests_of_their_own(void **state) {
    struct planning *planning = *state;
    struct plan_listener listener;
    const struct settings *settings = planning_settings(
        planning,
        PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
        "    mode: passthrough\n    backend: web\n    client_auth: {mode: required, trust: ca.pem}\n"
        "    no_sni_host: refuse\n"
        "    hosts: [{names: a}, {names: b, mode: tcp, backend: api, alpn: [x, y]}, {names: c, mode: http}, {names: d, mode: tcp}]\n");
    assert_true(build(planning, settings, &listener));
    const struct plan_host *hosts = listener.hosts;
    assert_int_equal(hosts[0].mode, PLAN_MODE_PASSTHROUGH);
    assert_string_equal(hosts[0].backend->name, "web");
    assert_null(hosts[0].endpoint);
    assert_int_equal(hosts[0].client_auth, TLS_CLIENT_AUTH_OFF);
    assert_int_equal(hosts[2].mode, PLAN_MODE_TCP);
    assert_string_equal(hosts[2].backend->name, "api");
    assert_non_null(hosts[2].endpoint);
    assert_int_equal(hosts[2].client_auth, TLS_CLIENT_AUTH_REQUIRED);
    assert_int_equal(hosts[3].mode, PLAN_MODE_HTTP);
    assert_null(hosts[3].backend);
    assert_ptr_equal(listener.default_host, &hosts[0]); /* although others require certificates */
    assert_null(listener.no_sni_host);
    assert_memory_equal(hosts[0].policy_digest, hosts[1].policy_digest, sizeof hosts[0].policy_digest);
    assert_memory_equal(hosts[2].policy_digest, hosts[4].policy_digest, sizeof hosts[0].policy_digest);
    assert_memory_not_equal(hosts[0].policy_digest, hosts[2].policy_digest, sizeof hosts[0].policy_digest);
    assert_memory_not_equal(hosts[2].policy_digest, hosts[3].policy_digest, sizeof hosts[0].policy_digest);
    assert_null(nameindex_get(listener.host_index, "b"));
    assert_ptr_equal(alpnindex_find(listener.alpn_index, slice_text("\x01y"), slice_text("b")), &hosts[2]);
    drop(&listener);
}

static void unknown_names_may_be_refused(void **state) {
    struct planning *planning = *state;
    struct plan_listener listener;
    const struct settings *settings =
        planning_settings(planning,
                          PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
                          "    hosts: [{names: a}, {names: b}]\n    default_host: refuse\n    no_sni_host: b\n");
    assert_true(build(planning, settings, &listener));
    assert_null(listener.default_host);
    assert_ptr_equal(listener.no_sni_host, &listener.hosts[2]);
    drop(&listener);
}

static void without_tls_there_is_a_host_and_no_endpoint(void **state) {
    struct planning *planning = *state;
    struct plan_listener listener;
    const struct settings *settings =
        planning_settings(planning, PLANNING_LISTENER PLANNING_ROUTES "    clear: true\n");
    assert_true(build(planning, settings, &listener));
    assert_null(listener.hosts[0].endpoint);
    assert_ptr_equal(listener.default_host, &listener.hosts[0]);
    assert_true(listener.hosts[0].refuses_by_page);
    drop(&listener);
}

/* By mode and by the way of refusing; but not by the help link. */
static void each_client_authentication_has_a_digest_of_its_own(void **state) {
    struct planning *planning = *state;
    struct plan_listener listener;
    const struct settings *settings = planning_settings(
        planning,
        PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
        "    client_auth: {mode: \"off\", trust: ca.pem}\n"
        "    hosts: [{names: a, client_auth: {mode: request}}, {names: b, client_auth: {mode: optional}},\n"
        "            {names: c, client_auth: {mode: required}}, {names: d, client_auth: {mode: any_with_proof}},\n"
        "            {names: e, client_auth: {mode: report_only}},\n"
        "            {names: f, client_auth: {mode: required, refuse_with: page}},\n"
        "            {names: g, client_auth: {mode: any_with_proof, refuse_with: page}},\n"
        "            {names: h, client_auth: {mode: required, refuse_with: page, help_link: \"https://h\"}}]\n");
    assert_true(build(planning, settings, &listener));
    for (size_t i = 0; i < 8; i++) {
        for (size_t other = 0; other < i; other++)
            assert_memory_not_equal(listener.hosts[i].policy_digest, listener.hosts[other].policy_digest, 32);
    }
    assert_memory_equal(listener.hosts[6].policy_digest, listener.hosts[8].policy_digest, 32);
    assert_true(listener.hosts[8].refuses_by_page);
    assert_string_equal(listener.hosts[8].help_link, "https://h");
    drop(&listener);
}

static void a_shared_mistake_is_told_once(void **state) {
    struct planning *planning = *state;
    struct plan_listener listener;
    const struct settings *settings =
        planning_settings(planning,
                          PLANNING_LISTENER "    certificates: [{certificate: server.pem, private_key: other.key}]\n"
                                            "    hosts: [{names: a}, {names: b}, {names: c}]\n" PLANNING_ROUTES);
    assert_false(build(planning, settings, &listener));
    assert_int_equal(planning->errors.total, 1);
    assert_int_equal(planning->errors.items[0].line, 5);
    drop(&listener);
}

static void a_thousand_hosts_are_found_by_name(void **state) {
    struct planning *planning = *state;
    struct plan_listener listener;
    struct buf text;
    buf_init(&text, 1 << 20);
    assert_true(buf_append_text(&text, PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES "    hosts:\n"));
    for (int i = 0; i < 1000; i++)
        assert_true(buf_printf(&text, "      - names: h%d.example.com\n", i));
    assert_true(buf_append_byte(&text, '\0'));
    assert_true(build(planning, planning_settings(planning, (const char *)buf_view(&text).data), &listener));
    for (int i = 0; i < 1000; i++) {
        char name[64];
        snprintf(name, sizeof(name), "h%d.example.com", i);
        assert_ptr_equal(nameindex_exact(listener.host_index, slice_text(name)), &listener.hosts[i + 1]);
    }
    drop(&listener);
    buf_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hosts_say_what_they_ask_for_and_where, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(unknown_names_get_the_strictest_host, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(modes_have_backends_and_digests_of_their_own, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(unknown_names_may_be_refused, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(without_tls_there_is_a_host_and_no_endpoint, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(each_client_authentication_has_a_digest_of_its_own, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(a_shared_mistake_is_told_once, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_thousand_hosts_are_found_by_name, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
