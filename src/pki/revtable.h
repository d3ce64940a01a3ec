/* One set of revoked serials as bytes: a bucket index and fixed-width entries (docs/revindex.md). Written from a list,
 * read in place. Pure. */
#ifndef SALLYPORT_PKI_REVTABLE_H
#define SALLYPORT_PKI_REVTABLE_H

#include "pki/crl.h"

/* ENTRIES_MAX: bucket starts have 32 bits. NONE: what a look-up says when the serial is not there. */
enum { REVTABLE_ENTRIES_MAX = 100000000, REVTABLE_BITS_MAX = 25, REVTABLE_NONE = 0xff };

/* bits: of a hash, they choose the bucket. width: bytes of a serial. */
struct revtable {
    uint32_t count;
    uint8_t width;
    uint8_t bits;
};

/* The shape of the table that a list becomes. */
struct revtable revtable_shape(const struct crl *crl);

/* How many bytes a table takes. */
uint64_t revtable_bytes(const struct revtable *table);

/* Writes the table of a list to `to`, which has revtable_bytes bytes. */
void revtable_write(const struct revtable *table, const struct crl *crl, uint64_t seed, uint8_t *to);

/* False unless `bytes` can be a table of this shape: sizes fit, buckets ascend. */
[[nodiscard]] bool revtable_check(const struct revtable *table, struct slice bytes);

/* The reason code of a serial (the worst, when it is there twice), or REVTABLE_NONE. */
uint8_t revtable_find(const struct revtable *table, const uint8_t *bytes, uint64_t seed, struct slice serial);

#endif
