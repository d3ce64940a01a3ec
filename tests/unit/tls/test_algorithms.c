/* Every name that an operator writes is known, or refused by name. */
#include "tls/algorithms.h"

#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static SSL_CTX *context;
static struct error_list errors;

static int set_up(void **state) {
    (void)state;
    context = SSL_CTX_new(TLS_server_method());
    error_list_init(&errors);
    return context ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    SSL_CTX_free(context);
    error_list_fini(&errors);
    return 0;
}

static bool use(const char *ciphers, const char *suites, const char *groups) {
    const struct algorithms algorithms = {ciphers, suites, groups};
    return algorithms_use(context, &algorithms, (struct error_place){.file = "here", .line = 9}, &errors);
}

static void expect_error(const char *ciphers, const char *suites, const char *groups, const char *sentence) {
    assert_false(use(ciphers, suites, groups));
    assert_string_equal(errors.items[errors.count - 1].sentence, sentence);
    assert_int_equal(errors.items[errors.count - 1].line, 9);
}

static void defaults_are_modern(void **state) {
    (void)state;
    assert_true(use(NULL, "", NULL));
    STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(context);
    assert_int_equal(sk_SSL_CIPHER_num(ciphers), 9);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
        assert_true(SSL_CIPHER_is_aead(sk_SSL_CIPHER_value(ciphers, i)));
    assert_string_equal(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, 0)), "TLS_AES_128_GCM_SHA256");
}

static void unknown_names_are_told(void **state) {
    (void)state;
    expect_error("ECDHE-ECDSA-AES128-GCM-SHA256:BOGUS", NULL, NULL, "The TLS 1.2 cipher \"BOGUS\" is unknown.");
    expect_error("AESGCM::CHACHA20", NULL, NULL, "The TLS 1.2 cipher \"\" is unknown.");
    expect_error(NULL, "TLS_AES_128_GCM_SHA256:TLS_BOGUS", NULL, "The TLS 1.3 cipher suite \"TLS_BOGUS\" is unknown.");
    expect_error(NULL, "tls_aes_128_gcm_sha256", NULL,
                 "The TLS 1.3 cipher suite \"tls_aes_128_gcm_sha256\" is unknown.");
    expect_error(NULL, NULL, "X25519:P-999", "The group \"P-999\" is unknown.");
    expect_error("!ECDHE-ECDSA-AES128-GCM-SHA256", NULL, NULL,
                 "The TLS 1.2 ciphers \"!ECDHE-ECDSA-AES128-GCM-SHA256\" leave none.");
}

static void long_names_are_cut(void **state) {
    (void)state;
    char name[1000];
    memset(name, 'A', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_false(use(name, NULL, NULL));
    assert_true(strlen(errors.items[0].sentence) < 200);
}

static void the_language_of_ciphers_is_understood(void **state) {
    (void)state;
    assert_true(use("ECDHE+AESGCM:!aNULL:-SHA384", "TLS_AES_256_GCM_SHA384", "P-384:X25519"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_are_modern, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_names_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_names_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_language_of_ciphers_is_understood, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
