/* The making of struct verified_peer. For pki/verify only: including this anywhere else would make a proof out of
 * nothing. */
#ifndef SALLYPORT_PKI_PEER_NEW_H
#define SALLYPORT_PKI_PEER_NEW_H

#include "base/slice.h"

#include <stdint.h>

struct x509_st;
struct identity;
struct peer_summary;
struct revocation_key;
struct verified_peer;

/* A peer of a judged chain, with one reference; copies everything. `fingerprint`: SHA-256 of the leaf, 32 bytes.
 * `path`: DER, the leaf first, 1 to PEER_PATH_MAX. NULL when memory is short. */
[[nodiscard]] struct verified_peer *peer_new(const struct peer_summary *summary, const uint8_t *fingerprint,
                                             int64_t expires, const struct slice *path, size_t path_len);

/* A peer of which nothing is proven but that it has the key: it never expires, and its path is the leaf (DER). NULL
 * when memory is short. */
[[nodiscard]] struct verified_peer *peer_new_of_possession(const struct peer_summary *summary,
                                                           const uint8_t *fingerprint, struct slice leaf);

/* Gives the peer its identity, once; it is the peer's from now on. */
void peer_new_identify(struct verified_peer *peer, struct identity *identity);

/* Says when a new peer's extended key usage is no longer enough. */
void peer_new_end_usage(struct verified_peer *peer, int64_t usage_ends);

/* Says at which certificate of the trust the peer's path ends, once; a reference is taken. */
void peer_new_anchor(struct verified_peer *peer, struct x509_st *anchor);

/* Gives a new peer a copy of the revocation keys of its path; false when memory is short. */
[[nodiscard]] bool peer_new_keys(struct verified_peer *peer, const struct revocation_key *keys, size_t count);

#endif
