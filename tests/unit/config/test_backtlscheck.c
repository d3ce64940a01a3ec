/* Tests of config/backtlscheck: servers have to be told from others, and what is written has an effect. */
#include "loading.h"

/* A configuration whose backend has these TLS settings: they begin at 1:47. */
#define TLS(text) "backends: {api: {servers: 10.0.0.1:443, tls: {" text "}}}\n" LOADING_LISTENER LOADING_CERTIFICATES
#define SOCKET_TLS(text)                                                                                               \
    "backends: {api: {servers: \"unix:/s\", tls: {" text "}}}\n" LOADING_LISTENER LOADING_CERTIFICATES

static const struct settings_backend_tls *accepted(void **state, const char *text) {
    return &loading_accepts(*state, text)->backends[0].tls;
}

static void without_it_connections_are_clear(void **state) {
    assert_false(settings_backend_tls_is_on(accepted(state, LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES)));
    assert_true(settings_backend_tls_is_on(accepted(state, TLS("trust: ca.pem"))));
    assert_true(settings_backend_tls_is_on(accepted(state, TLS("insecure_skip_verify: true"))));
}

static void the_defaults_are_those_for_clients(void **state) {
    const struct settings_backend_tls *tls = accepted(state, TLS("trust: ca.pem"));
    assert_int_equal(tls->server.depth, 5);
    assert_int_equal(tls->server.min_rsa_bits, 2048);
    assert_int_equal(tls->server.profile, VERIFY_PROFILE_RFC5280);
    assert_int_equal(tls->server.extended_key_usage, VERIFY_USAGE_IF_PRESENT);
    assert_int_equal(tls->versions.max_version, TLS_VERSION_13);
    assert_int_equal(tls->staple, BACKSHAKE_STAPLE_OFF);
    assert_true(tls->session_resumption);
    assert_null(tls->name);
}

static void somebody_has_to_be_trusted(void **state) {
    loading_refuses(
        *state, TLS("name: api.internal"),
        "1:46: \"trust\" is missing: anybody could be the server (insecure_skip_verify would say that this is "
        "meant)\n");
}

static void skipping_leaves_nothing_to_check(void **state) {
#define NO_USE(key)                                                                                                    \
    "\"" key "\" has no effect: \"insecure_skip_verify\" is true: servers' certificates are not checked\n"
    loading_refuses(*state, TLS("insecure_skip_verify: true, trust: ca.pem, name: a.internal, staple: required"),
                    "1:82: " NO_USE("trust") "1:96: " NO_USE("name") "1:116: " NO_USE("staple"));
#undef NO_USE
}

static void names_have_to_be_some(void **state) {
    accepted(state, TLS("trust: ca.pem, name: \"::1\", sni: a.internal"));
    accepted(state, TLS("trust: ca.pem, name: 10.0.0.7, sni: off"));
    loading_refuses(*state, TLS("trust: ca.pem, name: \"*.internal\""),
                    "1:68: \"*.internal\" is no DNS name and no IP address that a certificate could be for\n");
    loading_refuses(*state, TLS("trust: ca.pem, name: 10.0.0.0/8"),
                    "1:68: \"10.0.0.0/8\" is no DNS name and no IP address that a certificate could be for\n");
    loading_refuses(*state, TLS("trust: ca.pem, spiffe_id: \"https://example.org/api\""),
                    "1:73: \"https://example.org/api\" is no SPIFFE id such as \"spiffe://example.org/api\"\n");
    loading_refuses(
        *state, TLS("trust: ca.pem, sni: 10.0.0.1"),
        "1:67: \"10.0.0.1\" is no DNS name: addresses are not sent as a server name (RFC 6066); \"off\" sends "
        "none\n");
}

static void a_socket_has_no_name(void **state) {
    loading_refuses(*state, SOCKET_TLS("trust: ca.pem"),
                    "1:43: a server on a Unix socket has no name by itself: give \"name\" or \"spiffe_id\"\n");
    accepted(state, SOCKET_TLS("trust: ca.pem, name: a.internal"));
    accepted(state, SOCKET_TLS("insecure_skip_verify: true"));
}

static void a_certificate_goes_with_its_key(void **state) {
    accepted(state, TLS("trust: ca.pem, certificate: c.pem, private_key: c.key"));
    loading_refuses(*state, TLS("trust: ca.pem, certificate: c.pem"),
                    "1:75: there is a \"certificate\", but no \"private_key\"\n");
    loading_refuses(*state, TLS("trust: ca.pem, private_key: c.key"),
                    "1:75: there is a \"private_key\", but no \"certificate\"\n");
}

static void responders_are_not_asked_about_servers(void **state) {
    loading_refuses(*state, TLS("trust: ca.pem, revocation: {ocsp: {mode: \"off\"}, close: at_once}"),
                    "1:81: \"ocsp\" has no effect: responders are not asked about servers; see \"staple\"\n"
                    "1:103: \"close\" has no effect: servers are looked up at each handshake\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_it_connections_are_clear, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(the_defaults_are_those_for_clients, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(somebody_has_to_be_trusted, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(skipping_leaves_nothing_to_check, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(names_have_to_be_some, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_socket_has_no_name, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_goes_with_its_key, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(responders_are_not_asked_about_servers, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
