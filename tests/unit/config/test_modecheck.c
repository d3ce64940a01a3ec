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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clear_listener_needs_no_certificates, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_clear_listener_has_no_use_for_tls, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_clear_listener_may_stand_on_a_unix_socket, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
