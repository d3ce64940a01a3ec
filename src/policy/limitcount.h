/* How many of something each key has at a time: exact counts, for as many keys as there are holders. Pure. */
#ifndef SALLYPORT_POLICY_LIMITCOUNT_H
#define SALLYPORT_POLICY_LIMITCOUNT_H

#include "base/map.h"

/* KEY_BYTES: a SHA-256 digest, or an address. KEYS: more than a worker has descriptors for; beyond it a new key is
 * refused as when memory is short. */
enum { LIMITCOUNT_KEY_BYTES = 32, LIMITCOUNT_KEYS_MAX = 1 << 20 };

/* One key with its count, while that is above zero. */
struct limitcount_key {
    uint8_t bytes[LIMITCOUNT_KEY_BYTES];
    size_t len;
    unsigned count;
};

/* Owner of its keys. */
struct limitcount {
    struct map keys;
};

/* Makes an empty one; `seed` is random. When it is ended, nobody holds a key any more. */
void limitcount_init(struct limitcount *counts, uint64_t seed);
void limitcount_fini(struct limitcount *counts);

/* How many the key has. */
unsigned limitcount_of(const struct limitcount *counts, struct slice key);

/* One more for `key` (at most LIMITCOUNT_KEY_BYTES); the result is given back to limitcount_drop. NULL when memory is
 * short. */
[[nodiscard]] struct limitcount_key *limitcount_take(struct limitcount *counts, struct slice key);

/* One less; the pointer becomes NULL. NULL is fine. */
void limitcount_drop(struct limitcount *counts, struct limitcount_key **key);

#endif
