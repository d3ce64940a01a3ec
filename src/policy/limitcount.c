/* A map of counted keys: each is made with its first holder and freed with its last. */
#include "policy/limitcount.h"

#include "base/bug.h"

#include <stdlib.h>

static struct limitcount_key *add(struct limitcount *counts, struct slice key);

void limitcount_init(struct limitcount *counts, uint64_t seed) {
    map_init(&counts->keys, LIMITCOUNT_KEYS_MAX, seed);
}

void limitcount_fini(struct limitcount *counts) {
    bug_on(counts->keys.count != 0);
    map_fini(&counts->keys);
}

unsigned limitcount_of(const struct limitcount *counts, struct slice key) {
    const struct limitcount_key *found = map_get(&counts->keys, key);
    return found != NULL ? found->count : 0;
}

struct limitcount_key *limitcount_take(struct limitcount *counts, struct slice key) {
    struct limitcount_key *found = map_get(&counts->keys, key);
    if (found == NULL)
        found = add(counts, key);
    if (found != NULL)
        found->count++;
    return found;
}

void limitcount_drop(struct limitcount *counts, struct limitcount_key **held) {
    struct limitcount_key *key = *held;
    *held = NULL;
    if (key == NULL || --key->count > 0)
        return;
    map_remove(&counts->keys, slice_of(key->bytes, key->len));
    free(key);
}

static struct limitcount_key *add(struct limitcount *counts, struct slice key) {
    bug_on(key.len > LIMITCOUNT_KEY_BYTES);
    struct limitcount_key *added = calloc(1, sizeof(*added));
    if (added == NULL)
        return NULL;
    memcpy(added->bytes, key.data, key.len);
    added->len = key.len;
    if (map_set(&counts->keys, slice_of(added->bytes, added->len), added))
        return added;
    free(added);
    return NULL;
}
