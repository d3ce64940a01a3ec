#include "pki/keyrule.h"

#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <string.h>

static unsigned kind_of(const EVP_PKEY *key);
static unsigned curve_of(const EVP_PKEY *key);

const char *keyrule_fault(const X509 *certificate, const struct verify_settings *settings) {
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    unsigned allowed = settings->keys ? settings->keys : VERIFY_KEYS_USUAL;
    if (!key || EVP_PKEY_get_base_id(key) == EVP_PKEY_NONE)
        return "a public key that cannot be decoded";
    unsigned kind = kind_of(key);
    if (!kind)
        return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? "an elliptic curve other than P-256, P-384 and P-521"
                                                        : "a kind of key other than RSA, EC and Ed25519";
    if (!(kind & allowed))
        return "a kind of key that the settings do not allow";
    if (kind != VERIFY_KEY_RSA)
        return NULL;
    if (EVP_PKEY_get_bits(key) > KEYRULE_RSA_BITS_MAX)
        return "an RSA key larger than 8192 bits";
    if (settings->profile == VERIFY_PROFILE_WEBPKI && EVP_PKEY_get_bits(key) % 8)
        return "an RSA key whose bits are no multiple of 8";
    return EVP_PKEY_get_bits(key) < (int)settings->rsa_bits_min ? "an RSA key smaller than the minimum" : NULL;
}

/* Ed25519 has no digest of its own and is as good as one of 512 bits. */
const char *keyrule_signature_fault(const X509 *certificate, const struct verify_settings *settings) {
    int digest;
    int key;
    int bits;
    if (settings->digest_bits_min == 0)
        return NULL; /* libcrypto saw to 256 */
    if (!X509_get_signature_info((X509 *)certificate, &digest, &key, &bits, NULL))
        return "a signature of an unknown kind";
    return bits * 2 < (int)settings->digest_bits_min && key != NID_ED25519
        ? "a signature whose digest is shorter than the minimum"
        : NULL;
}

bool keyrule_is_huge(const X509 *certificate) {
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    return key && EVP_PKEY_get_bits(key) > KEYRULE_RSA_BITS_MAX;
}

/* 0: none of those that there are settings for. */
static unsigned kind_of(const EVP_PKEY *key) {
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return VERIFY_KEY_RSA;
    case EVP_PKEY_EC:
        return curve_of(key);
    case EVP_PKEY_ED25519:
        return VERIFY_KEY_ED25519;
    default:
        return 0;
    }
}

static unsigned curve_of(const EVP_PKEY *key) {
    static const struct {
        const char *name;
        unsigned kind;
    } known[] = {{SN_X9_62_prime256v1, VERIFY_KEY_P256},
                 {SN_secp384r1, VERIFY_KEY_P384},
                 {SN_secp521r1, VERIFY_KEY_P521}};
    char name[32];
    size_t len;
    if (!EVP_PKEY_get_group_name(key, name, sizeof name, &len))
        return 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0)
            return known[i].kind;
    }
    return 0;
}
