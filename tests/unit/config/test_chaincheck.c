/* Tests of config/chaincheck, for clients and for servers alike. */
#include "loading.h"

#define FRONT(text)                                                                                                    \
    LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES "    client_auth: {mode: required, trust: c.pem, " text "}\n"
#define BACK(text)                                                                                                     \
    "backends: {api: {servers: 10.0.0.1:443, tls: {trust: c.pem, " text "}}}\n" LOADING_LISTENER LOADING_CERTIFICATES
#define NO_LISTS(where) where ": \"issuers\" are given, but no \"lists\"\n"
#define NO_GRACE(where) where ": \"grace\" is given, but \"stale\" is not grace\n"

static void what_is_said_of_lists_has_an_effect(void **state) {
    loading_refuses(*state, FRONT("revocation: {issuers: i.pem}"), NO_LISTS("7:71"));
    loading_refuses(*state, BACK("revocation: {issuers: i.pem}"), NO_LISTS("1:83"));
    loading_refuses(*state, FRONT("revocation: {lists: l.crl, grace: 1h}"), NO_GRACE("7:83"));
    loading_refuses(*state, BACK("revocation: {lists: l.crl, grace: 1h}"), NO_GRACE("1:95"));
    loading_accepts(*state, BACK("revocation: {lists: l.crl, stale: grace, grace: 1h}"));
}

static void a_version_has_to_be_left(void **state) {
    loading_refuses(*state, BACK("min_version: 1.3, max_version: 1.2"),
                    "1:74: min_version is higher than max_version: no TLS version is left\n");
    loading_refuses(*state, BACK("max_version: 1.2, ciphersuites: TLS_AES_128_GCM_SHA256"),
                    "1:93: \"ciphersuites\" are those of TLS 1.3, which max_version excludes\n");
    loading_refuses(*state, BACK("min_version: 1.3, ciphers: ECDHE+AESGCM"),
                    "1:88: \"ciphers\" are those of TLS 1.2, which min_version excludes\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_said_of_lists_has_an_effect, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_version_has_to_be_left, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
