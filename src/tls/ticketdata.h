/* What a session ticket of ours carries besides the library's session: to which context it belongs, when the
 * certificate was judged, and the chain that was presented, so that it can be judged again at each resumption.
 * Encrypted and authenticated by the ticket's key; parsed as if it were not. Pure. */
#ifndef SALLYPORT_TLS_TICKETDATA_H
#define SALLYPORT_TLS_TICKETDATA_H

#include "base/buf.h"
#include "pki/verify.h"

/* A larger chain gets no ticket: the client would have to send it with every ClientHello, which has 16 KB at most. */
enum {
    TICKETDATA_CONTEXT_BYTES = 32,
    TICKETDATA_CHAIN_BYTES_MAX = 8192,
    TICKETDATA_BYTES_MAX = TICKETDATA_CHAIN_BYTES_MAX + 128
};

/* chain: as presented, the leaf first; chain_count 0 when there was none. Slices point into the bytes that were
 * decoded. verified_at: of the full handshake, seconds since 1970. */
struct ticketdata {
    uint8_t context[TICKETDATA_CONTEXT_BYTES];
    int64_t verified_at;
    size_t chain_count;
    struct slice chain[VERIFY_CHAIN_MAX];
};

/* Appends the encoded form; false when the chain is too large or `to` is full. */
[[nodiscard]] bool ticketdata_encode(const struct ticketdata *data, struct buf *to);

/* Reads the encoded form, all of it; false when anything is amiss. */
[[nodiscard]] bool ticketdata_decode(struct slice bytes, struct ticketdata *data);

#endif
