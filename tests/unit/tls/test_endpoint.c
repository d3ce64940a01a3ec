/* What a host's settings may not be, and what its clients see of those that are good. */
#include "duo.h"

static struct duo_pki pki;
static struct duo duo;
static struct error_list errors;

static int set_up_all(void **state) {
    (void)state;
    tls_library_start();
    duo_pki_init(&pki);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    duo_pki_fini(&pki);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    duo_init(&duo, &pki);
    error_list_init(&errors);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    duo_fini(&duo);
    error_list_fini(&errors);
    return 0;
}

/* The endpoint is refused with one error that has these words in it. */
static void expect_error(const char *words) {
    error_list_fini(&errors);
    error_list_init(&errors);
    assert_null(tls_endpoint_new(&duo.settings, &errors));
    assert_int_equal(errors.count, 1);
    if (!strstr(errors.items[0].sentence, words))
        fail_msg("\"%s\" does not say \"%s\"", errors.items[0].sentence, words);
}

static void expect_good(void) {
    error_list_fini(&errors);
    error_list_init(&errors);
    struct tls_endpoint *endpoint = tls_endpoint_new(&duo.settings, &errors);
    assert_non_null(endpoint);
    assert_int_equal(errors.count, 0);
    tls_endpoint_unref(&endpoint);
}

static void algorithms_have_to_be_known(void **state) {
    (void)state;
    duo.settings.ciphersuites = "TLS_BOGUS";
    expect_error("\"TLS_BOGUS\" is unknown");
}

static void client_authentication_needs_a_trust(void **state) {
    (void)state;
    duo.settings.trust = NULL;
    expect_error("needs a trust");
    duo.settings.client_auth = TLS_CLIENT_AUTH_OFF;
    expect_good();
}

static void versions_have_to_be_in_order(void **state) {
    (void)state;
    duo.settings.min_version = TLS_VERSION_13;
    duo.settings.max_version = TLS_VERSION_12;
    expect_error("higher than the highest");
}

static void a_certificate_is_needed_and_one_of_each_type_at_most(void **state) {
    (void)state;
    struct minted second = duo_mint("second", MINT_SERVER, MINT_EC_P256, &pki.root);
    duo.settings.certificate_count = 0;
    expect_error("no certificate");
    duo.settings.certificate_count = 2;
    duo.certificates[1] = duo_certificate(&second);
    expect_error("type of key already");
    duo.certificates[1] = duo_certificate(&pki.server_rsa);
    expect_good();
    minted_fini(&second);
}

static void alpn_names_have_a_length(void **state) {
    (void)state;
    static char name[256];
    struct slice names[] = {{0}, slice_of(name, 255)};
    duo.settings.alpn = names;
    duo.settings.alpn_count = 1;
    expect_error("ALPN");
    duo.settings.alpn = names + 1;
    expect_good();
    names[0] = slice_text("h2");
    duo.settings.alpn = names;
    duo.settings.alpn_count = 2;
    expect_error("ALPN");
}

static void the_first_to_expire_counts(void **state) {
    (void)state;
    int64_t now = now_unix_ms() / 1000;
    struct mint_request request = {.common_name = "soon",
                                   .usage = MINT_SERVER,
                                   .not_before = now,
                                   .not_after = now + 500};
    struct minted soon = minted_request(&request, MINT_EC_P256, &pki.root);
    duo.certificates[0] = duo_certificate(&pki.server_rsa);
    duo.certificates[1] = duo_certificate(&soon);
    duo.settings.certificate_count = 2;
    struct tls_endpoint *endpoint = tls_endpoint_new(&duo.settings, &errors);
    struct tls_endpoint *second = tls_endpoint_ref(endpoint);
    assert_int_equal(tls_endpoint_expires(endpoint), now + 500);
    tls_endpoint_unref(&endpoint);
    assert_null(endpoint);
    assert_int_equal(tls_endpoint_expires(second), now + 500);
    tls_endpoint_unref(&second);
    minted_fini(&soon);
}

static void ca_names_are_told_when_asked_for(void **state) {
    (void)state;
    duo_expect(&duo, false);
    assert_true(sk_X509_NAME_num(SSL_get0_peer_CA_list(duo.client)) <= 0);
    duo_forget(&duo);
    SSL_SESSION_free(duo.session);
    duo.session = NULL;
    duo.settings.advertise_ca_names = true;
    duo_expect(&duo, false);
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(duo.client);
    assert_int_equal(sk_X509_NAME_num(names), 1);
    char text[100];
    X509_NAME_oneline(sk_X509_NAME_value(names, 0), text, sizeof text);
    assert_string_equal(text, "/O=Tests/CN=Root");
}

static void the_host_chooses_the_cipher(void **state) {
    (void)state;
    SSL_CTX_set_ciphersuites(duo.client_context, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
    duo_expect(&duo, false);
    assert_string_equal(tlsstream_facts(duo.server).cipher, "TLS_AES_128_GCM_SHA256");
    duo_close(&duo);
    SSL_SESSION_free(duo.session);
    duo.session = NULL;
    SSL_CTX_set_ciphersuites(duo.client_context, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256");
    duo_expect(&duo, false);
    assert_string_equal(tlsstream_facts(duo.server).cipher, "TLS_CHACHA20_POLY1305_SHA256");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(algorithms_have_to_be_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(client_authentication_needs_a_trust, set_up, tear_down),
        cmocka_unit_test_setup_teardown(versions_have_to_be_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_is_needed_and_one_of_each_type_at_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(alpn_names_have_a_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_to_expire_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ca_names_are_told_when_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_host_chooses_the_cipher, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
