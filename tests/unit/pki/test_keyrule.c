/* Which keys may be used. */
#include "pki/keyrule.h"

#include "crafted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted base;
static X509 *certificate;

static int set_up_all(void **state) {
    (void)state;
    base = minted_make("key", MINT_CLIENT, NULL);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&base);
    return 0;
}

/* A certificate with a key of this kind; the signature does not matter. */
static const char *fault_of(EVP_PKEY *key, unsigned rsa_bits_min) {
    X509_free(certificate);
    certificate = cert_parse(buf_view(&base.der));
    assert_non_null(key);
    assert_true(X509_set_pubkey(certificate, key));
    EVP_PKEY_free(key);
    struct verify_settings settings = {.rsa_bits_min = rsa_bits_min};
    return keyrule_fault(certificate, &settings);
}

static int tear_down(void **state) {
    (void)state;
    X509_free(certificate);
    certificate = NULL;
    return 0;
}

static void the_three_curves_and_ed25519_are_good(void **state) {
    (void)state;
    assert_null(fault_of(EVP_EC_gen("prime256v1"), 2048));
    assert_null(fault_of(EVP_EC_gen("secp384r1"), 2048));
    assert_null(fault_of(EVP_EC_gen("secp521r1"), 2048));
    assert_null(fault_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), 2048));
}

static void other_curves_and_kinds_are_not(void **state) {
    (void)state;
    assert_non_null(strstr(fault_of(EVP_EC_gen("secp256k1"), 2048), "elliptic curve"));
    assert_non_null(strstr(fault_of(EVP_EC_gen("secp224r1"), 2048), "elliptic curve"));
    assert_non_null(strstr(fault_of(EVP_EC_gen("brainpoolP256r1"), 2048), "elliptic curve"));
    assert_non_null(strstr(fault_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), 2048), "kind of key"));
    assert_non_null(strstr(fault_of(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), 2048), "kind of key"));
}

static void rsa_has_bounds(void **state) {
    (void)state;
    assert_null(fault_of(EVP_RSA_gen(2048), 2048));
    assert_non_null(strstr(fault_of(EVP_RSA_gen(1024), 2048), "smaller"));
    assert_null(fault_of(EVP_RSA_gen(1024), 1024));
    assert_non_null(strstr(fault_of(EVP_RSA_gen(2048), 3072), "smaller"));
    assert_false(keyrule_is_huge(certificate));
}

/* A modulus of 8200 bits that nobody generated: it only has to be parsed. */
static EVP_PKEY *huge_key(void) {
    BIGNUM *modulus = BN_new();
    BIGNUM *exponent = BN_new();
    assert_true(BN_set_bit(modulus, 8199) && BN_set_bit(modulus, 0) && BN_set_word(exponent, 65537));
    unsigned char modulus_bytes[1025];
    unsigned char exponent_bytes[3];
    assert_int_equal(BN_bn2lebinpad(modulus, modulus_bytes, sizeof modulus_bytes), sizeof modulus_bytes);
    assert_int_equal(BN_bn2lebinpad(exponent, exponent_bytes, sizeof exponent_bytes), sizeof exponent_bytes);
    OSSL_PARAM parts[] = {
        OSSL_PARAM_construct_BN("n", modulus_bytes, sizeof modulus_bytes),
        OSSL_PARAM_construct_BN("e", exponent_bytes, sizeof exponent_bytes),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parts), 1);
    EVP_PKEY_CTX_free(context);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

static void huge_keys_are_seen_to_be_huge(void **state) {
    (void)state;
    assert_non_null(strstr(fault_of(huge_key(), 2048), "larger"));
    assert_true(keyrule_is_huge(certificate));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_three_curves_and_ed25519_are_good, tear_down),
        cmocka_unit_test_teardown(other_curves_and_kinds_are_not, tear_down),
        cmocka_unit_test_teardown(rsa_has_bounds, tear_down),
        cmocka_unit_test_teardown(huge_keys_are_seen_to_be_huge, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
