#include "pki/crlsign.h"

#include "pki/keyrule.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

/* Digests of less than 112 bits (SHA-1, MD5) sign nothing. */
enum { DIGEST_BYTES_MIN = 28 };

static const struct verify_settings key_rules = {.rsa_bits_min = 2048};

static bool is_other_key(const struct crl *crl, X509 *certificate);
static const char *check_algorithm(const struct crl *crl, const EVP_PKEY *key, const EVP_MD **digest);
static int algorithm_of(const struct crl *crl);
static bool is_signed(const struct crl *crl, EVP_PKEY *key, const EVP_MD *digest);

bool crlsign_is_name(const struct crl *crl, const X509 *certificate) {
    const uint8_t *at = crl->issuer.data;
    X509_NAME *issuer = d2i_X509_NAME(NULL, &at, (long)crl->issuer.len);
    bool is_equal = issuer && X509_NAME_cmp(issuer, X509_get_subject_name(certificate)) == 0;
    X509_NAME_free(issuer);
    ERR_clear_error();
    return is_equal;
}

const char *crlsign_check(const struct crl *crl, X509 *certificate) {
    const EVP_MD *digest = NULL;
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (!(X509_get_key_usage(certificate) & KU_CRL_SIGN))
        return "its issuer's key usage lacks cRLSign";
    if (is_other_key(crl, certificate))
        return "it names another key of its issuer (authority key identifier)";
    if (!key || keyrule_fault(certificate, &key_rules))
        return "its issuer's key is too weak or of an unknown kind";
    const char *fault = check_algorithm(crl, key, &digest);
    if (!fault && !is_signed(crl, key, digest))
        fault = "its signature does not verify";
    ERR_clear_error();
    return fault;
}

static bool is_other_key(const struct crl *crl, X509 *certificate) {
    const ASN1_OCTET_STRING *key_id = X509_get0_subject_key_id(certificate);
    return crl->key_id.len && key_id &&
        !slice_equal(crl->key_id, slice_of(ASN1_STRING_get0_data(key_id), (size_t)ASN1_STRING_length(key_id)));
}

/* digest stays NULL where the algorithm has its own (Ed25519). */
static const char *check_algorithm(const struct crl *crl, const EVP_PKEY *key, const EVP_MD **digest) {
    static const char unknown[] = "its signature algorithm is not known";
    int digest_kind;
    int key_kind;
    if (!OBJ_find_sigid_algs(algorithm_of(crl), &digest_kind, &key_kind))
        return unknown;
    if (key_kind != EVP_PKEY_get_base_id(key))
        return "its signature algorithm is not one of its issuer's key";
    if (digest_kind == NID_undef)
        return key_kind == EVP_PKEY_ED25519 ? NULL : unknown; /* RSA-PSS says its digest in parameters */
    *digest = EVP_get_digestbynid(digest_kind);
    if (!*digest)
        return unknown;
    return EVP_MD_get_size(*digest) < DIGEST_BYTES_MIN ? "its signature uses a digest that is broken" : NULL;
}

static int algorithm_of(const struct crl *crl) {
    const uint8_t *at = crl->algorithm.data;
    const ASN1_OBJECT *type = NULL;
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &at, (long)crl->algorithm.len);
    if (algorithm)
        X509_ALGOR_get0(&type, NULL, NULL, algorithm);
    int kind = type ? OBJ_obj2nid(type) : NID_undef;
    X509_ALGOR_free(algorithm);
    return kind;
}

static bool is_signed(const struct crl *crl, EVP_PKEY *key, const EVP_MD *digest) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context && EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
        EVP_DigestVerify(context, crl->signature.data, crl->signature.len, crl->signed_part.data,
                         crl->signed_part.len) == 1;
    EVP_MD_CTX_free(context);
    return is_good;
}
