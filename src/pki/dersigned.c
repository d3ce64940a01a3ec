#include "pki/dersigned.h"

#include "pki/der.h"
#include "pki/keyrule.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/* Digests of less than 112 bits (SHA-1, MD5) sign nothing. */
enum { DIGEST_BYTES_MIN = 28, DIGEST_BYTES_SHA1 = 20 };

static const struct verify_settings key_rules = {.rsa_bits_min = 2048};

static const char *check_algorithm(const struct dersigned *piece, const EVP_PKEY *key, int least,
                                   const EVP_MD **digest);
static int algorithm_of(const struct dersigned *piece);
static bool is_signed(const struct dersigned *piece, EVP_PKEY *key, const EVP_MD *digest);

bool dersigned_take(struct slice rest, struct dersigned *to) {
    struct der_item content;
    struct der_item algorithm;
    struct slice bits;
    if (!der_next(&rest, &content) || content.tag != DER_SEQUENCE || !der_next(&rest, &algorithm) ||
        algorithm.tag != DER_SEQUENCE || !der_take(&rest, DER_BIT_STRING, &bits) || rest.len)
        return false;
    if (bits.len < 2 || bits.data[0] != 0)
        return false;
    *to = (struct dersigned){content.whole, algorithm.whole, slice_sub(bits, 1, bits.len)};
    return true;
}

const char *dersigned_fault(const struct dersigned *piece, const X509 *certificate, bool insecure_sha1) {
    const EVP_MD *digest = NULL;
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (!key || keyrule_fault(certificate, &key_rules))
        return "its issuer's key is too weak or of an unknown kind";
    const char *fault = check_algorithm(piece, key, insecure_sha1 ? DIGEST_BYTES_SHA1 : DIGEST_BYTES_MIN, &digest);
    if (!fault && !is_signed(piece, key, digest))
        fault = "its signature does not verify";
    ERR_clear_error();
    return fault;
}

/* digest stays NULL where the algorithm has its own (Ed25519). */
static const char *check_algorithm(const struct dersigned *piece, const EVP_PKEY *key, int least,
                                   const EVP_MD **digest) {
    static const char unknown[] = "its signature algorithm is not known";
    int digest_kind;
    int key_kind;
    if (!OBJ_find_sigid_algs(algorithm_of(piece), &digest_kind, &key_kind))
        return unknown;
    if (key_kind != EVP_PKEY_get_base_id(key))
        return "its signature algorithm is not one of its issuer's key";
    if (digest_kind == NID_undef)
        return key_kind == EVP_PKEY_ED25519 ? NULL : unknown; /* RSA-PSS says its digest in parameters */
    *digest = EVP_get_digestbynid(digest_kind);
    if (!*digest)
        return unknown;
    return EVP_MD_get_size(*digest) < least ? "its signature uses a digest that is broken" : NULL;
}

static int algorithm_of(const struct dersigned *piece) {
    const uint8_t *at = piece->algorithm.data;
    const ASN1_OBJECT *type = NULL;
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &at, (long)piece->algorithm.len);
    if (algorithm)
        X509_ALGOR_get0(&type, NULL, NULL, algorithm);
    int kind = type ? OBJ_obj2nid(type) : NID_undef;
    X509_ALGOR_free(algorithm);
    return kind;
}

static bool is_signed(const struct dersigned *piece, EVP_PKEY *key, const EVP_MD *digest) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context && EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
        EVP_DigestVerify(context, piece->signature.data, piece->signature.len, piece->content.data,
                         piece->content.len) == 1;
    EVP_MD_CTX_free(context);
    return is_good;
}
