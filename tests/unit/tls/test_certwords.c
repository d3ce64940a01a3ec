/* Words for the algorithms of the usual certificates. */
#include "tls/certwords.h"

#include "../pki/minted.h"

#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect(enum mint_kind kind, const char *signature, const char *key) {
    struct mint_request request = {.common_name = "server",
                                   .organization = "Tests",
                                   .usage = MINT_SERVER,
                                   .not_before = MINTED_EPOCH,
                                   .not_after = MINTED_EPOCH + MINTED_DAY};
    struct minted minted = minted_request(&request, kind, NULL);
    X509 *certificate = cert_parse(buf_view(&minted.der));
    assert_string_equal(certwords_signature(certificate), signature);
    assert_string_equal(certwords_key(certificate), key);
    X509_free(certificate);
    minted_fini(&minted);
}

static void usual_ones_have_words(void **state) {
    (void)state;
    expect(MINT_EC_P256, "ecdsa-with-SHA256", "EC256");
    expect(MINT_RSA_2048, "RSA-SHA256", "RSA2048");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(usual_ones_have_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
