/* Path building (RFC 4158): enumerates the ways from a leaf over presented certificates to an anchor, the likeliest
 * first. Names only: no signature is computed, nothing is judged. What a judge finds out about a candidate is told to
 * the search, so that it tries no other candidate with the same fault in it. */
#ifndef SALLYPORT_PKI_PATH_H
#define SALLYPORT_PKI_PATH_H

#include "pki/trust.h"

/* PATH_MAX_LEN: the leaf, 10 intermediates and an anchor. PATH_PRESENTED_MAX: certificates that a peer may present.
 * PATH_CANDIDATES_MAX: paths handed out by one search: real cross-certification has a handful.
 * PATH_ISSUERS_MAX: certificates of one name that are tried at one place. PATH_STEPS_MAX: certificates put on the
 * path in all, so that a maze without an exit ends. */
enum {
    PATH_MAX_LEN = 12,
    PATH_PRESENTED_MAX = 10,
    PATH_CANDIDATES_MAX = 32,
    PATH_ISSUERS_MAX = 24,
    PATH_STEPS_MAX = 1000
};

/* The leaf at 0, the anchor last. The certificates are borrowed from the chain and the trust. */
struct path {
    struct x509_st *certificates[PATH_MAX_LEN];
    size_t len;
};

/* A certificate that may have issued another, and how likely it did: the higher, the likelier. */
struct path_issuer {
    struct x509_st *certificate;
    bool is_anchor;
    unsigned score;
};

/* One place of the path under construction: who may stand above its certificate, and whose turn is next. */
struct path_level {
    struct path_issuer issuers[PATH_ISSUERS_MAX];
    size_t count;
    size_t next;
};

/* `issuer` did not sign `subject`; with `subject` NULL: it can be no issuer in any path. */
struct path_fault {
    const struct x509_st *issuer;
    const struct x509_st *subject;
};

/* A search. deepest: the longest path that found no issuer, for the report when there is no candidate at all. is_cut:
 * something was left untried because of a bound. */
struct path_search {
    struct x509_st *const *presented;
    size_t count;
    const struct trust *trust;
    int64_t now;
    bool needs_root;
    bool is_begun;
    bool is_handed_out;
    struct path path;
    struct path_level levels[PATH_MAX_LEN];
    struct path deepest;
    size_t candidates;
    size_t steps;
    bool is_cut;
    struct path_fault faults[PATH_CANDIDATES_MAX];
    size_t fault_count;
};

/* Begins a search: presented[0] is the leaf, the others come in any order (at most PATH_PRESENTED_MAX in all).
 * needs_root: a path may end at a self-issued anchor only. All pointers stay the caller's. */
void path_begin(struct path_search *search, struct x509_st *const *presented, size_t count, const struct trust *trust,
                bool needs_root, int64_t now);

/* The next candidate, in search->path; false when there is none or PATH_CANDIDATES_MAX were handed out. */
[[nodiscard]] bool path_next(struct path_search *search);

/* Tells that the certificate at `depth` of the candidate was not signed by the one above it. The candidate is gone
 * afterwards. */
void path_exclude_link(struct path_search *search, size_t depth);

/* Tells that the certificate at `depth` (above 0) can be no issuer in any path. The candidate is gone afterwards. */
void path_exclude_issuer(struct path_search *search, size_t depth);

#endif
