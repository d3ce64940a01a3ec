/* Revocation lists for tests, made by libcrypto, for what pki/mint made. Failures end the test at once. */
#ifndef SALLYPORT_TESTS_LISTED_H
#define SALLYPORT_TESTS_LISTED_H

#include "crafted.h"

/* What a list says. serials: hex, ended by NULL; a serial followed by ":6" has that reason code. issuers: whom the
 * entry of each serial names as its issuer, or NULL for none; the entries then stay in their order. number, base: 0
 * for none. scope: of an issuing distribution point in the words of openssl.cnf, or NULL. Times: days from
 * MINTED_EPOCH. */
struct listed_request {
    const char *const *serials;
    const struct minted *const *issuers;
    long number;
    long base;
    const char *scope;
    int this_day;
    int next_day;
    bool has_unknown_critical;
    bool has_key_id;
};

static inline ASN1_TIME *listed_time(int day) {
    ASN1_TIME *time = ASN1_TIME_set(NULL, MINTED_EPOCH + (time_t)day * MINTED_DAY);
    bug_on(!time);
    return time;
}

/* The certificate issuer extension of an entry. */
static inline void listed_add_issuer(X509_REVOKED *entry, const struct minted *issuer) {
    X509 *certificate = cert_parse(buf_view(&issuer->der));
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, GEN_DIRNAME, X509_NAME_dup(X509_get_subject_name(certificate)));
    bug_on(!sk_GENERAL_NAME_push(names, name) ||
           !X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0));
    GENERAL_NAMES_free(names);
    X509_free(certificate);
}

static inline void listed_add_entry(X509_CRL *list, const char *text, const struct minted *issuer) {
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *when = listed_time(0);
    BIGNUM *number = NULL;
    char hex[64];
    snprintf(hex, sizeof hex, "%s", text);
    char *code = strchr(hex, ':');
    if (code)
        *code++ = '\0';
    bug_on(!BN_hex2bn(&number, hex));
    ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(number, NULL);
    bug_on(!X509_REVOKED_set_serialNumber(entry, serial) || !X509_REVOKED_set_revocationDate(entry, when));
    if (code) {
        ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
        bug_on(!ASN1_ENUMERATED_set(reason, atol(code)) ||
               !X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0));
        ASN1_ENUMERATED_free(reason);
    }
    if (issuer)
        listed_add_issuer(entry, issuer);
    bug_on(!X509_CRL_add0_revoked(list, entry));
    ASN1_INTEGER_free(serial);
    BN_free(number);
    ASN1_TIME_free(when);
}

static inline void listed_add_number(X509_CRL *list, int nid, long value, bool is_critical) {
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    if (value)
        bug_on(!ASN1_INTEGER_set(number, value) || !X509_CRL_add1_ext_i2d(list, nid, number, is_critical, 0));
    ASN1_INTEGER_free(number);
}

static inline void listed_add_words(X509_CRL *list, X509 *issuer, int nid, const char *words) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, NULL, NULL, list, 0);
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, nid, words);
    bug_on(!extension || !X509_CRL_add_ext(list, extension, -1));
    X509_EXTENSION_free(extension);
}

static inline void listed_add_unknown(X509_CRL *list) {
    ASN1_OBJECT *type = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    bug_on(!ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2));
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, type, 1, value);
    bug_on(!extension || !X509_CRL_add_ext(list, extension, -1));
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(type);
}

/* Makes the list, DER, of `issuer`, signed by `signer`. The caller ends the buffer. */
static inline struct buf listed_make(const struct minted *issuer, const struct minted *signer,
                                     const struct listed_request *request) {
    X509_CRL *list = X509_CRL_new();
    X509 *certificate = cert_parse(buf_view(&issuer->der));
    EVP_PKEY *key = crafted_key(signer);
    ASN1_TIME *this_time = listed_time(request->this_day);
    ASN1_TIME *next_time = listed_time(request->next_day);
    struct buf der;
    uint8_t *bytes = NULL;
    bug_on(!X509_CRL_set_version(list, X509_CRL_VERSION_2) ||
           !X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate)) ||
           !X509_CRL_set1_lastUpdate(list, this_time) || !X509_CRL_set1_nextUpdate(list, next_time));
    for (size_t i = 0; request->serials && request->serials[i]; i++)
        listed_add_entry(list, request->serials[i], request->issuers ? request->issuers[i] : NULL);
    listed_add_number(list, NID_crl_number, request->number, false);
    listed_add_number(list, NID_delta_crl, request->base, true);
    if (request->scope)
        listed_add_words(list, certificate, NID_issuing_distribution_point, request->scope);
    if (request->has_key_id)
        listed_add_words(list, certificate, NID_authority_key_identifier, "keyid:always");
    if (request->has_unknown_critical)
        listed_add_unknown(list);
    bool was_direct = keydecode_disable();
    bug_on((!request->issuers && !X509_CRL_sort(list)) || !X509_CRL_sign(list, key, EVP_sha256()));
    if (was_direct)
        keydecode_enable();
    int len = i2d_X509_CRL(list, &bytes);
    buf_init(&der, 1 << 24);
    bug_on(len <= 0 || !buf_append(&der, slice_of(bytes, (size_t)len)));
    OPENSSL_free(bytes);
    ASN1_TIME_free(next_time);
    ASN1_TIME_free(this_time);
    EVP_PKEY_free(key);
    X509_free(certificate);
    X509_CRL_free(list);
    return der;
}

#endif
