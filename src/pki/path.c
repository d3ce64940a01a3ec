/* Depth-first: each level keeps the issuers that may stand above its certificate, sorted, and which comes next. */
#include "pki/path.h"

#include "base/bug.h"
#include "pki/cert.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

static bool begin(struct path_search *search);
static bool push(struct path_search *search, X509 *certificate, bool is_last);
static bool take(struct path_search *search, bool *is_complete);
static void gather(struct path_search *search, struct path_level *level, X509 *subject);
static void add(struct path_search *search, struct path_level *level, X509 *issuer, bool is_anchor);
static void sort(const struct path_search *search, struct path_level *level, X509 *subject);
static unsigned score_of(const struct path_search *search, const struct path_issuer *issuer, X509 *subject);
static unsigned score_of_key_id(X509 *issuer, X509 *subject);
static bool ends_path(const struct path_search *search, const X509 *anchor);
static bool is_self_issued(const X509 *certificate);
static bool is_on_path(const struct path *path, const X509 *certificate);
static bool is_excluded(const struct path_search *search, const X509 *issuer, const X509 *subject);
static void exclude(struct path_search *search, const X509 *issuer, const X509 *subject);

void path_begin(struct path_search *search, X509 *const *presented, size_t count, const struct trust *trust,
                bool needs_root, int64_t now) {
    bug_on(count == 0 || count > PATH_PRESENTED_MAX);
    search->presented = presented;
    search->count = count;
    search->trust = trust;
    search->now = now;
    search->needs_root = needs_root;
    search->is_begun = search->is_handed_out = search->is_cut = false;
    search->path.len = search->deepest.len = 0;
    search->candidates = search->steps = search->fault_count = 0;
}

bool path_next(struct path_search *search) {
    bool is_complete = !search->is_begun && begin(search);
    if (search->is_handed_out)
        search->path.len--;
    while (!is_complete && search->path.len) {
        if (!take(search, &is_complete))
            search->path.len--;
    }
    search->is_handed_out = is_complete && search->candidates < PATH_CANDIDATES_MAX;
    search->is_cut = search->is_cut || (is_complete && !search->is_handed_out);
    search->candidates += search->is_handed_out;
    return search->is_handed_out;
}

void path_exclude_link(struct path_search *search, size_t depth) {
    bug_on(!search->is_handed_out || depth + 1 >= search->path.len);
    exclude(search, search->path.certificates[depth + 1], search->path.certificates[depth]);
    search->path.len = depth + 1;
    search->is_handed_out = false;
}

void path_exclude_issuer(struct path_search *search, size_t depth) {
    bug_on(!search->is_handed_out || depth == 0 || depth >= search->path.len);
    exclude(search, search->path.certificates[depth], NULL);
    search->path.len = depth;
    search->is_handed_out = false;
}

/* True when the leaf is an anchor itself, and thereby a whole path. */
static bool begin(struct path_search *search) {
    X509 *leaf = search->presented[0];
    search->is_begun = true;
    return push(search, leaf, trust_has(search->trust, leaf) && ends_path(search, leaf));
}

/* Returns `is_last`. */
static bool push(struct path_search *search, X509 *certificate, bool is_last) {
    struct path_level *level = &search->levels[search->path.len];
    search->path.certificates[search->path.len++] = certificate;
    level->count = level->next = 0;
    if (is_last)
        return true;
    gather(search, level, certificate);
    if (level->count == 0 && search->path.len > search->deepest.len)
        search->deepest = search->path;
    return false;
}

/* Puts the next issuer on top; false when the top has none left. */
static bool take(struct path_search *search, bool *is_complete) {
    struct path_level *level = &search->levels[search->path.len - 1];
    const X509 *subject = search->path.certificates[search->path.len - 1];
    while (level->next < level->count) {
        const struct path_issuer *issuer = &level->issuers[level->next++];
        if (is_excluded(search, issuer->certificate, subject))
            continue;
        bool is_last = issuer->is_anchor && ends_path(search, issuer->certificate);
        if (search->path.len + !is_last < PATH_MAX_LEN && search->steps++ < PATH_STEPS_MAX) {
            *is_complete = push(search, issuer->certificate, is_last);
            return true;
        }
        search->is_cut = true;
    }
    return false;
}

static void gather(struct path_search *search, struct path_level *level, X509 *subject) {
    const X509_NAME *name = X509_get_issuer_name(subject);
    X509 *const *anchors;
    size_t count = trust_find(search->trust, name, &anchors);
    for (size_t i = 0; i < count; i++)
        add(search, level, anchors[i], true);
    for (size_t i = 1; i < search->count; i++) {
        X509 *issuer = search->presented[i];
        if (X509_NAME_cmp(X509_get_subject_name(issuer), name) == 0 && !trust_has(search->trust, issuer))
            add(search, level, issuer, false);
    }
    if (level->count > 1)
        sort(search, level, subject);
}

static void add(struct path_search *search, struct path_level *level, X509 *issuer, bool is_anchor) {
    if (is_on_path(&search->path, issuer))
        return;
    if (level->count < PATH_ISSUERS_MAX)
        level->issuers[level->count++] = (struct path_issuer){.certificate = issuer, .is_anchor = is_anchor};
    else
        search->is_cut = true;
}

/* By insertion: there are few. */
static void sort(const struct path_search *search, struct path_level *level, X509 *subject) {
    for (size_t i = 0; i < level->count; i++) {
        struct path_issuer issuer = level->issuers[i];
        size_t at = i;
        issuer.score = score_of(search, &issuer, subject);
        for (; at > 0 && level->issuers[at - 1].score < issuer.score; at--)
            level->issuers[at] = level->issuers[at - 1];
        level->issuers[at] = issuer;
    }
}

/* First the key id, then the dates, then the shorter way. */
static unsigned score_of(const struct path_search *search, const struct path_issuer *issuer, X509 *subject) {
    int64_t not_before;
    int64_t not_after;
    bool is_valid = cert_dates(issuer->certificate, &not_before, &not_after) && not_before <= search->now &&
        search->now <= not_after;
    bool is_shorter = issuer->is_anchor || !is_self_issued(issuer->certificate);
    return 8 * score_of_key_id(issuer->certificate, subject) + 4U * is_valid + 2U * issuer->is_anchor + is_shorter;
}

/* 2: it is the key that the subject names, 0: it is another, 1: not said (RFC 5280 section 4.2.1.1). */
static unsigned score_of_key_id(X509 *issuer, X509 *subject) {
    const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(subject);
    const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(issuer);
    if (!wanted || !has)
        return 1;
    return ASN1_OCTET_STRING_cmp(wanted, has) == 0 ? 2 : 0;
}

static bool ends_path(const struct path_search *search, const X509 *anchor) {
    return !search->needs_root || is_self_issued(anchor);
}

static bool is_self_issued(const X509 *certificate) {
    return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

/* The same certificate, or another of the same name and key: going through it again leads nowhere new. */
static bool is_on_path(const struct path *path, const X509 *certificate) {
    for (size_t i = 0; i < path->len; i++) {
        const X509 *other = path->certificates[i];
        if (other == certificate)
            return true;
        if (X509_NAME_cmp(X509_get_subject_name(other), X509_get_subject_name(certificate)) == 0 &&
            ASN1_STRING_cmp(X509_get0_pubkey_bitstr(other), X509_get0_pubkey_bitstr(certificate)) == 0)
            return true;
    }
    return false;
}

static bool is_excluded(const struct path_search *search, const X509 *issuer, const X509 *subject) {
    for (size_t i = 0; i < search->fault_count; i++) {
        const struct path_fault *fault = &search->faults[i];
        if (fault->issuer == issuer && (!fault->subject || fault->subject == subject))
            return true;
    }
    return false;
}

/* There is room for every fault that so many candidates can have. */
static void exclude(struct path_search *search, const X509 *issuer, const X509 *subject) {
    search->faults[search->fault_count++] = (struct path_fault){.issuer = issuer, .subject = subject};
}
