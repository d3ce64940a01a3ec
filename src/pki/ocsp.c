#include "pki/ocsp.h"

#include "pki/crldata.h"
#include "pki/ocspparse.h"
#include "pki/ocspsigner.h"

static const char *response_fault(struct slice der, const struct ocsp_question *question,
                                  const struct ocsp_rules *rules, int64_t now, struct ocspparse *response,
                                  int64_t *good_until);
static const char *nonce_fault(const struct ocspparse *response, const struct ocsp_question *question,
                               const struct ocsp_rules *rules);
static void find_worst(const struct ocspparse *response, const struct ocsp_question *question,
                       const struct ocsp_rules *rules, int64_t now, struct ocsp_answer *answer);
static struct ocsp_answer weigh(const struct ocspparse_single *single, const struct ocsp_rules *rules, int64_t now);
static enum ocsp_status status_of(const struct ocspparse_single *single);
static int64_t end_of(const struct ocspparse_single *single, const struct ocsp_rules *rules);

void ocsp_judge(struct slice der, const struct ocsp_question *question, const struct ocsp_rules *rules, int64_t now,
                struct ocsp_answer *answer) {
    struct ocspparse response;
    int64_t good_until = 0;
    *answer = (struct ocsp_answer){.status = OCSP_UNUSABLE};
    answer->detail = response_fault(der, question, rules, now, &response, &good_until);
    if (answer->detail)
        return;
    answer->detail = "it answers for other certificates only";
    find_worst(&response, question, rules, now, answer);
    if (answer->usable_until > good_until)
        answer->usable_until = good_until;
}

enum reason ocsp_reason(enum ocsp_status status) {
    static const enum reason reasons[] = {
        [OCSP_UNUSABLE] = REASON_OCSP_BAD_ANSWER,
        [OCSP_STALE] = REASON_OCSP_STALE,
        [OCSP_GOOD] = REASON_NONE,
        [OCSP_UNKNOWN] = REASON_OCSP_UNKNOWN,
        [OCSP_ON_HOLD] = REASON_CERT_ON_HOLD,
        [OCSP_REVOKED] = REASON_CERT_REVOKED,
    };
    return reasons[status];
}

const char *ocsp_status_name(enum ocsp_status status) {
    static const char *const names[] = {
        [OCSP_UNUSABLE] = "unusable", [OCSP_STALE] = "stale",     [OCSP_GOOD] = "good",
        [OCSP_UNKNOWN] = "unknown",   [OCSP_ON_HOLD] = "on hold", [OCSP_REVOKED] = "revoked",
    };
    return names[status];
}

/* The signature comes last: it costs most. */
static const char *response_fault(struct slice der, const struct ocsp_question *question,
                                  const struct ocsp_rules *rules, int64_t now, struct ocspparse *response,
                                  int64_t *good_until) {
    struct ocspsigner_rules signer = {question->issuer, question->lists, now, rules->insecure_sha1};
    const char *fault;
    if (!ocspparse_response(der, response, &fault))
        return fault;
    if (response->produced_at > now + rules->skew_s)
        return "it is from the future";
    fault = nonce_fault(response, question, rules);
    return fault ? fault : ocspsigner_fault(response, &signer, good_until);
}

static const char *nonce_fault(const struct ocspparse *response, const struct ocsp_question *question,
                               const struct ocsp_rules *rules) {
    if (response->has_nonce && question->nonce.len && !slice_equal(response->nonce, question->nonce))
        return "it has another nonce than the question";
    bool is_there = response->has_nonce && question->nonce.len;
    return rules->needs_nonce && !is_there ? "it lacks the nonce of the question" : NULL;
}

static void find_worst(const struct ocspparse *response, const struct ocsp_question *question,
                       const struct ocsp_rules *rules, int64_t now, struct ocsp_answer *answer) {
    struct slice rest = response->singles;
    struct ocspparse_single single;
    bool is_found = false;
    while (ocspparse_next(&rest, &single)) {
        if (!ocspid_is(question->id, single.certid))
            continue;
        struct ocsp_answer other = weigh(&single, rules, now);
        bool is_worse = other.status > answer->status ||
            (other.status == answer->status && other.this_update > answer->this_update);
        if (!is_found || is_worse)
            *answer = other;
        is_found = true;
    }
}

static struct ocsp_answer weigh(const struct ocspparse_single *single, const struct ocsp_rules *rules, int64_t now) {
    struct ocsp_answer answer = {
        .status = status_of(single),
        .code = single->code,
        .revoked_at = single->revoked_at,
        .this_update = single->this_update,
        .next_update = single->has_next_update ? single->next_update : 0,
        .usable_until = end_of(single, rules),
    };
    if (single->this_update > now + rules->skew_s) {
        answer.status = OCSP_UNUSABLE;
        answer.detail = "its thisUpdate is in the future";
    } else if (now > answer.usable_until && answer.status != OCSP_REVOKED) {
        answer.status = OCSP_STALE;
        answer.detail = single->has_next_update && single->next_update + rules->skew_s < now
            ? "its nextUpdate is past"
            : "its thisUpdate is too long ago";
    }
    return answer;
}

static enum ocsp_status status_of(const struct ocspparse_single *single) {
    if (single->status == OCSPPARSE_GOOD)
        return OCSP_GOOD;
    if (single->status == OCSPPARSE_UNKNOWN)
        return OCSP_UNKNOWN;
    return single->code == CRL_CODE_HOLD ? OCSP_ON_HOLD : OCSP_REVOKED;
}

static int64_t end_of(const struct ocspparse_single *single, const struct ocsp_rules *rules) {
    int64_t end = single->has_next_update ? single->next_update : single->this_update + rules->fresh_s;
    if (rules->age_max_s && end > single->this_update + rules->age_max_s)
        end = single->this_update + rules->age_max_s;
    return end + rules->skew_s;
}
