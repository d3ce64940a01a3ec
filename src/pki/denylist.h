/* The operator's own list of who is not let in, as an index in a string of bytes: made by the control process, sealed,
 * mapped read-only by all workers (docs/denylist.md). A look-up parses nothing, allocates nothing, and costs the same
 * for ten entries as for a million. Pure. */
#ifndef SALLYPORT_PKI_DENYLIST_H
#define SALLYPORT_PKI_DENYLIST_H

#include "base/reason.h"
#include "pki/denykey.h"

/* ENTRIES_MAX: a thousand times what a person would type, and enough for a list that a program keeps. */
enum {
    DENYLIST_VERSION = 1,
    DENYLIST_HEADER_BYTES = 64,
    DENYLIST_ENTRY_BYTES = 26,
    DENYLIST_ENTRIES_MAX = 1000000,
    DENYLIST_BITS_MAX = 18,
    DENYLIST_BYTES_MAX =
        DENYLIST_HEADER_BYTES + (((1 << DENYLIST_BITS_MAX) + 1) * 4) + DENYLIST_ENTRIES_MAX * DENYLIST_ENTRY_BYTES
};

/* One entry to write. until: the first second at which it no longer counts, or INT64_MAX. */
struct denylist_entry {
    uint8_t key[DENYKEY_BYTES];
    uint8_t kind;
    bool is_hold;
    int64_t until;
};

/* An opened index; the bytes are borrowed. kinds: one bit for each kind of which there are entries. */
struct denylist {
    struct slice bytes;
    uint64_t generation;
    uint32_t entries;
    unsigned bits;
    unsigned kinds;
};

/* What an answer is about: kind of the entry, and the certificate of the path that it names. */
struct denylist_hit {
    enum denyname_kind kind;
    int depth;
};

/* How many bytes the index of so many entries takes. */
size_t denylist_bytes(size_t count);

/* Writes the index of `count` entries, at most DENYLIST_ENTRIES_MAX, with different keys, to `to` (denylist_bytes
 * bytes). */
void denylist_write(const struct denylist_entry *entries, size_t count, uint64_t generation, uint8_t *to);

/* Opens an index; false when it is none or broken. Whatever the bytes are, nothing outside of them is ever read. */
[[nodiscard]] bool denylist_open(struct denylist *list, struct slice bytes);

/* NONE, or why the client is not let in at `now` (seconds since 1970): revoked counts more than on hold. `hit` is set
 * then. An empty list (all zero) names nobody. */
enum reason denylist_check(const struct denylist *list, const struct verified_peer *peer, int64_t now,
                           struct denylist_hit *hit);

/* "the deny-list names its mail address": for records; a fixed string. */
const char *denylist_detail(enum denyname_kind kind);

#endif
