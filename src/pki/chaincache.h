/* Remembers accepted chains, so that the signatures of a chain are checked once and not at each connection. The key
 * is SHA-256 over every presented certificate, byte by byte, the trust digest and the verification settings. Only
 * good paths are kept, never beyond the earliest notAfter, and dates are compared at each look-up. Revocation and
 * policy are not in it: the judge is asked each time, and another path is looked for when he refuses the known ones.
 * Proof of possession stays with the TLS library. One per worker, bounded, least recently used goes first. */
#ifndef SALLYPORT_PKI_CHAINCACHE_H
#define SALLYPORT_PKI_CHAINCACHE_H

#include "pki/verify.h"

struct chaincache;

/* Makes a cache of at most `max` chains; NULL when memory is short. */
[[nodiscard]] struct chaincache *chaincache_new(size_t max);
void chaincache_free(struct chaincache **cache);

/* Paths kept of one chain: more are found again each time. */
enum { CHAINCACHE_PATHS_MAX = 4 };

/* As verify_chain_asking, from memory where possible. */
void chaincache_verify(struct chaincache *cache, const struct slice *chain, size_t count, struct trust *trust,
                       const struct verify_settings *settings, const struct verify_judge *judge, int64_t now,
                       struct verify_verdict *verdict, struct verified_peer **peer);

/* As verify_possession, from memory where possible. */
void chaincache_possession(struct chaincache *cache, const struct slice *chain, size_t count,
                           const struct verify_settings *settings, const struct verify_judge *judge, int64_t now,
                           struct verify_verdict *verdict, struct verified_peer **peer);

/* Look-ups answered from memory, and all: for counters and tests. */
struct chaincache_count {
    uint64_t hits;
    uint64_t lookups;
};

/* The counts so far. */
struct chaincache_count chaincache_count(const struct chaincache *cache);

#endif
