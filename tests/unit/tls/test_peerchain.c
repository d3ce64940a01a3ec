/* What a verify callback is shown, as bytes. */
#include "tls/peerchain.h"

#include "../pki/minted.h"

#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A context that presents `count` times the same certificate. */
static X509_STORE_CTX *presenting(const struct minted *minted, size_t count) {
    X509_STORE_CTX *store = X509_STORE_CTX_new();
    STACK_OF(X509) *certificates = sk_X509_new_null();
    assert_non_null(store);
    for (size_t i = 0; i < count; i++)
        sk_X509_push(certificates, cert_parse(buf_view(&minted->der)));
    assert_int_equal(X509_STORE_CTX_init(store, NULL, NULL, certificates), 1);
    return store;
}

static void end(X509_STORE_CTX *store) {
    sk_X509_pop_free(X509_STORE_CTX_get0_untrusted(store), X509_free);
    X509_STORE_CTX_free(store);
}

static void the_bytes_are_those_that_were_presented(void **state) {
    (void)state;
    struct minted minted = minted_make("server", MINT_SERVER, NULL);
    X509_STORE_CTX *store = presenting(&minted, 2);
    struct peerchain chain;
    assert_true(peerchain_init(&chain, store));
    assert_int_equal(chain.count, 2);
    assert_true(slice_equal(chain.der[0], buf_view(&minted.der)));
    assert_true(slice_equal(chain.der[1], buf_view(&minted.der)));
    peerchain_fini(&chain);
    end(store);
    minted_fini(&minted);
}

static void none_are_none(void **state) {
    (void)state;
    struct minted minted = minted_make("server", MINT_SERVER, NULL);
    X509_STORE_CTX *store = presenting(&minted, 0);
    struct peerchain chain;
    assert_true(peerchain_init(&chain, store));
    assert_int_equal(chain.count, 0);
    peerchain_fini(&chain);
    end(store);
    minted_fini(&minted);
}

static void too_many_are_seen_to_be_too_many(void **state) {
    (void)state;
    struct minted minted = minted_make("server", MINT_SERVER, NULL);
    X509_STORE_CTX *store = presenting(&minted, VERIFY_CHAIN_MAX + 5);
    struct peerchain chain;
    assert_true(peerchain_init(&chain, store));
    assert_int_equal(chain.count, VERIFY_CHAIN_MAX + 1);
    peerchain_fini(&chain);
    end(store);
    minted_fini(&minted);
}

static void each_alert_has_an_error_of_its_own(void **state) {
    (void)state;
    assert_int_equal(peerchain_error_of_alert(SSL_AD_CERTIFICATE_REVOKED), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(peerchain_error_of_alert(SSL_AD_CERTIFICATE_EXPIRED), X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(peerchain_error_of_alert(SSL_AD_INTERNAL_ERROR), X509_V_ERR_OUT_OF_MEM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_that_were_presented),
        cmocka_unit_test(none_are_none),
        cmocka_unit_test(too_many_are_seen_to_be_too_many),
        cmocka_unit_test(each_alert_has_an_error_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
