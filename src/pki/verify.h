/* Judging a chain (RFC 5280 section 6): DER bytes, a trust store, settings and a time in; a verdict out. Pure:
 * nothing is fetched. The only maker of struct verified_peer. */
#ifndef SALLYPORT_PKI_VERIFY_H
#define SALLYPORT_PKI_VERIFY_H

#include "base/reason.h"
#include "pki/peer.h"
#include "pki/trust.h"

enum verify_purpose { VERIFY_CLIENT, VERIFY_SERVER };

/* Bounds of what a stranger may make us do: certificates in a chain, bytes of one and of all. Larger is
 * REASON_CERT_TOO_LARGE. */
enum { VERIFY_CHAIN_MAX = 10, VERIFY_CERT_BYTES_MAX = 65536, VERIFY_CHAIN_BYTES_MAX = 131072 };

/* depth: most intermediates between leaf and anchor. rsa_bits_min: smallest RSA key accepted (largest is 8192).
 * Plain data: hashed into the cache's key. */
struct verify_settings {
    enum verify_purpose purpose;
    unsigned depth;
    unsigned rsa_bits_min;
};

/* reason NONE: accepted. depth: the certificate of the chain that failed (0 is the leaf). detail: libcrypto's or our
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

#endif
