#include "tls/certwords.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

static const struct {
    int kind;
    int bits;
    const char *word;
} rows[] = {
    {EVP_PKEY_EC, 256, "EC256"},     {EVP_PKEY_EC, 384, "EC384"},      {EVP_PKEY_EC, 521, "EC521"},
    {EVP_PKEY_RSA, 2048, "RSA2048"}, {EVP_PKEY_RSA, 3072, "RSA3072"},  {EVP_PKEY_RSA, 4096, "RSA4096"},
    {EVP_PKEY_RSA, 8192, "RSA8192"}, {EVP_PKEY_ED25519, 0, "ED25519"},
};

const char *certwords_signature(const X509 *certificate) {
    return OBJ_nid2sn(X509_get_signature_nid(certificate));
}

const char *certwords_key(const X509 *certificate) {
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    for (size_t i = 0; key && i < sizeof rows / sizeof *rows; i++) {
        if (EVP_PKEY_get_base_id(key) == rows[i].kind && (!rows[i].bits || EVP_PKEY_get_bits(key) == rows[i].bits))
            return rows[i].word;
    }
    return "";
}
