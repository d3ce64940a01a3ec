#include "pki/crlsign.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool is_other_key(const struct crl *crl, X509 *certificate);

bool crlsign_is_name(const struct crl *crl, const X509 *certificate) {
    const uint8_t *at = crl->issuer.data;
    X509_NAME *issuer = d2i_X509_NAME(NULL, &at, (long)crl->issuer.len);
    bool is_equal = issuer && X509_NAME_cmp(issuer, X509_get_subject_name(certificate)) == 0;
    X509_NAME_free(issuer);
    ERR_clear_error();
    return is_equal;
}

const char *crlsign_check(const struct crl *crl, X509 *certificate) {
    if (!(X509_get_key_usage(certificate) & KU_CRL_SIGN))
        return "its issuer's key usage lacks cRLSign";
    if (is_other_key(crl, certificate))
        return "it names another key of its issuer (authority key identifier)";
    return dersigned_fault(&crl->signed_part, certificate, false);
}

static bool is_other_key(const struct crl *crl, X509 *certificate) {
    const ASN1_OCTET_STRING *key_id = X509_get0_subject_key_id(certificate);
    return crl->key_id.len && key_id &&
        !slice_equal(crl->key_id, slice_of(ASN1_STRING_get0_data(key_id), (size_t)ASN1_STRING_length(key_id)));
}
