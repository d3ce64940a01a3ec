/* The index of revoked certificates, read in place (docs/revindex.md). Written by pki/revwrite. Whatever its bytes are,
 * nothing outside of them is read. Pure. */
#ifndef SALLYPORT_PKI_REVINDEX_H
#define SALLYPORT_PKI_REVINDEX_H

#include "pki/revkey.h"
#include "pki/revtable.h"

/* Sizes of the parts. BYTES_MAX: a hundred million serials would be more than any CA has revoked. */
enum {
    REVINDEX_HEADER_BYTES = 64,
    REVINDEX_AUTHORITY_BYTES = 40,
    REVINDEX_LIST_BYTES = 112,
    REVINDEX_TABLE_BYTES = 16,
    REVINDEX_SCOPE_BYTES = 32,
    REVINDEX_VERSION = 1,
    REVINDEX_PARTS_MAX = 1000000,
    REVINDEX_BYTES_MAX = 500 << 20
};

/* The flags of a list. */
enum {
    REVINDEX_ONLY_USERS = 1,
    REVINDEX_ONLY_CAS = 2,
    REVINDEX_HAS_POINTS = 4,
    REVINDEX_HAS_NUMBER = 8,
    REVINDEX_DISTRUSTED = 16
};

/* What an index begins with. */
extern const char revindex_magic[8];

/* An open index: borrowed bytes and the places of its parts. */
struct revindex {
    struct slice bytes;
    uint32_t authorities;
    uint32_t lists;
    uint32_t points;
    uint64_t seed;
};

/* GOOD: lists speak for the certificate and do not name it. NO_LIST: not all reasons are covered. */
enum revindex_status { REVINDEX_GOOD, REVINDEX_REVOKED, REVINDEX_ON_HOLD, REVINDEX_NO_LIST };

/* What a look-up says. next_update: of GOOD, the earliest of the lists; afterwards they are stale. */
struct revindex_answer {
    enum revindex_status status;
    uint8_t reason;
    int64_t next_update;
};

/* Opens an index and checks its form; *fault (a fixed string) says what is wrong. `bytes` must outlive it. */
[[nodiscard]] bool revindex_open(struct revindex *index, struct slice bytes, const char **fault);

/* Looks a certificate up. The cost does not depend on the number of serials. */
struct revindex_answer revindex_find(const struct revindex *index, const struct revocation_key *key);

/* True when a list of `index` has a lower number than the list of the same authority and scope in `earlier`. */
bool revindex_went_back(const struct revindex *index, const struct revindex *earlier);

#endif
