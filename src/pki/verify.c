/* Bounds first, then parsing, then one path after the other: libcrypto judges it, then our own rules do. */
#include "pki/verify.h"

#include "base/bug.h"
#include "pki/cert.h"
#include "pki/constraint.h"
#include "pki/identity.h"
#include "pki/keyrule.h"
#include "pki/pathcheck.h"
#include "pki/pathrule.h"
#include "pki/peer_new.h"
#include "pki/spiffeid.h"

#include <openssl/err.h>
#include <openssl/x509.h>

/* One judgement. parsed[i] is chain[i]. fault: of the path that came furthest; failed: the certificate that has it,
 * NULL as long as there is none. peer: made of the path that is under judgement. */
struct judgement {
    const struct slice *chain;
    size_t count;
    X509 *parsed[VERIFY_CHAIN_MAX];
    struct verify_settings settings;
    struct pathcheck check;
    struct path_search search;
    size_t signatures;
    struct fault fault;
    X509 *failed;
    enum peer_proof proof;
    struct identity *svid;
    struct slice domain;
    const struct verify_judge *judge;
    struct verify_verdict *verdict;
    struct verified_peer *peer;
};

static void begin(struct judgement *judgement, const struct slice *chain, size_t count,
                  const struct verify_settings *settings, struct verify_verdict *verdict);
static void end(struct judgement *judgement);
static bool examine(struct judgement *judgement);
static bool check_svid(struct judgement *judgement);
static bool speaks_for_leaf(const struct judgement *judgement, struct fault *fault);
static bool examine_leaf(struct judgement *judgement);
static bool check_bounds(struct judgement *judgement);
static bool parse_chain(struct judgement *judgement);
static bool check_sizes(struct judgement *judgement);
static bool find_path(struct judgement *judgement);
static bool is_good(struct judgement *judgement, struct fault *fault);
static bool is_accepted(struct judgement *judgement, struct fault *fault);
static bool learn(struct judgement *judgement, const struct fault *fault);
static unsigned rank_of(const struct fault *fault);
static bool refuse_all(struct judgement *judgement);
static bool refuse_pathless(struct judgement *judgement);
static struct verified_peer *make_peer(struct judgement *judgement, struct fault *fault);
static bool keeps_usage(struct judgement *judgement);
static size_t encode_path(const struct path *path, struct slice *to, uint8_t **encoded);
static bool add_keys(struct verified_peer *peer, const struct path *path);
static int64_t path_expires(const struct path *path);
static bool refuse(struct judgement *judgement, enum reason reason, size_t depth, const char *detail);

void verify_chain(const struct slice *chain, size_t count, struct trust *trust, const struct verify_settings *settings,
                  int64_t now, struct verify_verdict *verdict, struct verified_peer **peer) {
    verify_chain_asking(chain, count, trust, settings, NULL, now, verdict, peer);
}

void verify_chain_asking(const struct slice *chain, size_t count, struct trust *trust,
                         const struct verify_settings *settings, const struct verify_judge *judge, int64_t now,
                         struct verify_verdict *verdict, struct verified_peer **peer) {
    struct judgement judgement;
    begin(&judgement, chain, count, settings, verdict);
    judgement.judge = judge;
    judgement.settings.usage = verifysettings_usage(settings, now);
    judgement.check = (struct pathcheck){.trust = trust, .settings = &judgement.settings, .now = now};
    bug_on(examine(&judgement) != (judgement.peer != NULL));
    *peer = judgement.peer;
    end(&judgement);
}

void verify_possession(const struct slice *chain, size_t count, const struct verify_settings *settings,
                       const struct verify_judge *judge, struct verify_verdict *verdict, struct verified_peer **peer) {
    struct judgement judgement;
    begin(&judgement, chain, count, settings, verdict);
    judgement.judge = judge;
    judgement.proof = PEER_PROOF_POSSESSION;
    bug_on(examine_leaf(&judgement) != (judgement.peer != NULL));
    *peer = judgement.peer;
    end(&judgement);
}

static void begin(struct judgement *judgement, const struct slice *chain, size_t count,
                  const struct verify_settings *settings, struct verify_verdict *verdict) {
    judgement->chain = chain;
    judgement->count = count;
    judgement->settings = *settings;
    judgement->signatures = 0;
    judgement->failed = NULL;
    judgement->proof = PEER_PROOF_CHAIN;
    judgement->svid = NULL;
    judgement->verdict = verdict;
    judgement->peer = NULL;
    memset(judgement->parsed, 0, sizeof judgement->parsed);
    *verdict = (struct verify_verdict){.reason = REASON_NONE};
}

static void end(struct judgement *judgement) {
    identity_free(&judgement->svid);
    for (size_t i = 0; i < VERIFY_CHAIN_MAX; i++)
        X509_free(judgement->parsed[i]);
    ERR_clear_error();
}

enum reason verify_ask(const struct verify_judge *judge, struct verified_peer *peer, struct verify_verdict *verdict) {
    *verdict = (struct verify_verdict){.reason = REASON_NONE};
    if (judge)
        verdict->reason = judge->judge(judge->owner, peer, &verdict->depth, &verdict->detail);
    if (verdict->reason == REASON_NONE)
        return REASON_NONE;
    if (!verdict->detail)
        verdict->detail = reason_row(verdict->reason)->sentence;
    verdict->presented = *verified_peer_summary(peer);
    if (verdict->depth > 0)
        cert_summarize_der(verified_peer_path(peer, (size_t)verdict->depth), &verdict->failed);
    return verdict->reason;
}

static bool examine(struct judgement *judgement) {
    bool is_read = check_bounds(judgement) && parse_chain(judgement) && check_sizes(judgement);
    bool has_domains = trust_has_domains(judgement->check.trust);
    return is_read && (!has_domains || check_svid(judgement)) && find_path(judgement);
}

/* X509-SVID section 5: what the leaf has to be whoever issued it, and of which trust domain it says it is. */
static bool check_svid(struct judgement *judgement) {
    struct slice path;
    judgement->svid = identity_new(judgement->parsed[0], judgement->chain[0]);
    if (!judgement->svid)
        return refuse(judgement, REASON_CERT_TOO_LARGE, 0, "more names or policies than the gateway reads");
    const char *words = identity_svid_fault(judgement->svid, slice_text(""));
    if (words)
        return refuse(judgement, REASON_CERT_NO_SVID, 0, words);
    bool is_known = spiffeid_split(judgement->svid->spiffe_id, &judgement->domain, &path) &&
        trust_has_domain(judgement->check.trust, judgement->domain);
    return is_known ||
        refuse(judgement, REASON_CERT_TRUST_DOMAIN, 0, "the SPIFFE id is of a trust domain that has no bundle");
}

/* The leaf is a path of its own. */
static bool examine_leaf(struct judgement *judgement) {
    struct path *path = &judgement->search.path;
    struct fault fault;
    if (!check_bounds(judgement) || !parse_chain(judgement) || !check_sizes(judgement))
        return false;
    *path = (struct path){.certificates = {judgement->parsed[0]}, .len = 1};
    const char *words = keyrule_fault(judgement->parsed[0], &judgement->settings);
    if (words)
        return refuse(judgement, REASON_CERT_WEAK_KEY, 0, words);
    bool is_taken = pathrule_is_pinned(path, &judgement->settings, &fault) && is_accepted(judgement, &fault);
    return is_taken || refuse(judgement, fault.reason, 0, fault.detail);
}

static bool check_bounds(struct judgement *judgement) {
    size_t total = 0;
    if (judgement->count == 0)
        return refuse(judgement, REASON_CERT_MISSING, 0, "no certificate was presented");
    for (size_t i = 0; i < judgement->count; i++) {
        total += judgement->chain[i].len;
        if (i >= VERIFY_CHAIN_MAX)
            return refuse(judgement, REASON_CERT_TOO_LARGE, i, "more than 10 certificates");
        if (judgement->chain[i].len > VERIFY_CERT_BYTES_MAX)
            return refuse(judgement, REASON_CERT_TOO_LARGE, i, "a certificate larger than 64 KiB");
        if (total > VERIFY_CHAIN_BYTES_MAX)
            return refuse(judgement, REASON_CERT_TOO_LARGE, i, "a chain larger than 128 KiB");
    }
    return true;
}

static bool parse_chain(struct judgement *judgement) {
    for (size_t i = 0; i < judgement->count; i++) {
        judgement->parsed[i] = cert_parse(judgement->chain[i]);
        if (!judgement->parsed[i])
            return refuse(judgement, REASON_CERT_MALFORMED, i, "not a DER-encoded X.509 certificate");
    }
    return true;
}

/* Before any signature is computed: a huge key costs much time, in the path or not. */
static bool check_sizes(struct judgement *judgement) {
    for (size_t i = 0; i < judgement->count; i++) {
        if (keyrule_is_huge(judgement->parsed[i]))
            return refuse(judgement, REASON_CERT_WEAK_KEY, i, "a key larger than 8192 bits");
    }
    return true;
}

static bool find_path(struct judgement *judgement) {
    const struct pathcheck *check = &judgement->check;
    struct path_search *search = &judgement->search;
    struct fault fault;
    path_begin(search, judgement->parsed, judgement->count, check->trust, check->settings->needs_root, check->now);
    while (path_next(search)) {
        judgement->signatures += search->path.len - 1;
        if (judgement->signatures > VERIFY_SIGNATURES_MAX)
            search->is_cut = true;
        else if (is_good(judgement, &fault) && is_accepted(judgement, &fault))
            return true;
        if (judgement->signatures > VERIFY_SIGNATURES_MAX || !learn(judgement, &fault))
            break;
    }
    return refuse_all(judgement);
}

static bool is_good(struct judgement *judgement, struct fault *fault) {
    const struct path *path = &judgement->search.path;
    return constraint_is_bounded(path, fault) && pathcheck_judge(&judgement->check, path, fault) &&
        (!judgement->svid || speaks_for_leaf(judgement, fault)) &&
        pathrule_allows(path, judgement->check.settings, fault);
}

/* A trust domain certifies its own ids and no others: the anchor has to be of the bundle of the leaf's domain. */
static bool speaks_for_leaf(const struct judgement *judgement, struct fault *fault) {
    const struct path *path = &judgement->search.path;
    const X509 *anchor = path->certificates[path->len - 1];
    return trust_speaks_for(judgement->check.trust, anchor, judgement->domain) ||
        fault_set(fault, REASON_CERT_TRUST_DOMAIN, FAULT_OF_PATH, path->len - 1,
                  "the chain ends in the bundle of another trust domain than that of the SPIFFE id");
}

/* The judge is asked about a finished peer; one that is refused is gone. */
static bool is_accepted(struct judgement *judgement, struct fault *fault) {
    const struct verify_judge *judge = judgement->judge;
    const char *detail = NULL;
    int depth = 0;
    judgement->peer = make_peer(judgement, fault);
    if (!judgement->peer)
        return false;
    enum reason reason = judge ? judge->judge(judge->owner, judgement->peer, &depth, &detail) : REASON_NONE;
    if (reason == REASON_NONE)
        return true;
    bug_on(depth < 0 || (size_t)depth >= judgement->search.path.len);
    verified_peer_unref(&judgement->peer);
    return fault_set(fault, reason, FAULT_OF_STANDING, (size_t)depth, detail ? detail : reason_row(reason)->sentence);
}

/* Keeps the fault if it is the one to report, and tells the search what other paths need not be tried; false when
 * none need be. */
static bool learn(struct judgement *judgement, const struct fault *fault) {
    struct path_search *search = &judgement->search;
    if (!judgement->failed || rank_of(fault) > rank_of(&judgement->fault)) {
        judgement->fault = *fault;
        judgement->failed = search->path.certificates[fault->depth];
    }
    if (fault->scope == FAULT_OF_LINK && fault->depth + 1 < search->path.len)
        path_exclude_link(search, fault->depth);
    else if ((fault->scope == FAULT_OF_CERTIFICATE || fault->scope == FAULT_OF_STANDING) && fault->depth > 0)
        path_exclude_issuer(search, fault->depth);
    else
        return fault->scope == FAULT_OF_PATH && fault->reason != REASON_MEMORY;
    return true;
}

/* The further a path came, the likelier it is the one that was meant: one with a wrong key is no path at all, what is
 * wrong with the leaf is wrong in all of them, and a path that the judge was asked about had no fault of its own. */
static unsigned rank_of(const struct fault *fault) {
    switch (fault->scope) {
    case FAULT_OF_LINK:
        return 0;
    case FAULT_OF_CERTIFICATE:
        return fault->depth > 0 ? 1 : 3;
    case FAULT_OF_PATH:
        return 2;
    case FAULT_OF_STANDING:
        break;
    }
    return 4;
}

static bool refuse_all(struct judgement *judgement) {
    const struct fault *fault = &judgement->fault;
    bool is_asked = judgement->failed && fault->scope == FAULT_OF_STANDING;
    if (judgement->search.is_cut && !is_asked)
        return refuse(judgement, REASON_CERT_WORK, 0, "too many paths from the leaf to the trust");
    if (!judgement->failed)
        return refuse_pathless(judgement);
    refuse(judgement, fault->reason, fault->depth, fault->detail);
    if (fault->depth > 0)
        cert_summarize(judgement->failed, &judgement->verdict->failed);
    return false;
}

/* No anchor was reached: the certificate whose issuer is missing is named. */
static bool refuse_pathless(struct judgement *judgement) {
    const struct path *path = &judgement->search.deepest;
    bug_on(path->len == 0);
    X509 *last = path->certificates[path->len - 1];
    const char *detail = "unable to get local issuer certificate";
    if (X509_NAME_cmp(X509_get_subject_name(last), X509_get_issuer_name(last)) == 0)
        detail = path->len == 1 ? "self-signed certificate" : "self-signed certificate in certificate chain";
    refuse(judgement, REASON_CERT_UNKNOWN_ISSUER, path->len - 1, detail);
    if (path->len > 1)
        cert_summarize(last, &judgement->verdict->failed);
    return false;
}

static struct verified_peer *make_peer(struct judgement *judgement, struct fault *fault) {
    const struct path *path = &judgement->search.path;
    struct peer_summary summary;
    struct slice der[PEER_PATH_MAX];
    uint8_t *encoded[PEER_PATH_MAX] = {NULL};
    struct identity *identity = identity_new(judgement->parsed[0], judgement->chain[0]);
    size_t count = encode_path(path, der, encoded);
    struct verified_peer *peer = NULL;
    bool is_chain = judgement->proof == PEER_PROOF_CHAIN;
    fault_set(fault, REASON_MEMORY, FAULT_OF_PATH, 0, "no memory for the verdict");
    if (!identity)
        fault_set(fault, REASON_CERT_TOO_LARGE, FAULT_OF_CERTIFICATE, 0,
                  "more names or policies than the gateway reads");
    else
        cert_summarize_as(judgement->parsed[0], identity->fingerprint, &summary);
    if (identity && count)
        peer = is_chain ? peer_new(&summary, identity->fingerprint, path_expires(path), der, count)
                        : peer_new_of_possession(&summary, identity->fingerprint, der[0]);
    if (peer)
        peer_new_identify(peer, identity);
    else
        identity_free(&identity);
    if (peer && is_chain)
        peer_new_anchor(peer, path->certificates[path->len - 1]);
    if (peer && !add_keys(peer, path))
        verified_peer_unref(&peer);
    if (peer && is_chain && !keeps_usage(judgement))
        peer_new_end_usage(peer, judgement->settings.usage_until);
    for (size_t i = 0; i < PEER_PATH_MAX; i++)
        OPENSSL_free(encoded[i]);
    return peer;
}

/* Whether the path stays good when extended key usage becomes required: judged once more, as it will be then. */
static bool keeps_usage(struct judgement *judgement) {
    struct verify_settings *settings = &judgement->settings;
    enum verify_usage usage = settings->usage;
    struct fault fault;
    if (!settings->usage_until || usage == VERIFY_USAGE_REQUIRED)
        return true;
    settings->usage = VERIFY_USAGE_REQUIRED;
    bool is_kept = is_good(judgement, &fault);
    settings->usage = usage;
    return is_kept;
}

/* The path without its anchor, unless the leaf itself is one; 0 when memory is short. */
static size_t encode_path(const struct path *path, struct slice *to, uint8_t **encoded) {
    size_t len = path->len > 1 ? path->len - 1 : 1;
    bug_on(len > PEER_PATH_MAX);
    for (size_t i = 0; i < len; i++) {
        int bytes = i2d_X509(path->certificates[i], &encoded[i]);
        if (bytes <= 0)
            return 0;
        to[i] = slice_of(encoded[i], (size_t)bytes);
    }
    return len;
}

/* Each certificate's issuer stands above it; the anchor's does not matter. */
static bool add_keys(struct verified_peer *peer, const struct path *path) {
    struct revocation_key keys[PATH_MAX_LEN];
    for (size_t i = 0; i + 1 < path->len; i++) {
        if (!revkey_make(path->certificates[i], path->certificates[i + 1], &keys[i]))
            return false;
    }
    return peer_new_keys(peer, keys, path->len - 1);
}

static int64_t path_expires(const struct path *path) {
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < path->len; i++) {
        int64_t not_before;
        int64_t not_after;
        if (!cert_dates(path->certificates[i], &not_before, &not_after))
            return 0;
        earliest = not_after < earliest ? not_after : earliest;
    }
    return earliest + 1;
}

/* Always false, so that a check can end with it. */
static bool refuse(struct judgement *judgement, enum reason reason, size_t depth, const char *detail) {
    judgement->verdict->reason = reason;
    judgement->verdict->depth = (int)depth;
    judgement->verdict->detail = detail;
    if (judgement->parsed[0])
        cert_summarize(judgement->parsed[0], &judgement->verdict->presented);
    else if (judgement->count && judgement->chain[0].len <= VERIFY_CERT_BYTES_MAX)
        cert_summarize_der(judgement->chain[0], &judgement->verdict->presented);
    return false;
}
