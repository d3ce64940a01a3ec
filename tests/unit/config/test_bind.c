/* Tests of config/bind: defaults, inheritance, and every error with its place. */
#include "loading.h"

#include "config/bind.h"

#define MINIMAL LOADING_LISTENER LOADING_CERTIFICATES LOADING_BACKENDS

static void defaults_are_safe(void **state) {
    struct settings *settings = loading_accepts(*state, MINIMAL);
    const struct settings_listener *listener = &settings->listeners[0];
    const struct settings_backend *backend = &settings->backends[0];
    assert_int_equal(settings->workers, 0);
    assert_string_equal(settings->user, "sallyport");
    assert_string_equal(settings->control.socket, "/run/sallyport/control.sock");
    assert_string_equal(settings->log.access, SETTINGS_LOG_STDERR);
    assert_true(settings->tickets.enabled);
    assert_int_equal(settings->tickets.lifetime_ms, 8 * 3600 * 1000);
    assert_int_equal(settings->drain_ms, 30000);
    assert_int_equal(settings->limits.connections, 10000);
    assert_int_equal(listener->tls.min_version, TLS_VERSION_12);
    assert_int_equal(listener->tls.max_version, TLS_VERSION_13);
    assert_null(listener->tls.ciphers);
    assert_int_equal(listener->tls.alpn_count, 1);
    assert_int_equal(listener->client_auth.mode, TLS_CLIENT_AUTH_OFF);
    assert_int_equal(listener->client_auth.depth, 5);
    assert_int_equal(listener->client_auth.min_rsa_bits, 2048);
    assert_int_equal(listener->proxy_protocol.from_count, 0);
    assert_int_equal(listener->limits.request_head_bytes, 32768);
    assert_int_equal(listener->timeouts.handshake_ms, 10000);
    assert_int_equal(backend->on_protected_header, SETTINGS_PROTECTED_HEADER_REFUSE);
    assert_int_equal(backend->forward.profile_count, 1);
    assert_int_equal(backend->forward.profiles[0], VOUCH_RFC9440);
    assert_int_equal(backend->passive_health.failures, 3);
    assert_int_equal(backend->retries.count, 1);
}

static void reads_what_is_given(void **state) {
    struct settings *settings = loading_accepts(
        *state,
        "workers: 4\nlog: {access: off, refusals: r.log}\ndrain: 0\n"
        "backends:\n  api:\n    servers: 127.0.0.1:1\n    forward: {profiles: [verdict, x_ssl_client_cert]}\n"
        "    retries: {count: 0}\n" LOADING_LISTENER LOADING_CERTIFICATES
        "    proxy_protocol: {from: [10.0.0.0/8, \"::1/128\"]}\n"
        "    client_auth: {mode: required, trust: [a.pem, /b.pem]}\n");
    const struct settings_listener *listener = &settings->listeners[0];
    assert_int_equal(settings->workers, 4);
    assert_string_equal(settings->log.access, "off");
    assert_string_equal(settings->log.refusals, "gate/r.log");
    assert_int_equal(settings->drain_ms, 0);
    assert_string_equal(settings->backends[0].name, "api");
    assert_int_equal(settings->backends[0].place.line, 5);
    assert_int_equal(settings->backends[0].server_count, 1);
    assert_int_equal(settings->backends[0].forward.profiles[1], VOUCH_X_SSL_CLIENT_CERT);
    assert_int_equal(settings->backends[0].retries.count, 0);
    assert_int_equal(listener->place.line, 10);
    assert_int_equal(listener->proxy_protocol.from_count, 2);
    assert_int_equal(listener->client_auth.mode, TLS_CLIENT_AUTH_REQUIRED);
    assert_int_equal(listener->client_auth.trust_count, 2);
    assert_string_equal(listener->client_auth.trust[0].path, "gate/a.pem");
    assert_string_equal(listener->client_auth.trust[1].path, "/b.pem");
    assert_int_equal(listener->client_auth.trust[1].place.line, 15);
    assert_string_equal(listener->certificates[0].private_key.path, "gate/g.key");
}

static void hosts_inherit_value_by_value(void **state) {
    struct settings *settings = loading_accepts(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    hosts:\n"
        "      - {names: a.example, client_auth: {mode: \"off\"}}\n"
        "      - {names: [b.example, \"*.b.example\"], tls: {min_version: 1.3}}\n"
        "      - {names: c.example, client_auth: {trust: other.pem}, certificates: [{certificate: c.pem, private_key: c.key}]}\n"
        "    client_auth: {mode: required, trust: ca.pem, depth: 2}\n"
        "    tls: {groups: X25519}\n" LOADING_BACKENDS);
    const struct settings_listener *listener = &settings->listeners[0];
    const struct settings_host *a = &listener->hosts[0], *b = &listener->hosts[1], *c = &listener->hosts[2];
    assert_int_equal(a->client_auth.mode, TLS_CLIENT_AUTH_OFF);
    assert_int_equal(a->client_auth.depth, 2);
    assert_int_equal(a->client_auth.place.line, 7);
    assert_ptr_equal(a->certificates, listener->certificates);
    assert_int_equal(b->client_auth.mode, TLS_CLIENT_AUTH_REQUIRED);
    assert_int_equal(b->client_auth.place.line, 10);
    assert_int_equal(b->tls.min_version, TLS_VERSION_13);
    assert_string_equal(b->tls.groups, "X25519");
    assert_int_equal(c->client_auth.mode, TLS_CLIENT_AUTH_REQUIRED);
    assert_string_equal(c->client_auth.trust[0].path, "gate/other.pem");
    assert_string_equal(c->certificates[0].certificate.path, "gate/c.pem");
    assert_int_equal(c->tls.min_version, TLS_VERSION_12);
}

static void unknown_keys_get_a_suggestion(void **state) {
    loading_refuses(
        *state,
        "wrokers: 2\nnonsense: 1\n" LOADING_LISTENER "    listen: 1\n" LOADING_CERTIFICATES
        "backends: {api: {server: 1, name: x}}\n",
        "1:1: unknown key \"wrokers\" in the file; did you mean \"workers\"?\n"
        "2:1: unknown key \"nonsense\" in the file\n"
        "7:5: unknown key \"listen\" in a listener; did you mean \"bind\"?\n"
        "9:12: \"servers\" is missing in a backend: The servers, by address: IPv4, [IPv6], a name, or a Unix socket; or as maps "
        "that say more of them.\n"
        "9:18: unknown key \"server\" in a backend; did you mean \"servers\"?\n"
        "9:29: unknown key \"name\" in a backend\n");
    loading_refuses(*state,
                    "lisen: 1\n" LOADING_BACKENDS
                    "listeners: [{lisen: 1, name: a, bind: 1.2.3.4:5, routes: [{backend: api}]}]\n",
                    "1:1: unknown key \"lisen\" in the file\n"
                    "3:14: unknown key \"lisen\" in a listener; did you mean \"bind\"?\n");
}

static void missing_keys_are_named(void **state) {
    loading_refuses(
        *state, "listeners:\n  - name: x\nbackends: {}\n",
        "2:5: \"bind\" is missing in a listener: Address and port to listen on, or the path of a Unix socket; several as a list, IPv6 in "
        "brackets: \"[::]:8443\".\n"
        "3:11: \"backends\" must not be empty\n");
    loading_refuses(
        *state, LOADING_LISTENER LOADING_CERTIFICATES "    proxy_protocol: {}\n" LOADING_BACKENDS,
        "6:21: \"from\" is missing in proxy_protocol: Networks of the senders. From them the header is required; "
        "from others it is never read.\n");
}

static void wrong_shapes_say_what_was_expected_and_found(void **state) {
    loading_refuses(*state, "- a\n", "1:1: expected a map of settings such as \"listeners: …\", found a list\n");
    loading_refuses(*state, "workers: [1]\nlog: stderr\ntickets:\ndrain: {}\nlisteners: {a: 1}\nbackends: [a]\n",
                    "1:10: \"workers\": expected a whole number, found a list\n"
                    "2:6: \"log\": expected a map of settings, found a single value\n"
                    "3:9: \"tickets\": expected a map of settings, found nothing\n"
                    "4:8: \"drain\": expected a duration such as \"10s\", \"1m30s\" or \"500ms\", found a map\n"
                    "5:12: \"listeners\": expected a list, found a map\n"
                    "6:11: \"backends\": expected a map of names to settings, found a list\n");
    loading_refuses(
        *state, "listeners: [a, {name: x, bind: [[1]], routes: [{backend: }]}]\nbackends: {a: b}\n",
        "1:13: a listener has to be a map of settings, found a single value\n"
        "1:33: an element of \"bind\": expected an address such as \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/app.sock\" (names are not resolved), "
        "found a list\n"
        "1:58: \"backend\": expected a name of letters, digits, \"-\", \"_\" and \".\", at most 63, found nothing\n"
        "2:15: a backend has to be a map of settings, found a single value\n");
}

static void wrong_values_are_all_reported(void **state) {
    loading_refuses(
        *state,
        "workers: 65\ntickets: {enabled: yes, lifetime: 8d}\n" LOADING_LISTENER LOADING_CERTIFICATES
        "    client_auth: {mode: on, trust: []}\n    tls: {alpn: h3}\n"
        "backends: {\"a b\": {servers: [\"localhost\"], pool: {idle_per_worker: -1}}}\n",
        "1:10: \"workers\": has to be between 1 and 64, found \"65\"\n"
        "2:20: \"enabled\": expected true or false, found \"yes\"\n"
        "2:35: \"lifetime\": has to be between 1m and 7d, found \"8d\"\n"
        "8:25: \"mode\": expected off, request, optional, required, any_with_proof or "
        "report_only, found \"on\"\n"
        "9:17: \"alpn\": expected http/1.1 or h2, found \"h3\"\n"
        "10:12: the name of a backend: expected a name of letters, digits, \"-\", \"_\" and \".\", at most 63, "
        "found \"a b\"\n"
        "10:30: \"address\": expected an address such as \"127.0.0.1:8080\", \"[::1]:8080\", "
        "\"app.internal:8080\" or \"unix:/run/app.sock\", found \"localhost\"\n"
        "10:68: \"idle_per_worker\": expected a whole number, found \"-1\"\n");
}

static void lists_are_bounded(void **state) {
    char text[1024] = LOADING_LISTENER "    certificates: [";
    for (int i = 0; i < 9; i++)
        strcat(text, "{},");
    strcat(text, "]\n" LOADING_BACKENDS);
    loading_refuses(*state, text, "5:19: \"certificates\" has 9 elements; at most 8 are allowed\n");
}

static void places_are_those_of_given_values(void **state) {
    struct loading *loading = *state;
    struct bind_places places;
    bind_places_init(&places);
    struct slice text = slice_text("workers: 3\nbackends: {api: {servers: [1.2.3.4:5, 1.2.3.4:6]}}\n");
    const struct yamldoc_node *root = yamldoc_parse(&loading->arena, text, "a.yaml", &loading->errors);
    struct settings *settings = bind_settings(root, slice_text("."), &loading->arena, &places, &loading->errors);
    assert_int_equal(bind_place(&places, &settings->workers).line, 1);
    assert_int_equal(bind_place(&places, &settings->drain_ms).line, 0);
    assert_int_equal(bind_place(&places, &settings->backends[0].name).column, 12);
    assert_int_equal(bind_place(&places, &settings->backends[0].servers[1].address).column, 39);
    bind_places_fini(&places);
}

/* A server may be its address alone, or a map of which the address is one row. */
static void a_single_value_may_stand_for_a_map(void **state) {
    struct settings *settings = loading_accepts(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "backends:\n  one: {servers: 127.0.0.1:1}\n  map: {servers: {address: 127.0.0.1:2, name: two}}\n"
        "  api: {servers: [127.0.0.1:3, {name: four, address: 127.0.0.1:4}]}\n");
    char text[ADDR_TEXT_MAX];
    assert_int_equal(settings->backends[0].server_count, 1);
    assert_null(settings->backends[0].servers[0].name);
    assert_int_equal(settings->backends[0].servers[0].place.line, 7);
    assert_string_equal(settings->backends[1].servers[0].name, "two");
    addr_text(&settings->backends[2].servers[0].address.addr, text);
    assert_string_equal(text, "127.0.0.1:3");
    addr_text(&settings->backends[2].servers[1].address.addr, text);
    assert_string_equal(text, "127.0.0.1:4");
    loading_refuses(
        *state, LOADING_LISTENER LOADING_CERTIFICATES "backends: {api: {servers: [{name: x}, [1]]}}\n",
        "6:28: \"address\" is missing in a server: Where it listens: IPv4, [IPv6], a name, or a Unix socket. "
        "A name stands for a server at each of its addresses.\n"
        "6:39: a server has to be a map of settings, found a list\n");
}

/* A struct within a struct that is given in part stays the listener's where it says nothing. */
static void inheritance_goes_all_the_way_down(void **state) {
    struct settings *settings = loading_accepts(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    client_auth: {mode: required, trust: a.pem}\n"
        "    client_limits: {identity: {by: subject, requests_per_second: 7}, address: {burst: 3, requests_per_second: 1}}\n"
        "    hosts:\n"
        "      - {names: a.example, client_limits: {identity: {connections: 2}}}\n"
        "      - {names: b.example, client_limits: {}}\n" LOADING_BACKENDS);
    const struct settings_host *hosts = settings->listeners[0].hosts;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(hosts[i].client_limits.identity.by, SETTINGS_IDENTITY_BY_SUBJECT);
        assert_int_equal(hosts[i].client_limits.identity.requests_per_second, 7);
        assert_int_equal(hosts[i].client_limits.address.burst, 3);
    }
    assert_int_equal(hosts[0].client_limits.identity.connections, 2);
    assert_int_equal(hosts[1].client_limits.identity.connections, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_single_value_may_stand_for_a_map, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(inheritance_goes_all_the_way_down, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(defaults_are_safe, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(reads_what_is_given, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(hosts_inherit_value_by_value, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(unknown_keys_get_a_suggestion, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(missing_keys_are_named, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(wrong_shapes_say_what_was_expected_and_found, loading_set_up,
                                        loading_tear_down),
        cmocka_unit_test_setup_teardown(wrong_values_are_all_reported, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(lists_are_bounded, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(places_are_those_of_given_values, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
