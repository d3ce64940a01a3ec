#include "pki/ocspid.h"

#include "pki/der.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

static bool set_serial(const X509 *certificate, struct ocspid *id);
static bool hash_name(const X509_NAME *name, struct ocspid *id);
static bool hash_key(const X509 *issuer, struct ocspid *id);
static bool hash(struct slice bytes, const EVP_MD *digest, uint8_t *to);
static bool is_pair(struct slice name, struct slice key, const uint8_t *own_name, const uint8_t *own_key, size_t len);

bool ocspid_make(const X509 *certificate, const X509 *issuer, struct ocspid *id) {
    return set_serial(certificate, id) && hash_name(X509_get_issuer_name(certificate), id) && hash_key(issuer, id);
}

/* AlgorithmIdentifier, issuerNameHash, issuerKeyHash, serialNumber. The algorithms' parameters say nothing. */
bool ocspid_is(const struct ocspid *id, struct slice certid) {
    struct slice algorithm;
    struct slice type;
    struct slice name;
    struct slice key;
    struct slice serial;
    if (!der_take(&certid, DER_SEQUENCE, &algorithm) || !der_take(&algorithm, DER_OID, &type) ||
        !der_take(&certid, DER_OCTET_STRING, &name) || !der_take(&certid, DER_OCTET_STRING, &key) ||
        !der_take(&certid, DER_INTEGER, &serial) || certid.len)
        return false;
    if (!slice_equal(serial, slice_of(id->serial, id->serial_len)))
        return false;
    if (slice_equal(type, slice_text("\x2b\x0e\x03\x02\x1a")))
        return is_pair(name, key, id->name_sha1, id->key_sha1, OCSPID_SHA1_BYTES);
    if (slice_equal(type, slice_text("\x60\x86\x48\x01\x65\x03\x04\x02\x01")))
        return is_pair(name, key, id->name_sha256, id->key_sha256, OCSPID_SHA256_BYTES);
    return false;
}

bool ocspid_key_hash(const X509 *certificate, uint8_t to[OCSPID_SHA1_BYTES]) {
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(certificate);
    return key && hash(slice_of(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key)), EVP_sha1(), to);
}

static bool set_serial(const X509 *certificate, struct ocspid *id) {
    uint8_t *der = NULL;
    struct slice content;
    int len = i2d_ASN1_INTEGER((ASN1_INTEGER *)X509_get0_serialNumber(certificate), &der);
    struct slice rest = slice_of(der, len > 0 ? (size_t)len : 0);
    bool is_good = der_take(&rest, DER_INTEGER, &content) && content.len <= REVKEY_SERIAL_MAX;
    if (is_good) {
        id->serial_len = (uint8_t)content.len;
        memcpy(id->serial, content.data, content.len);
    }
    OPENSSL_free(der);
    return is_good;
}

static bool hash_name(const X509_NAME *name, struct ocspid *id) {
    uint8_t *der = NULL;
    int len = i2d_X509_NAME(name, &der);
    struct slice bytes = slice_of(der, len > 0 ? (size_t)len : 0);
    bool is_good = len > 0 && hash(bytes, EVP_sha1(), id->name_sha1) && hash(bytes, EVP_sha256(), id->name_sha256);
    OPENSSL_free(der);
    return is_good;
}

static bool hash_key(const X509 *issuer, struct ocspid *id) {
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(issuer);
    struct slice bytes = slice_of(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key));
    return hash(bytes, EVP_sha1(), id->key_sha1) && hash(bytes, EVP_sha256(), id->key_sha256);
}

static bool hash(struct slice bytes, const EVP_MD *digest, uint8_t *to) {
    return EVP_Digest(bytes.data, bytes.len, to, NULL, digest, NULL) == 1;
}

static bool is_pair(struct slice name, struct slice key, const uint8_t *own_name, const uint8_t *own_key, size_t len) {
    return slice_equal(name, slice_of(own_name, len)) && slice_equal(key, slice_of(own_key, len));
}
