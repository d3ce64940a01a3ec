/* What an OCSP response is worth: bytes, a question and a time in; an answer out. Whatever is wrong with a response,
 * the answer is not "good". Pure. */
#ifndef SALLYPORT_PKI_OCSP_H
#define SALLYPORT_PKI_OCSP_H

#include "base/reason.h"
#include "pki/ocspid.h"
#include "pki/revindex.h"

struct x509_st;

/* From nothing against a certificate to the most. UNUSABLE: nothing is known from this response. STALE: it
 * would say something, but it is too old. */
enum ocsp_status { OCSP_UNUSABLE, OCSP_STALE, OCSP_GOOD, OCSP_UNKNOWN, OCSP_ON_HOLD, OCSP_REVOKED };

/* What holds when nothing else is set. RESPONDERS_MAX: asked about one certificate, one after the other, each for as
 * long as it is waited for. */
enum { OCSP_SKEW_USUAL_S = 300, OCSP_FRESH_USUAL_S = 3600, OCSP_RESPONDERS_MAX = 8 };

/* skew_s: how far clocks may differ. age_max_s: an answer counts this long after its thisUpdate at most, 0: as long
 * as it says itself. fresh_s: how long, when it does not say (no nextUpdate). needs_nonce: without the question's
 * nonce it is unusable. insecure_sha1: for old test data. */
struct ocsp_rules {
    int64_t skew_s;
    int64_t age_max_s;
    int64_t fresh_s;
    bool needs_nonce;
    bool insecure_sha1;
};

/* nonce: what was sent, empty when none. lists: where a delegated responder may be named as revoked, or NULL. */
struct ocsp_question {
    const struct ocspid *id;
    struct x509_st *issuer;
    struct slice nonce;
    const struct revindex *lists;
};

/* detail: NULL, or what is wrong (a fixed string). code (RFC 5280 section 5.3.1) and revoked_at are of ON_HOLD and
 * REVOKED. usable_until: the last second at which it counts, clock skew included. Seconds since 1970. */
struct ocsp_answer {
    enum ocsp_status status;
    const char *detail;
    uint8_t code;
    int64_t revoked_at;
    int64_t this_update;
    int64_t next_update;
    int64_t usable_until;
};

/* Judges `der`. Of several answers about the certificate the worst counts. A certificate that was revoked for good
 * stays
 * so: that answer counts however old it is. */
void ocsp_judge(struct slice der, const struct ocsp_question *question, const struct ocsp_rules *rules, int64_t now,
                struct ocsp_answer *answer);

/* Why a certificate with this answer is refused; NONE for GOOD. */
enum reason ocsp_reason(enum ocsp_status status);

/* "good", "revoked", …: the word for a status. */
const char *ocsp_status_name(enum ocsp_status status);

#endif
