/* Lists from files: whole or not at all. */
#include "pki/crlset.h"

#include "crafted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* An empty list of `issuer`, DER; the caller frees it. */
static unsigned char *make(const struct minted *issuer, size_t *len) {
    X509_CRL *list = X509_CRL_new();
    X509 *certificate = cert_parse(buf_view(&issuer->der));
    EVP_PKEY *key = crafted_key(issuer);
    ASN1_TIME *now = ASN1_TIME_set(NULL, MINTED_EPOCH);
    unsigned char *der = NULL;
    X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate));
    X509_CRL_set1_lastUpdate(list, now);
    assert_true(X509_CRL_sign(list, key, EVP_sha256()));
    *len = (size_t)i2d_X509_CRL(list, &der);
    ASN1_TIME_free(now);
    EVP_PKEY_free(key);
    X509_free(certificate);
    X509_CRL_free(list);
    return der;
}

static void lists_are_taken_whole(void **state) {
    (void)state;
    struct minted root = minted_make("Root", MINT_CA, NULL);
    struct crlset *set = crlset_new();
    size_t len;
    unsigned char *der = make(&root, &len);
    assert_true(crlset_add(set, slice_of(der, len)));
    assert_false(crlset_add(set, slice_of(der, len - 1)));
    assert_false(crlset_add(set, slice_text("")));
    assert_false(crlset_add(set, buf_view(&root.der)));
    der = realloc(der, len + 1);
    der[len] = 0;
    assert_false(crlset_add(set, slice_of(der, len + 1)));
    assert_int_equal(sk_X509_CRL_num(crlset_stack(set)), 1);
    free(der);
    crlset_free(&set);
    assert_null(set);
    crlset_free(&set);
    minted_fini(&root);
}

static void there_is_a_maximum(void **state) {
    (void)state;
    struct minted root = minted_make("Root", MINT_CA, NULL);
    struct crlset *set = crlset_new();
    size_t len;
    unsigned char *der = make(&root, &len);
    for (size_t i = 0; i < CRLSET_MAX; i++)
        assert_true(crlset_add(set, slice_of(der, len)));
    assert_false(crlset_add(set, slice_of(der, len)));
    OPENSSL_free(der);
    crlset_free(&set);
    minted_fini(&root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_taken_whole),
        cmocka_unit_test(there_is_a_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
