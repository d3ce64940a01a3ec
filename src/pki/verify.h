/* Judging a chain (RFC 5280 section 6): DER bytes, a trust store, settings and a time in; a verdict out. Every path
 * from the leaf to an anchor is tried until one is good, within bounds. Pure: nothing is fetched. The only maker of
 * struct verified_peer. */
#ifndef SALLYPORT_PKI_VERIFY_H
#define SALLYPORT_PKI_VERIFY_H

#include "base/reason.h"
#include "pki/peer.h"
#include "pki/trust.h"
#include "pki/verifysettings.h"

/* Bounds of what a stranger may make us do: certificates in a chain, bytes of one and of all. Larger is
 * REASON_CERT_TOO_LARGE. SIGNATURES: checked before the search for a path is given up as REASON_CERT_WORK. */
enum {
    VERIFY_CHAIN_MAX = 10,
    VERIFY_CERT_BYTES_MAX = 65536,
    VERIFY_CHAIN_BYTES_MAX = 131072,
    VERIFY_SIGNATURES_MAX = 64
};

/* reason NONE: accepted. depth: the certificate of the path that failed (0 is the leaf); of
 * several paths, in the one that came furthest. detail: libcrypto's or our
 * own words, a fixed string. presented: the leaf that was shown.
 * failed: the certificate at `depth`, when it is not the leaf. */
struct verify_verdict {
    enum reason reason;
    int depth;
    const char *detail;
    struct peer_summary presented;
    struct peer_summary failed;
};

/* Checks `chain` (the leaf first, then what else was presented, in any order) at `now` (seconds since 1970; dates
 * inclusive at both ends). Accepted: sets *peer to a new reference. Refused: *peer is NULL and the verdict says why.
 * The verdict's summaries are filled in only when refused. */
void verify_chain(const struct slice *chain, size_t count, struct trust *trust, const struct verify_settings *settings,
                  int64_t now, struct verify_verdict *verdict, struct verified_peer **peer);

/* As verify_chain, and each path has to be good by these lists of revoked certificates, too: for the command that
 * verifies files. */
struct crlset;
void verify_chain_with_lists(const struct slice *chain, size_t count, struct trust *trust,
                             const struct verify_settings *settings, const struct crlset *crls, int64_t now,
                             struct verify_verdict *verdict, struct verified_peer **peer);

#endif
