/* OCSP responses for tests, made by libcrypto about what pki/mint made. Failures end the test at once. */
#ifndef SALLYPORT_TESTS_ANSWERED_H
#define SALLYPORT_TESTS_ANSWERED_H

#include "crafted.h"

#include <openssl/ocsp.h>

/* No reason code in an answer "revoked". */
#define ANSWERED_NO_CODE (-1)

/* One answer. about: a certificate of `issuer`. Times: hours from MINTED_EPOCH + 30 days; next_hour 0: none. */
struct answered_single {
    const struct minted *about;
    const struct minted *issuer;
    int status;
    int code;
    int this_hour;
    int next_hour;
    bool is_sha256;
    bool is_sha384;
};

/* A response. signer signs and is named by key or name; certificate: put in, or NULL. digest NULL: SHA-256. */
struct answered {
    struct answered_single singles[3];
    const struct minted *signer;
    const struct minted *certificate;
    const EVP_MD *digest;
    struct slice nonce;
    bool is_by_key;
    bool has_unknown_critical;
    bool has_two_nonces;
};

#define ANSWERED_NOW (MINTED_EPOCH + 30 * MINTED_DAY)

static inline ASN1_GENERALIZEDTIME *answered_time(int hour) {
    ASN1_GENERALIZEDTIME *time = ASN1_GENERALIZEDTIME_set(NULL, ANSWERED_NOW + (time_t)hour * 3600);
    bug_on(!time);
    return time;
}

static inline void answered_add(OCSP_BASICRESP *basic, const struct answered_single *single) {
    X509 *about = cert_parse(buf_view(&single->about->der));
    X509 *issuer = cert_parse(buf_view(&single->issuer->der));
    ASN1_GENERALIZEDTIME *this_time = answered_time(single->this_hour);
    ASN1_GENERALIZEDTIME *next_time = single->next_hour ? answered_time(single->next_hour) : NULL;
    ASN1_GENERALIZEDTIME *revoked = answered_time(-100);
    const EVP_MD *digest = single->is_sha256 ? EVP_sha256() : single->is_sha384 ? EVP_sha384() : EVP_sha1();
    OCSP_CERTID *id = OCSP_cert_to_id(digest, about, issuer);
    bool is_revoked = single->status == V_OCSP_CERTSTATUS_REVOKED;
    bug_on(!id ||
           !OCSP_basic_add1_status(basic, id, single->status, single->code, is_revoked ? revoked : NULL, this_time,
                                   next_time));
    OCSP_CERTID_free(id);
    ASN1_GENERALIZEDTIME_free(revoked);
    ASN1_GENERALIZEDTIME_free(next_time);
    ASN1_GENERALIZEDTIME_free(this_time);
    X509_free(issuer);
    X509_free(about);
}

static inline void answered_add_unknown(OCSP_BASICRESP *basic) {
    ASN1_OBJECT *type = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    bug_on(!ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2));
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, type, 1, value);
    bug_on(!extension || !OCSP_BASICRESP_add_ext(basic, extension, -1));
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(type);
}

static inline void answered_sign(OCSP_BASICRESP *basic, const struct answered *answered) {
    X509 *signer = cert_parse(buf_view(&answered->signer->der));
    EVP_PKEY *key = crafted_key(answered->signer);
    bool was_direct = keydecode_disable();
    unsigned long flags = OCSP_NOCERTS | OCSP_NOTIME | (answered->is_by_key ? OCSP_RESPID_KEY : 0);
    if (answered->certificate) {
        X509 *certificate = cert_parse(buf_view(&answered->certificate->der));
        bug_on(!OCSP_basic_add1_cert(basic, certificate));
        X509_free(certificate);
    }
    ASN1_GENERALIZEDTIME *produced = (ASN1_GENERALIZEDTIME *)OCSP_resp_get0_produced_at(basic);
    bug_on(!ASN1_GENERALIZEDTIME_set(produced, ANSWERED_NOW - 2 * 3600));
    bug_on(!OCSP_basic_sign(basic, signer, key, answered->digest ? answered->digest : EVP_sha256(), NULL, flags));
    if (was_direct)
        keydecode_enable();
    EVP_PKEY_free(key);
    X509_free(signer);
}

/* The response, DER. The caller ends the buffer. */
static inline struct buf answered_make(const struct answered *answered) {
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    struct buf der;
    uint8_t *bytes = NULL;
    for (size_t i = 0; i < 3 && answered->singles[i].about; i++)
        answered_add(basic, &answered->singles[i]);
    if (answered->nonce.len)
        bug_on(!OCSP_basic_add1_nonce(basic, (unsigned char *)answered->nonce.data, (int)answered->nonce.len));
    if (answered->has_two_nonces) {
        X509_EXTENSION *copy = X509_EXTENSION_dup(OCSP_BASICRESP_get_ext(basic, 0));
        bug_on(!copy || !OCSP_BASICRESP_add_ext(basic, copy, -1));
        X509_EXTENSION_free(copy);
    }
    if (answered->has_unknown_critical)
        answered_add_unknown(basic);
    answered_sign(basic, answered);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int len = i2d_OCSP_RESPONSE(response, &bytes);
    buf_init(&der, 1 << 17);
    bug_on(len <= 0 || !buf_append(&der, slice_of(bytes, (size_t)len)));
    OPENSSL_free(bytes);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    return der;
}

/* A response that is only a status. */
static inline struct buf answered_status(int status) {
    struct buf der;
    buf_init(&der, 16);
    bug_on(!buf_append(&der, slice_of("\x30\x03\x0a\x01", 4)) ||
           !buf_append(&der, slice_of(&(uint8_t){(uint8_t)status}, 1)));
    return der;
}

#endif
