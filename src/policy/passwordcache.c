/* Two tables of small sets; in a full set the entry that would end first goes. */
#include "policy/passwordcache.h"

#include "base/bug.h"
#include "base/text.h"
#include "pki/digest.h"

#include <stdlib.h>

_Static_assert((int)PASSWORDCACHE_BYTES == (int)DIGEST_BYTES, "entries are digests");

/* until_ms 0: empty. */
struct entry {
    uint8_t digest[PASSWORDCACHE_BYTES];
    int64_t until_ms;
};

/* First the sets of right passwords, then those of wrong ones. */
struct passwordcache {
    uint8_t key[PASSWORDCACHE_BYTES];
    size_t sets;
    struct entry entries[];
};

static size_t bytes_of(size_t sets);
static struct entry *set_of(const struct passwordcache *cache, bool is_right, const uint8_t *digest);
static bool has(const struct entry *set, const uint8_t *digest, int64_t now_ms);

struct passwordcache *passwordcache_new(size_t sets, const uint8_t key[PASSWORDCACHE_BYTES]) {
    bug_on(sets == 0 || (sets & (sets - 1)) != 0);
    struct passwordcache *cache = calloc(1, bytes_of(sets));
    if (cache == NULL)
        return NULL;
    memcpy(cache->key, key, sizeof(cache->key));
    cache->sets = sets;
    return cache;
}

void passwordcache_free(struct passwordcache **held) {
    struct passwordcache *cache = *held;
    *held = NULL;
    if (cache == NULL)
        return;
    text_wipe(cache, bytes_of(cache->sets));
    free(cache);
}

void passwordcache_digest(const struct passwordcache *cache, struct slice user, struct slice password,
                          struct slice stored, uint8_t to[PASSWORDCACHE_BYTES]) {
    const struct slice parts[] = {slice_of(cache->key, sizeof(cache->key)), user, password, stored};
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), to);
}

enum passwordcache_word passwordcache_find(const struct passwordcache *cache, const uint8_t digest[PASSWORDCACHE_BYTES],
                                           int64_t now_ms) {
    if (has(set_of(cache, true, digest), digest, now_ms))
        return PASSWORDCACHE_RIGHT;
    return has(set_of(cache, false, digest), digest, now_ms) ? PASSWORDCACHE_WRONG : PASSWORDCACHE_UNKNOWN;
}

void passwordcache_keep(struct passwordcache *cache, const uint8_t digest[PASSWORDCACHE_BYTES], bool is_right,
                        int64_t until_ms) {
    struct entry *set = set_of(cache, is_right, digest);
    struct entry *place = set;
    for (size_t i = 0; i < PASSWORDCACHE_WAYS; i++) {
        if (memcmp(set[i].digest, digest, sizeof(set[i].digest)) == 0) {
            place = &set[i];
            break;
        }
        if (set[i].until_ms < place->until_ms)
            place = &set[i];
    }
    memcpy(place->digest, digest, sizeof(place->digest));
    place->until_ms = until_ms;
}

static size_t bytes_of(size_t sets) {
    return sizeof(struct passwordcache) + 2 * sets * PASSWORDCACHE_WAYS * sizeof(struct entry);
}

static struct entry *set_of(const struct passwordcache *cache, bool is_right, const uint8_t *digest) {
    size_t number;
    memcpy(&number, digest, sizeof(number));
    number = (number & (cache->sets - 1)) + (is_right ? 0 : cache->sets);
    return (struct entry *)&cache->entries[number * PASSWORDCACHE_WAYS];
}

static bool has(const struct entry *set, const uint8_t *digest, int64_t now_ms) {
    for (size_t i = 0; i < PASSWORDCACHE_WAYS; i++) {
        if (set[i].until_ms > now_ms && memcmp(set[i].digest, digest, PASSWORDCACHE_BYTES) == 0)
            return true;
    }
    return false;
}
