/* Direct decoding gives the same keys and the same verdicts as the plain path, for good and for broken keys. */
#include "pki/keydecode.h"

#include "crafted.h"
#include "pki/verify.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int tear_down(void **state) {
    (void)state;
    keydecode_disable();
    return 0;
}

/* The key of a certificate, encoded again; empty when it cannot be decoded. */
static struct slice key_of(struct slice der, uint8_t **memory) {
    X509 *certificate = cert_parse(der);
    EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
    *memory = NULL;
    int len = key ? i2d_PUBKEY(key, memory) : 0;
    X509_free(certificate);
    ERR_clear_error();
    return slice_of(*memory, len > 0 ? (size_t)len : 0);
}

/* Same key on both paths; returns whether there is one. */
static bool compare(struct slice der) {
    uint8_t *plain_memory;
    uint8_t *direct_memory;
    keydecode_disable();
    struct slice plain = key_of(der, &plain_memory);
    keydecode_enable();
    struct slice direct = key_of(der, &direct_memory);
    bool has_key = plain.len > 0;
    assert_true(slice_equal(plain, direct));
    OPENSSL_free(plain_memory);
    OPENSSL_free(direct_memory);
    return has_key;
}

static void keys_are_the_same(void **state) {
    (void)state;
    EVP_PKEY *keys[] = {EVP_EC_gen("prime256v1"), EVP_EC_gen("secp384r1"), EVP_EC_gen("secp521r1"), EVP_RSA_gen(2048),
                        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    struct minted base = minted_make("key", MINT_CLIENT, NULL);
    X509 *certificate = cert_parse(buf_view(&base.der));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        uint8_t *der = NULL;
        assert_true(X509_set_pubkey(certificate, keys[i]));
        int len = i2d_re_X509_tbs(certificate, NULL);
        assert_true(len > 0);
        len = i2d_X509(certificate, &der);
        assert_true(compare(slice_of(der, (size_t)len)));
        OPENSSL_free(der);
        EVP_PKEY_free(keys[i]);
    }
    X509_free(certificate);
    minted_fini(&base);
}

/* Points that are not on the curve, truncated keys: whatever one path refuses, the other does. */
static void broken_keys_are_broken_on_both_paths(void **state) {
    (void)state;
    struct minted base = minted_make("key", MINT_CLIENT, NULL);
    struct slice der = buf_view(&base.der);
    X509 *certificate = cert_parse(der);
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(certificate);
    const uint8_t *at = memmem(der.data, der.len, ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key));
    size_t good = 0;
    assert_non_null(at);
    for (int i = 0; i < ASN1_STRING_length(key); i++) {
        ((uint8_t *)at)[i] ^= 1;
        good += compare(der);
        ((uint8_t *)at)[i] ^= 1;
    }
    assert_true(good < 10); /* a flipped bit nearly always leaves the curve */
    X509_free(certificate);
    minted_fini(&base);
}

static enum reason verdict_of(const struct minted *client, const struct minted *root) {
    struct verify_settings settings = {.purpose = VERIFY_CLIENT, .depth = 2, .rsa_bits_min = 2048};
    struct slice chain = buf_view(&client->der);
    struct trust *trust = minted_trust(root);
    struct verify_verdict verdict;
    struct verified_peer *peer;
    verify_chain(&chain, 1, trust, &settings, MINTED_EPOCH, &verdict, &peer);
    verified_peer_unref(&peer);
    trust_unref(&trust);
    return verdict.reason;
}

static void verdicts_are_the_same(void **state) {
    (void)state;
    static const enum mint_kind kinds[] = {MINT_EC_P256, MINT_RSA_2048};
    for (size_t i = 0; i < 2; i++) {
        struct mint_request request = {.common_name = "Root",
                                       .usage = MINT_CA,
                                       .not_before = 0,
                                       .not_after = MINTED_EPOCH + 1};
        struct minted root = minted_request(&request, kinds[i], NULL);
        request.common_name = "client";
        request.usage = MINT_CLIENT;
        struct minted client = minted_request(&request, kinds[i], &root);
        assert_int_equal(verdict_of(&client, &root), REASON_NONE);
        keydecode_enable();
        assert_int_equal(verdict_of(&client, &root), REASON_NONE);
        crafted_tamper(&client);
        assert_int_equal(verdict_of(&client, &root), REASON_CERT_BAD_SIGNATURE);
        keydecode_disable();
        assert_int_equal(verdict_of(&client, &root), REASON_CERT_BAD_SIGNATURE);
        minted_fini(&client);
        minted_fini(&root);
    }
}

static void on_and_off_again_and_again(void **state) {
    (void)state;
    bool is_needed = keydecode_enable();
    assert_int_equal(keydecode_enable(), is_needed);
    keydecode_disable();
    keydecode_disable();
    assert_int_equal(keydecode_enable(), is_needed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(keys_are_the_same, tear_down),
        cmocka_unit_test_teardown(broken_keys_are_broken_on_both_paths, tear_down),
        cmocka_unit_test_teardown(verdicts_are_the_same, tear_down),
        cmocka_unit_test_teardown(on_and_off_again_and_again, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
