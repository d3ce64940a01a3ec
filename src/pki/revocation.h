/* Whether a verified chain is revoked, by an index and the operator's rules. Asked after each verdict, remembered or
 * not, at each resumption and at each request: the answer changes with the lists and with time. Pure. */
#ifndef SALLYPORT_PKI_REVOCATION_H
#define SALLYPORT_PKI_REVOCATION_H

#include "base/reason.h"
#include "pki/peer.h"
#include "pki/revindex.h"

/* What to do about certificates that no list speaks for. */
enum revocation_missing { REVOCATION_MISSING_REFUSE, REVOCATION_MISSING_ALLOW };

/* What to do about lists whose nextUpdate is past. hard: refuse. grace: refuse when it is past for longer than
 * grace_s. soft: go on with them. */
enum revocation_stale { REVOCATION_STALE_HARD, REVOCATION_STALE_GRACE, REVOCATION_STALE_SOFT };

/* Which certificates are asked for: the leaf's only, or the whole chain's below the anchor. */
enum revocation_scope { REVOCATION_SCOPE_CHAIN, REVOCATION_SCOPE_LEAF };

/* The rules and the index that they are for; the index's bytes are borrowed. */
struct revocation {
    struct revindex index;
    enum revocation_missing missing;
    enum revocation_stale stale;
    enum revocation_scope scope;
    int64_t grace_s;
};

/* NONE, or why the chain is refused at `now` (seconds since 1970). That one is revoked counts more than that a list is
 * missing. *depth: the certificate it is about, 0 for the leaf. */
enum reason revocation_check(const struct revocation *revocation, const struct verified_peer *peer, int64_t now,
                             int *depth);

/* The earliest nextUpdate that the rules still accept at `now`: for those who make an index. */
int64_t revocation_too_old(enum revocation_stale stale, int64_t grace_s, int64_t now);

#endif
