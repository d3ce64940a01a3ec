#include "pki/keyrule.h"

#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <string.h>

static bool is_known_curve(const EVP_PKEY *key);

const char *keyrule_fault(const X509 *certificate, unsigned rsa_bits_min) {
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    int kind = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    if (kind == EVP_PKEY_NONE)
        return "a public key that cannot be decoded";
    if (kind == EVP_PKEY_EC)
        return is_known_curve(key) ? NULL : "an elliptic curve other than P-256, P-384 and P-521";
    if (kind == EVP_PKEY_ED25519)
        return NULL;
    if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_RSA_PSS)
        return "a kind of key other than RSA, EC and Ed25519";
    if (EVP_PKEY_get_bits(key) > KEYRULE_RSA_BITS_MAX)
        return "an RSA key larger than 8192 bits";
    return EVP_PKEY_get_bits(key) < (int)rsa_bits_min ? "an RSA key smaller than the minimum" : NULL;
}

bool keyrule_is_huge(const X509 *certificate) {
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    return key && EVP_PKEY_get_bits(key) > KEYRULE_RSA_BITS_MAX;
}

static bool is_known_curve(const EVP_PKEY *key) {
    static const char *const known[] = {SN_X9_62_prime256v1, SN_secp384r1, SN_secp521r1};
    char name[32];
    size_t len;
    if (!EVP_PKEY_get_group_name(key, name, sizeof name, &len))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i]) == 0)
            return true;
    }
    return false;
}
