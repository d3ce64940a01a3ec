#include "bin/verifyocsp.h"

#include "pki/ocsp.h"
#include "pki/ocspsubject.h"

static void ask_all(const struct pkifiles *responses, const struct ocsp_question *question,
                    const struct ocsp_rules *rules, int64_t now, struct ocsp_answer *worst);
static void refuse(struct verify_verdict *verdict, struct verified_peer **peer, enum reason reason, const char *detail);

/* The rules are those of the gateway when nothing else is set. */
void verifyocsp_judge(const struct pkifiles *responses, const struct trust *trust, bool insecure_sha1, int64_t now,
                      struct verify_verdict *verdict, struct verified_peer **peer) {
    struct ocsp_rules rules = {.skew_s = OCSP_SKEW_USUAL_S,
                               .fresh_s = OCSP_FRESH_USUAL_S,
                               .insecure_sha1 = insecure_sha1};
    struct ocsp_answer worst = {.status = OCSP_UNUSABLE, .detail = "no response was given"};
    struct ocspsubject subject;
    if (!ocspsubject_of_peer(&subject, *peer, 0, trust)) {
        refuse(verdict, peer, REASON_OCSP_UNAVAILABLE, "the leaf is itself an anchor: no issuer speaks for it");
    } else {
        struct ocsp_question question = {.id = &subject.id, .issuer = subject.issuer};
        ask_all(responses, &question, &rules, now, &worst);
        if (worst.status != OCSP_GOOD)
            refuse(verdict, peer, ocsp_reason(worst.status), worst.detail ? worst.detail : "an OCSP response says so");
    }
    ocspsubject_fini(&subject);
}

/* The statuses ascend from "nothing is known" to "revoked". */
static void ask_all(const struct pkifiles *responses, const struct ocsp_question *question,
                    const struct ocsp_rules *rules, int64_t now, struct ocsp_answer *worst) {
    for (size_t i = 0; i < responses->count; i++) {
        struct ocsp_answer answer;
        ocsp_judge(pkifiles_get(responses, i), question, rules, now, &answer);
        if (i == 0 || answer.status > worst->status)
            *worst = answer;
    }
}

static void refuse(struct verify_verdict *verdict, struct verified_peer **peer, enum reason reason,
                   const char *detail) {
    *verdict = (struct verify_verdict){.reason = reason, .detail = detail, .presented = *verified_peer_summary(*peer)};
    verified_peer_unref(peer);
}
