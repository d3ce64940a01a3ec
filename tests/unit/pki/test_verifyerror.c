/* Errors of libcrypto as reasons of ours. */
#include "pki/verifyerror.h"

#include <openssl/x509_vfy.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void known_errors_have_their_reason(void **state) {
    (void)state;
    assert_int_equal(verifyerror_reason(X509_V_ERR_CERT_HAS_EXPIRED), REASON_CERT_EXPIRED);
    assert_int_equal(verifyerror_reason(X509_V_ERR_INVALID_CA), REASON_CERT_ISSUER_NOT_CA);
    assert_int_equal(verifyerror_reason(X509_V_ERR_EXCLUDED_VIOLATION), REASON_CERT_NAME_CONSTRAINT);
    assert_int_equal(verifyerror_reason(X509_V_ERR_OUT_OF_MEM), REASON_MEMORY);
}

/* Whatever comes, it is a refusal. */
static void no_error_is_taken_for_success(void **state) {
    (void)state;
    for (int error = -5; error < 200; error++)
        assert_int_not_equal(verifyerror_reason(error), REASON_NONE);
    assert_int_equal(verifyerror_reason(X509_V_ERR_UNSPECIFIED), REASON_CERT_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_errors_have_their_reason),
        cmocka_unit_test(no_error_is_taken_for_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
