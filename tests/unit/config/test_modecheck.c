/* Tests of config/modecheck: what has no effect where clients do not speak TLS, and what is missing. */
#include "loading.h"

static void a_clear_listener_needs_no_certificates(void **state) {
    struct settings *settings = loading_accepts(*state, LOADING_LISTENER "    clear: true\n" LOADING_BACKENDS);
    assert_true(settings->listeners[0].clear);
    settings = loading_accepts(*state, LOADING_LISTENER LOADING_CERTIFICATES LOADING_BACKENDS);
    assert_false(settings->listeners[0].clear);
    loading_refuses(*state, LOADING_LISTENER LOADING_BACKENDS,
                    "2:5: this listener has no certificates: give \"certificates\"\n");
    loading_refuses(*state, LOADING_LISTENER "    clear: false\n" LOADING_BACKENDS,
                    "2:5: this listener has no certificates: give \"certificates\"\n");
}

static void a_clear_listener_has_no_use_for_tls(void **state) {
#define NO_USE(key) "\"" key "\" has no effect: \"clear\" is true: clients do not speak TLS here\n"
    loading_refuses(
        *state,
        LOADING_LISTENER "    clear: true\n" LOADING_CERTIFICATES "    tls: {min_version: 1.3}\n"
                         "    client_auth: {mode: request}\n"
                         "    hosts: [{names: a.example}]\n"
                         "    default_host: a.example\n"
                         "    client_limits: {address: {handshakes_per_second: 5}}\n" LOADING_BACKENDS,
        "6:19: " NO_USE("certificates") "7:10: " NO_USE("tls") "8:18: " NO_USE("client_auth") "9:12: " NO_USE(
            "hosts") "10:19: " NO_USE("default_host") "11:54: " NO_USE("handshakes_per_second"));
#undef NO_USE
}

static void a_clear_listener_may_stand_on_a_unix_socket(void **state) {
    struct settings *settings = loading_accepts(
        *state,
        "listeners: [{name: local, bind: \"unix:run/in.sock\", clear: true, routes: [{backend: api}]}]\n" LOADING_BACKENDS);
    char text[ADDR_TEXT_MAX];
    addr_text(&settings->listeners[0].binds[0], text);
    assert_string_equal(text, "unix:gate/run/in.sock");
}

/* A listener without routes, whose next row is in line 4. */
#define BARE                                                                                                           \
    "listeners:\n"                                                                                                     \
    "  - name: public\n"                                                                                               \
    "    bind: 0.0.0.0:8443\n"

static void a_mode_needs_its_way_to_servers(void **state) {
    loading_refuses(*state, BARE LOADING_CERTIFICATES LOADING_BACKENDS,
                    "2:5: \"routes\" is missing in a listener: which backend answers which request\n");
    loading_refuses(*state, BARE LOADING_CERTIFICATES "    mode: tcp\n" LOADING_BACKENDS,
                    "2:5: \"backend\" is missing in a listener whose \"mode\" is not http: where connections go to\n");
    loading_refuses(*state, BARE "    mode: passthrough\n" LOADING_BACKENDS,
                    "2:5: \"backend\" is missing in a listener whose \"mode\" is not http: where connections go to\n");
    loading_refuses(*state, BARE "    mode: tcp\n    backend: api\n" LOADING_BACKENDS,
                    "2:5: this listener has no certificates: give \"certificates\"\n");
    loading_refuses(*state, BARE "    mode: passthrough\n    backend: apis\n" LOADING_BACKENDS,
                    "5:14: there is no backend \"apis\"; did you mean \"api\"?\n");
    loading_refuses(*state,
                    BARE LOADING_CERTIFICATES "    hosts: [{names: a, mode: tcp}, {names: b}]\n" LOADING_BACKENDS,
                    "2:5: \"routes\" is missing in a listener: which backend answers which request\n"
                    "5:13: \"backend\" is missing in a host whose \"mode\" is not http: where connections go to\n");
    loading_refuses(*state, BARE "    mode: passthrough\n    hosts: [{alpn: h2}, {backend: api}]\n" LOADING_BACKENDS,
                    "5:13: \"backend\" is missing in a host whose \"mode\" is not http: where connections go to\n"
                    "5:25: \"names\" is missing in a host: server names (SNI) of this host\n");
}

static void modes_stand_beside_each_other(void **state) {
    struct settings *settings = loading_accepts(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    mode: passthrough\n    backend: api\n    no_sni_host: refuse\n"
        "    hosts: [{names: a}, {names: b, mode: tcp}, {names: c, mode: http}, {names: a, alpn: [x, y]}, {alpn: x}]\n" LOADING_BACKENDS);
    const struct settings_listener *listener = &settings->listeners[0];
    static const enum settings_mode modes[] = {SETTINGS_MODE_PASSTHROUGH, SETTINGS_MODE_TCP, SETTINGS_MODE_HTTP,
                                               SETTINGS_MODE_PASSTHROUGH, SETTINGS_MODE_PASSTHROUGH};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(listener->hosts[i].mode, modes[i]);
    assert_string_equal(listener->hosts[1].backend, "api");
    loading_accepts(*state, BARE "    mode: tcp\n    clear: true\n    backend: api\n" LOADING_BACKENDS);
}

static void http_has_no_use_for_a_backend(void **state) {
    loading_refuses(*state, LOADING_LISTENER LOADING_CERTIFICATES "    backend: api\n" LOADING_BACKENDS,
                    "6:14: \"backend\" has no effect: \"mode\" is http: give \"routes\" instead\n");
    loading_refuses(*state,
                    LOADING_LISTENER LOADING_CERTIFICATES
                    "    hosts: [{names: a, backend: api, alpn: h2}]\n" LOADING_BACKENDS,
                    "6:33: \"backend\" has no effect: \"mode\" is http: give \"routes\" to the listener instead\n"
                    "6:44: \"alpn\" has no effect: \"mode\" is http: give \"tls.alpn\" instead\n");
}

static void what_is_not_decrypted_has_no_use_for_tls(void **state) {
#define NO_END(key) "\"" key "\" has no effect: \"mode\" is passthrough: TLS does not end here\n"
    loading_refuses(*state,
                    BARE "    mode: passthrough\n    backend: api\n" LOADING_CERTIFICATES
                         "    tls: {min_version: 1.3}\n"
                         "    client_auth: {mode: request}\n" LOADING_BACKENDS,
                    "6:19: " NO_END("certificates") "7:10: " NO_END("tls") "8:18: " NO_END("client_auth"));
    loading_refuses(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    hosts:\n      - names: a\n        mode: passthrough\n        backend: api\n"
        "        certificates: [{certificate: g.pem, private_key: g.key}]\n        tls: {min_version: 1.3}\n"
        "        client_auth: {mode: request}\n" LOADING_BACKENDS,
        "10:23: " NO_END("certificates") "11:14: " NO_END("tls") "12:22: " NO_END("client_auth"));
    loading_refuses(
        *state, BARE "    mode: passthrough\n    backend: api\n    clear: true\n" LOADING_BACKENDS,
        "6:12: \"clear\" does not go with \"mode: passthrough\", which is for TLS; for other bytes \"mode\" is "
        "tcp\n");
#undef NO_END
}

static void tunnels_make_no_requests(void **state) {
    loading_refuses(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    mode: tcp\n    backend: api\n    timeouts: {request_head: 1s, idle: 1s}\n    limits: {body: 1KB}\n"
        "    client_limits: {address: {requests_per_second: 1}}\n    tls: {alpn: http/1.1}\n" LOADING_BACKENDS,
        "4:13: \"routes\" has no effect: no \"mode\" here is http: give \"backend\" instead\n"
        "8:30: \"request_head\" has no effect: no \"mode\" here is http: there are no requests\n"
        "8:40: \"idle\" has no effect: no \"mode\" here is http: give \"tunnel\" instead\n"
        "9:13: \"limits\" has no effect: no \"mode\" here is http: there are no requests\n"
        "10:52: \"requests_per_second\" has no effect: no \"mode\" here is http: there are no requests\n"
        "11:17: \"alpn\" has no effect: \"mode\" is tcp: give \"alpn\" to a host\n");
    loading_refuses(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    hosts: [{names: a, mode: tcp, backend: api, allow: {path: /x}}]\n" LOADING_BACKENDS,
        "6:63: \"path\" is of a request, but here are connections whose \"mode\" is not http: they make none\n");
    loading_refuses(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    deny: {method: POST}\n    hosts: [{names: a, mode: passthrough, backend: api}]\n" LOADING_BACKENDS,
        "6:20: \"method\" is of a request, but here are connections whose \"mode\" is not http: they make none\n");
    loading_refuses(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    client_auth: {mode: any_with_proof}\n"
        "    hosts: [{names: a, mode: passthrough, backend: api, allow: {fingerprint: \"@f\"}}]\n" LOADING_BACKENDS,
        "7:78: \"fingerprint\" is of the client's certificate, but no client is asked for one here: \"mode\" of "
        "\"client_auth\" is off\n");
    loading_refuses(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    hosts: [{names: a, mode: tcp, backend: api, client_auth: {mode: any_with_proof, refuse_with: page}}]\n" LOADING_BACKENDS,
        "6:98: \"refuse_with\" has no effect: \"mode\" is tcp: there is no page to answer with\n");
}

static void a_name_and_a_protocol_lead_to_one_host(void **state) {
    loading_refuses(*state,
                    BARE "    mode: passthrough\n    backend: api\n"
                         "    hosts: [{names: [a, b], alpn: [x, y]}, {names: b, alpn: y}, {alpn: x}, {alpn: [z, x]}]\n"
                         "    default_host: b\n" LOADING_BACKENDS,
                    "6:61: the protocol \"y for b\" is given twice; first in line 6\n"
                    "6:87: the protocol \"x for any name\" is given twice; first in line 6\n"
                    "7:19: default_host \"b\" is no host of this listener\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clear_listener_needs_no_certificates, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_clear_listener_has_no_use_for_tls, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_clear_listener_may_stand_on_a_unix_socket, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_mode_needs_its_way_to_servers, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(modes_stand_beside_each_other, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(http_has_no_use_for_a_backend, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_decrypted_has_no_use_for_tls, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(tunnels_make_no_requests, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_name_and_a_protocol_lead_to_one_host, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
