/* The highest numbers that were seen in revocation lists (RFC 5280 section 5.2.3), by authority, scope and kind: a list
 * with a lower one is an old list played again. Bytes that outlive a restart; docs/revindex.md describes them. Pure. */
#ifndef SALLYPORT_PKI_REVNUMBERS_H
#define SALLYPORT_PKI_REVNUMBERS_H

#include "base/buf.h"
#include "pki/crldata.h"
#include "pki/revindex.h"

/* ROWS: lists of one gateway, and those that were configured once. */
enum {
    REVNUMBERS_HEADER_BYTES = 16,
    REVNUMBERS_ROW_BYTES = REVKEY_ISSUER_BYTES + REVINDEX_SCOPE_BYTES + 4 + CRL_NUMBER_MAX,
    REVNUMBERS_ROWS_MAX = 50000,
    REVNUMBERS_BYTES_MAX = REVNUMBERS_HEADER_BYTES + REVNUMBERS_ROWS_MAX * REVNUMBERS_ROW_BYTES
};

/* What a number is remembered by. */
struct revnumbers_key {
    uint8_t issuer[REVKEY_ISSUER_BYTES];
    uint8_t scope[REVINDEX_SCOPE_BYTES];
    bool is_delta;
};

/* Open numbers: rows in borrowed bytes. Zeroed: none. */
struct revnumbers {
    const uint8_t *rows;
    size_t count;
};

/* Opens numbers; empty bytes are none. False when they are anything else; *numbers is empty then. */
[[nodiscard]] bool revnumbers_open(struct revnumbers *numbers, struct slice bytes);

/* True when a number is remembered and this one is lower; one that is not given is the lowest. */
bool revnumbers_went_back(const struct revnumbers *numbers, const struct revnumbers_key *key,
                          const struct crl_number *number);

/* Numbers being put together. */
struct revnumbers_memory;

/* Begins with those that are open; NULL when memory is short. */
[[nodiscard]] struct revnumbers_memory *revnumbers_memory_new(const struct revnumbers *earlier);
void revnumbers_memory_free(struct revnumbers_memory **memory);

/* Notes a number; the highest counts. False when memory is short or there are too many. */
[[nodiscard]] bool revnumbers_memory_add(struct revnumbers_memory *memory, const struct revnumbers_key *key,
                                         const struct crl_number *number);

/* Appends them as bytes; false when `to` has no room. */
[[nodiscard]] bool revnumbers_memory_write(struct revnumbers_memory *memory, struct buf *to);

#endif
