/* The library's errors as reasons. */
#include "tls/failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static SSL_CTX *context;
static SSL *ssl;

static int set_up(void **state) {
    (void)state;
    context = SSL_CTX_new(TLS_server_method());
    ssl = SSL_new(context);
    return ssl ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    SSL_free(ssl);
    SSL_CTX_free(context);
    return 0;
}

static void each_error_has_its_reason(void **state) {
    (void)state;
    static const struct {
        int code;
        enum reason reason;
    } cases[] = {
        {SSL_R_NO_SHARED_CIPHER, REASON_TLS_NO_SHARED_CIPHER},
        {SSL_R_UNSUPPORTED_PROTOCOL, REASON_TLS_VERSION},
        {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, REASON_CERT_MISSING},
        {SSL_R_BAD_SIGNATURE, REASON_CERT_PROOF},
        {SSL_R_EXCESSIVE_MESSAGE_SIZE, REASON_CERT_TOO_LARGE},
        {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, REASON_TLS_CLIENT_ALERT},
        {SSL_R_UNEXPECTED_MESSAGE, REASON_TLS_PROTOCOL},
        {ERR_R_ASN1_LIB, REASON_CERT_MALFORMED},
        {ERR_R_MALLOC_FAILURE, REASON_MEMORY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *detail = NULL;
        ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
        ERR_raise(ERR_LIB_SSL, cases[i].code);
        assert_int_equal(failure_of_handshake(ssl, &detail), cases[i].reason);
        assert_non_null(detail);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void nothing_in_the_queue_means_that_the_client_left(void **state) {
    (void)state;
    const char *detail = "old";
    assert_int_equal(failure_of_handshake(ssl, &detail), REASON_TLS_CLIENT_CLOSED);
    assert_null(detail);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_error_has_its_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_in_the_queue_means_that_the_client_left, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
