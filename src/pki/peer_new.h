/* The making of struct verified_peer. For pki/verify only: including this anywhere else would make a proof out of
 * nothing. */
#ifndef SALLYPORT_PKI_PEER_NEW_H
#define SALLYPORT_PKI_PEER_NEW_H

#include "pki/peer.h"

/* A peer with one reference; copies everything. `path`: DER, the leaf first, 1 to PEER_PATH_MAX. NULL when memory is
 * short. */
[[nodiscard]] struct verified_peer *peer_new(const struct peer_summary *summary, int64_t expires,
                                             const struct slice *path, size_t path_len);

#endif
