#include "pki/pathrule.h"

#include "pki/altname.h"
#include "pki/constraint.h"
#include "pki/keyrule.h"
#include "pki/profile.h"
#include "pki/servername.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { SERIAL_BYTES_MAX = 20 };

static bool check_certificate(X509 *certificate, size_t depth, bool is_anchor, const struct verify_settings *settings,
                              struct fault *fault);
static const char *key_fault(X509 *certificate, bool is_anchor, const struct verify_settings *settings);
static const char *form_fault(const X509 *certificate);
static const char *extensions_fault(const X509 *certificate);
static const char *names_fault(const X509 *certificate);
static const char *usage_fault(X509 *leaf, const struct verify_settings *settings);
static bool is_pinned(const X509 *certificate, const struct verify_settings *settings);

bool pathrule_allows(const struct path *path, const struct verify_settings *settings, struct fault *fault) {
    for (size_t i = 0; i < path->len; i++) {
        if (!check_certificate(path->certificates[i], i, i + 1 == path->len, settings, fault))
            return false;
    }
    X509 *leaf = path->certificates[0];
    const char *words = usage_fault(leaf, settings);
    if (words)
        return fault_set(fault, REASON_CERT_WRONG_USAGE, FAULT_OF_CERTIFICATE, 0, words);
    if (!constraint_allows(path, fault) || !profile_allows(path, settings, fault))
        return false;
    if (settings->name.len && !servername_matches(leaf, settings->name))
        return fault_set(fault, REASON_CERT_OTHER_NAME, FAULT_OF_CERTIFICATE, 0,
                         "no subject alternative name matches the name that was asked for");
    if (settings->checks_common_name && !servername_has_common_names(leaf))
        return fault_set(fault, REASON_CERT_OTHER_NAME, FAULT_OF_CERTIFICATE, 0,
                         "a common name that is not among the subject alternative names");
    return pathrule_is_pinned(path, settings, fault);
}

bool pathrule_is_pinned(const struct path *path, const struct verify_settings *settings, struct fault *fault) {
    bool is_found = settings->pin_count == 0;
    for (size_t i = 0; i < path->len && !is_found; i++)
        is_found = is_pinned(path->certificates[i], settings);
    return is_found ||
        fault_set(fault, REASON_CERT_NOT_PINNED, FAULT_OF_PATH, 0, "no certificate of the path is pinned");
}

static bool check_certificate(X509 *certificate, size_t depth, bool is_anchor, const struct verify_settings *settings,
                              struct fault *fault) {
    const char *words = key_fault(certificate, is_anchor, settings);
    if (words)
        return fault_set(fault, REASON_CERT_WEAK_KEY, FAULT_OF_CERTIFICATE, depth, words);
    words = form_fault(certificate);
    return !words || fault_set(fault, REASON_CERT_MALFORMED, FAULT_OF_CERTIFICATE, depth, words);
}

/* An anchor's own signature does not matter. */
static const char *key_fault(X509 *certificate, bool is_anchor, const struct verify_settings *settings) {
    const char *words = keyrule_fault(certificate, settings);
    return words || is_anchor ? words : keyrule_signature_fault(certificate, settings);
}

/* A longer serial number can stand in no list of revoked ones (RFC 5280 section 4.1.2.2). */
static const char *form_fault(const X509 *certificate) {
    const char *words = extensions_fault(certificate);
    if (!words && ASN1_STRING_length(X509_get0_serialNumber(certificate)) > SERIAL_BYTES_MAX)
        words = "a serial number longer than 20 bytes";
    return words ? words : names_fault(certificate);
}

/* Each may be there once (RFC 5280 section 4.2). */
static const char *extensions_fault(const X509 *certificate) {
    int count = X509_get_ext_count(certificate);
    if (count > PATHRULE_EXTENSIONS_MAX)
        return "more than 64 extensions";
    for (int i = 0; i < count; i++) {
        if (X509_get_ext_by_OBJ(certificate, X509_EXTENSION_get_object(X509_get_ext(certificate, i)), i) >= 0)
            return "an extension that is there twice";
    }
    return NULL;
}

static const char *names_fault(const X509 *certificate) {
    GENERAL_NAMES *names;
    const char *words = NULL;
    if (!altname_read(certificate, &names))
        return "malformed subject alternative names";
    if (names && sk_GENERAL_NAME_num(names) == 0)
        words = "an empty list of subject alternative names";
    for (int i = 0; names && !words && i < sk_GENERAL_NAME_num(names); i++)
        words = altname_fault(sk_GENERAL_NAME_value(names, i), false);
    GENERAL_NAMES_free(names);
    return words;
}

/* libcrypto is content with keyAgreement, which no cipher of ours can use. Absent key usage allows everything (it is
 * all ones then). */
static const char *usage_fault(X509 *leaf, const struct verify_settings *settings) {
    if (settings->purpose == VERIFY_ANY)
        return NULL;
    if (!(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
        return "key usage lacks digitalSignature";
    if (settings->usage == VERIFY_USAGE_REQUIRED && !(X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE))
        return "extended key usage is missing";
    return NULL;
}

static bool is_pinned(const X509 *certificate, const struct verify_settings *settings) {
    uint8_t whole[EVP_MAX_MD_SIZE];
    uint8_t key[EVP_MAX_MD_SIZE];
    unsigned len;
    unsigned char *spki = NULL;
    int spki_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);
    bool is_good = spki_len > 0 && EVP_Digest(spki, (size_t)spki_len, key, NULL, EVP_sha256(), NULL) &&
        X509_digest(certificate, EVP_sha256(), whole, &len);
    OPENSSL_free(spki);
    for (size_t i = 0; is_good && i < settings->pin_count; i++) {
        const struct verify_pin *pin = &settings->pins[i];
        if (memcmp(pin->is_key ? key : whole, pin->digest, VERIFY_PIN_BYTES) == 0)
            return true;
    }
    return false;
}
