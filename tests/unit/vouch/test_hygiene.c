/* Every spelling of a protected name is found, and nothing that a client may send is. */
#include "vouch/hygiene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_action(const char *name, enum hygiene_action action) {
    if (hygiene_check(slice_text(name)) != action)
        fail_msg("%s", name);
}

static void identities_are_refused_in_every_spelling(void **state) {
    (void)state;
    static const char *const names[] = {
        "Client-Cert",
        "client-cert",
        "CLIENT_CERT",
        "Client.Cert",
        "cLiEnT_cErT",
        "Client-Cert-Chain",
        "Client_Cert_Chain",
        "Client-Cert-Verdict",
        "client.cert_verdict",
        "Client-Certificate",
        "Client-Cert-",
        "Client_Cert2",
        "X-SSL-Client-Cert",
        "x_ssl_client_verify",
        "X-Ssl-Client.S.Dn",
        "SSL-Client-Cert",
        "ssl_client_verify",
        "Ssl-Client-Subject-Dn",
        "X-Client-Cert",
        "X_Client_Cert",
        "X-Client-Cert-Hash",
        "X-Client-Certificate",
        "X-Forwarded-Client-Cert",
        "x_forwarded_client_cert",
        "X.Forwarded.Client.Cert",
        "X-Forwarded-Tls-Client-Cert",
        "X-Forwarded-Tls-Client-Cert-Info",
        "X-Amzn-Mtls-Clientcert",
        "X-Amzn-Mtls-Clientcert-Leaf",
        "x_amzn_mtls_clientcert_subject",
        "Cf-Client-Cert-Der-Base64",
        "cf_client_cert_sha256",
        "X-ARR-ClientCert",
        "x_arr_clientcert",
        "CloudFront-Viewer-Cert-Pem",
        "Client-To-Edge",
        "Client+Cert",
        "client~cert!chain",
        "X'SSL*Client|Cert",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_action(names[i], HYGIENE_REFUSE);
}

static void claims_of_proxies_are_stripped_and_never_refused(void **state) {
    (void)state;
    static const char *const names[] = {
        "X-Forwarded-For",    "x_forwarded_for",     "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port",
        "X-Forwarded-Prefix", "X.Forwarded.Server",  "X-Forwarded-User",  "Forwarded",        "FORWARDED",
        "X-Real-IP",          "x_real_ip",           "True-Client-IP",    "X-Client-Ip",      "X_Cluster_Client_IP",
        "CF-Connecting-IP",   "Fastly-Client-IP",    "X-SSL-Cert",        "X_SSL_Issuer",     "x-ssl-subject-dn",
        "X-TLS-Client-Cert",  "tls_client_cert",     "X-ClientCert",      "X-Client-Verify",  "X-Client-DN",
        "x-client-s-dn",      "X-Client-Subject-DN",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_action(names[i], HYGIENE_STRIP);
}

static void what_misleads_backends_is_stripped(void **state) {
    (void)state;
    static const char *const names[] = {"Proxy", "PROXY", "X-Original-URL", "x_rewrite_url", "X-SSL-DN"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_action(names[i], HYGIENE_STRIP);
    assert_action("Proxy-Authorization", HYGIENE_PASS);
    assert_action("Pragma", HYGIENE_PASS);
}

static void ordinary_fields_pass(void **state) {
    (void)state;
    static const char *const names[] = {
        "",
        "A",
        "Host",
        "Accept",
        "Cookie",
        "Content-Type",
        "Content-Length",
        "Cache-Control",
        "Connection",
        "Client-Cer",
        "Clientcert",
        "Client-Hints",
        "X-Request-Id",
        "X-Forwarded",
        "X-Real-Ip2",
        "Forwarded-For",
        "Traceparent",
        "Signature",
        "Signature-Input",
        "X-Requested-With",
        "Sec-Fetch-Mode",
        "Authorization",
        "Xclient-Cert",
        "X-Api-Client-Cert",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_action(names[i], HYGIENE_PASS);
}

static void a_name_that_is_cut_matches_nothing(void **state) {
    (void)state;
    assert_int_equal(hygiene_check(slice_of("Client-Cert", 10)), HYGIENE_PASS);
    assert_int_equal(hygiene_check(slice_of("Forwarded\0", 10)), HYGIENE_PASS);
}

static bool varies(const char *name, const char *value) {
    return hygiene_is_vary_on_identity(&(struct http_field){.name = slice_text(name), .value = slice_text(value)});
}

static void vary_on_identity(void **state) {
    (void)state;
    assert_true(varies("Vary", "Client-Cert"));
    assert_true(varies("vary", "Accept, client-cert-chain"));
    assert_true(varies("VARY", "Accept ,,\tX-SSL-Client-Cert , Cookie"));
    assert_false(varies("Vary", "Accept, Accept-Encoding, X-Forwarded-Proto"));
    assert_false(varies("Vary", "*"));
    assert_false(varies("Vary", ""));
    assert_false(varies("Very", "Client-Cert"));
    assert_false(varies("Vary", "Client-Cer"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_are_refused_in_every_spelling),
        cmocka_unit_test(claims_of_proxies_are_stripped_and_never_refused),
        cmocka_unit_test(what_misleads_backends_is_stripped),
        cmocka_unit_test(ordinary_fields_pass),
        cmocka_unit_test(a_name_that_is_cut_matches_nothing),
        cmocka_unit_test(vary_on_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
