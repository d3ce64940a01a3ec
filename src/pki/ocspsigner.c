/* The responder says who it is by name or key: the issuer is tried if it bears them, then each certificate that came
 * along and does. */
#include "pki/ocspsigner.h"

#include "pki/cert.h"
#include "pki/der.h"
#include "pki/ocspid.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static const char *try_delegate(const struct ocspparse *response, const struct ocspsigner_rules *rules,
                                struct slice der, int64_t *good_until);
static bool is_responder(const struct ocspparse *response, const X509 *certificate);
static bool is_named(struct slice name, const X509 *certificate);
static const char *delegate_fault(struct slice der, X509 *delegate, const struct ocspsigner_rules *rules,
                                  int64_t *good_until);
static const char *rights_fault(X509 *delegate);
static const char *issuing_fault(struct slice der, X509 *delegate, const struct ocspsigner_rules *rules);
static bool is_revoked(const X509 *delegate, const struct ocspsigner_rules *rules);

const char *ocspsigner_fault(const struct ocspparse *response, const struct ocspsigner_rules *rules,
                             int64_t *good_until) {
    const char *fault = "neither the issuer nor a certificate in it is the responder that it names";
    *good_until = INT64_MAX;
    if (is_responder(response, rules->issuer)) {
        fault = dersigned_fault(&response->signed_part, rules->issuer, rules->insecure_sha1);
        if (!fault)
            return NULL;
    }
    for (size_t i = 0; i < response->certificate_count; i++) {
        const char *other = try_delegate(response, rules, response->certificates[i], good_until);
        if (!other)
            return NULL;
        fault = *other ? other : fault;
    }
    return fault;
}

/* The empty string: it is not the one. What the certificate may is asked before anything is computed with its key. */
static const char *try_delegate(const struct ocspparse *response, const struct ocspsigner_rules *rules,
                                struct slice der, int64_t *good_until) {
    X509 *delegate = cert_parse(der);
    const char *fault = "";
    if (!delegate)
        return "a certificate in it is malformed";
    if (is_responder(response, delegate))
        fault = delegate_fault(der, delegate, rules, good_until);
    if (!fault)
        fault = dersigned_fault(&response->signed_part, delegate, rules->insecure_sha1);
    X509_free(delegate);
    ERR_clear_error();
    return fault;
}

static bool is_responder(const struct ocspparse *response, const X509 *certificate) {
    uint8_t hash[OCSPID_SHA1_BYTES];
    if (!response->is_by_key)
        return is_named(response->responder, certificate);
    return ocspid_key_hash(certificate, hash) && slice_equal(response->responder, slice_of(hash, sizeof hash));
}

static bool is_named(struct slice der, const X509 *certificate) {
    const uint8_t *at = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.len);
    bool is_equal = name && X509_NAME_cmp(name, X509_get_subject_name(certificate)) == 0;
    X509_NAME_free(name);
    ERR_clear_error();
    return is_equal;
}

static const char *delegate_fault(struct slice der, X509 *delegate, const struct ocspsigner_rules *rules,
                                  int64_t *good_until) {
    int64_t not_before;
    const char *fault = rights_fault(delegate);
    if (!fault)
        fault = issuing_fault(der, delegate, rules);
    if (fault)
        return fault;
    if (!cert_dates(delegate, &not_before, good_until) || rules->now < not_before)
        return "the delegated responder's certificate is not valid yet";
    if (rules->now > *good_until)
        return "the delegated responder's certificate has expired";
    return is_revoked(delegate, rules) ? "the delegated responder's certificate is revoked" : NULL;
}

/* The extended key usage has to be there and to name OCSPSigning itself: anyExtendedKeyUsage does not count. */
static const char *rights_fault(X509 *delegate) {
    uint32_t flags = X509_get_extension_flags(delegate);
    if (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL))
        return "the delegated responder's certificate has an extension that is malformed, or critical and not known";
    if (!(flags & EXFLAG_XKUSAGE) || !(X509_get_extended_key_usage(delegate) & XKU_OCSP_SIGN))
        return "the delegated responder's certificate lacks the extended key usage OCSPSigning";
    if (!(X509_get_key_usage(delegate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
        return "the delegated responder's key usage lacks digitalSignature";
    return NULL;
}

/* A certificate is signed like a response is. libcrypto compares names and key identifiers. */
static const char *issuing_fault(struct slice der, X509 *delegate, const struct ocspsigner_rules *rules) {
    static const char fault[] = "the delegated responder's certificate was not issued by the certificate's own issuer";
    struct slice content;
    struct dersigned piece;
    const X509_ALGOR *outer;
    X509_get0_signature(NULL, &outer, delegate);
    if (!der_take(&der, DER_SEQUENCE, &content) || !dersigned_take(content, &piece) ||
        X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(delegate)) != 0)
        return "the delegated responder's certificate is malformed";
    int linked = X509_check_issued(rules->issuer, delegate);
    if (linked != X509_V_OK && linked != X509_V_ERR_KEYUSAGE_NO_CERTSIGN)
        return fault;
    return dersigned_fault(&piece, rules->issuer, rules->insecure_sha1) ? fault : NULL;
}

/* Asked with id-pkix-ocsp-nocheck, too: a list that names the delegate is believed. */
static bool is_revoked(const X509 *delegate, const struct ocspsigner_rules *rules) {
    struct revocation_key key;
    if (!rules->lists || !revkey_make(delegate, rules->issuer, &key))
        return false;
    enum revindex_status status = revindex_find(rules->lists, &key).status;
    return status == REVINDEX_REVOKED || status == REVINDEX_ON_HOLD;
}
