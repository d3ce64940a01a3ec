#include "pki/staple.h"

#include "pki/cert.h"
#include "pki/pem.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool has_feature(const X509 *leaf);
static X509 *take_certificate(struct slice pem, size_t index);

const char *staple_subject(struct ocspsubject *subject, struct slice chain, struct slice issuer_pem) {
    *subject = (struct ocspsubject){.certificate = NULL};
    X509 *leaf = take_certificate(chain, 0);
    X509 *issuer = issuer_pem.len ? take_certificate(issuer_pem, 0) : take_certificate(chain, 1);
    const char *fault = NULL;
    if (!leaf)
        fault = "there is no certificate in it";
    else if (!issuer)
        fault = "its issuer's certificate is not there";
    else if (X509_check_issued(issuer, leaf) != X509_V_OK || X509_verify(leaf, X509_get0_pubkey(issuer)) != 1)
        fault = "it was issued by another certificate than the one that is given";
    else if (!ocspsubject_init(subject, leaf, issuer))
        fault = "its serial number is too long";
    X509_free(leaf);
    X509_free(issuer);
    ERR_clear_error();
    return fault;
}

/* Clients' clocks may be as far off as responders', and they know no patience: the answer is not shown for longer
 * than it says. */
const char *staple_judge(const struct ocspsubject *subject, struct slice response, int64_t now, int64_t *until) {
    const struct ocsp_rules rules = {.skew_s = OCSP_SKEW_USUAL_S, .fresh_s = OCSP_FRESH_USUAL_S};
    const struct ocsp_question question = {.id = &subject->id, .issuer = subject->issuer};
    struct ocsp_answer answer;
    ocsp_judge(response, &question, &rules, now, &answer);
    *until = answer.usable_until - rules.skew_s;
    if (answer.detail)
        return answer.detail;
    if (answer.status != OCSP_GOOD)
        return answer.status == OCSP_UNKNOWN ? "its responder does not know the certificate"
                                             : "the certificate is revoked";
    return now > *until ? "its nextUpdate is past" : NULL;
}

bool staple_is_demanded(struct slice chain) {
    X509 *leaf = take_certificate(chain, 0);
    bool is_demanded = leaf && has_feature(leaf);
    X509_free(leaf);
    return is_demanded;
}

bool staple_is_promised(struct slice certificate) {
    X509 *leaf = cert_parse(certificate);
    bool is_promised = leaf && has_feature(leaf);
    X509_free(leaf);
    return is_promised;
}

static bool has_feature(const X509 *leaf) {
    enum { STATUS_REQUEST = 5 };
    TLS_FEATURE *features = X509_get_ext_d2i(leaf, NID_tlsfeature, NULL, NULL);
    bool has = false;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        has = has || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == STATUS_REQUEST;
    TLS_FEATURE_free(features);
    ERR_clear_error();
    return has;
}

/* Blocks of other kinds do not count; NULL when there are not so many, or it is malformed. */
static X509 *take_certificate(struct slice text, size_t index) {
    struct pem_reader reader;
    struct pem_block block;
    struct buf der;
    pem_init(&reader, text);
    while (pem_next(&reader, &block) == PEM_FOUND) {
        if (!pem_is(&block, "CERTIFICATE") || index-- > 0)
            continue;
        buf_init(&der, PEM_BLOCK_BYTES_MAX);
        X509 *certificate = pem_decode(&block, &der) ? cert_parse(buf_view(&der)) : NULL;
        buf_fini(&der);
        return certificate;
    }
    return NULL;
}
