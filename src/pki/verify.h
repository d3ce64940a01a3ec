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

/* Who has the last word on a path that is good by itself, on revocation above all: NONE, or why it is refused.
 * *depth: the certificate of the path that it is about (0 is the leaf); *detail: more words (a fixed string), or
 * NULL. A word against the leaf is final; after one against a CA other paths are tried, which go around that
 * certificate. */
struct verify_judge {
    enum reason (*judge)(void *owner, struct verified_peer *peer, int *depth, const char **detail);
    void *owner;
};

/* As verify_chain, and `judge` (NULL: nobody) is asked about each good path until it accepts one. */
void verify_chain_asking(const struct slice *chain, size_t count, struct trust *trust,
                         const struct verify_settings *settings, const struct verify_judge *judge, int64_t now,
                         struct verify_verdict *verdict, struct verified_peer **peer);

/* Judges no chain: that the leaf can be read, that its key is of a kind and size that proves something, that it is
 * pinned, where there are pins, and then what `judge` (NULL: nobody) says. The TLS library sees to the possession of
 * the key. Bounds, verdict and *peer as verify_chain, but the peer's proof is PEER_PROOF_POSSESSION. */
void verify_possession(const struct slice *chain, size_t count, const struct verify_settings *settings,
                       const struct verify_judge *judge, struct verify_verdict *verdict, struct verified_peer **peer);

/* Asks about a peer that was verified before; NULL accepts. The verdict is filled in either way. */
enum reason verify_ask(const struct verify_judge *judge, struct verified_peer *peer, struct verify_verdict *verdict);

#endif
