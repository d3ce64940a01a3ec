/* Keys are SHA-256 over everything that the verdict depends on but time. Entries are in a map by key and in a list
 * by use. */
#include "pki/chaincache.h"

#include "base/bug.h"
#include "base/list.h"
#include "base/map.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { CHAINCACHE_KEY_BYTES = 32 };

/* A path was good at verified_at, so it may be taken for good from then until its peer expires. */
struct known_path {
    int64_t verified_at;
    struct verified_peer *peer;
};

/* The good paths of a chain, the one that was found first at 0. */
struct chaincache_entry {
    struct list use;
    uint8_t key[CHAINCACHE_KEY_BYTES];
    struct known_path paths[CHAINCACHE_PATHS_MAX];
    size_t count;
};

struct chaincache {
    struct map entries;
    struct list used; /* the least recently used first */
    size_t max;
    EVP_MD *hash;
    EVP_MD_CTX *hashing;
    struct chaincache_count count;
};

static bool make_key(struct chaincache *cache, const struct slice *chain, size_t count, const uint8_t *under,
                     const struct verify_settings *settings, uint8_t key[CHAINCACHE_KEY_BYTES]);
static bool hash_number(EVP_MD_CTX *hashing, uint64_t number);
static bool hash_chain(EVP_MD_CTX *hashing, const struct slice *chain, size_t count);
static bool recall(struct chaincache *cache, const uint8_t *key, const struct verify_judge *judge, int64_t now,
                   struct verify_verdict *verdict, struct verified_peer **peer);
static struct chaincache_entry *look_up(struct chaincache *cache, const uint8_t *key, int64_t now);
static void forget(struct chaincache_entry *entry, size_t path);
static bool ask(const struct chaincache_entry *entry, const struct verify_judge *judge, struct verify_verdict *verdict,
                struct verified_peer **peer);
static void keep(struct chaincache *cache, const uint8_t *key, int64_t now, struct verified_peer *peer);
static struct chaincache_entry *add_entry(struct chaincache *cache, const uint8_t *key);
static void drop(struct chaincache *cache, struct chaincache_entry *entry);
static struct chaincache_entry *entry_of(struct list *use);

struct chaincache *chaincache_new(size_t max) {
    struct chaincache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->max = max;
    map_init(&cache->entries, max, 0); /* no seed: the keys are hashes already */
    list_init(&cache->used);
    cache->hash = EVP_MD_fetch(NULL, "SHA256", NULL);
    cache->hashing = EVP_MD_CTX_new();
    if (!cache->hash || !cache->hashing)
        chaincache_free(&cache);
    return cache;
}

void chaincache_free(struct chaincache **cache) {
    struct chaincache *old = *cache;
    *cache = NULL;
    if (!old)
        return;
    while (!list_empty(&old->used))
        drop(old, entry_of(list_first(&old->used)));
    map_fini(&old->entries);
    EVP_MD_CTX_free(old->hashing);
    EVP_MD_free(old->hash);
    free(old);
}

void chaincache_verify(struct chaincache *cache, const struct slice *chain, size_t count, struct trust *trust,
                       const struct verify_settings *settings, const struct verify_judge *judge, int64_t now,
                       struct verify_verdict *verdict, struct verified_peer **peer) {
    uint8_t key[CHAINCACHE_KEY_BYTES];
    bool has_key = make_key(cache, chain, count, trust_digest(trust), settings, key);
    if (recall(cache, has_key ? key : NULL, judge, now, verdict, peer))
        return;
    verify_chain_asking(chain, count, trust, settings, judge, now, verdict, peer);
    if (*peer && has_key)
        keep(cache, key, now, *peer);
}

/* No trust has this digest, so nothing that was remembered here is ever taken for a judged chain. */
void chaincache_possession(struct chaincache *cache, const struct slice *chain, size_t count,
                           const struct verify_settings *settings, const struct verify_judge *judge, int64_t now,
                           struct verify_verdict *verdict, struct verified_peer **peer) {
    static const uint8_t no_trust[TRUST_DIGEST_BYTES] = "possession";
    uint8_t key[CHAINCACHE_KEY_BYTES];
    bool has_key = make_key(cache, chain, count, no_trust, settings, key);
    if (recall(cache, has_key ? key : NULL, judge, now, verdict, peer))
        return;
    verify_possession(chain, count, settings, judge, verdict, peer);
    if (*peer && has_key)
        keep(cache, key, now, *peer);
}

/* True when what is remembered under `key` (NULL: nothing is) gives the verdict. Counts. */
static bool recall(struct chaincache *cache, const uint8_t *key, const struct verify_judge *judge, int64_t now,
                   struct verify_verdict *verdict, struct verified_peer **peer) {
    const struct chaincache_entry *entry = key ? look_up(cache, key, now) : NULL;
    cache->count.lookups++;
    if (!entry || !ask(entry, judge, verdict, peer))
        return false;
    cache->count.hits++;
    return true;
}

struct chaincache_count chaincache_count(const struct chaincache *cache) {
    return cache->count;
}

/* Every length is hashed before its bytes, so that no two inputs run together. False without a bounded chain or when
 * libcrypto fails. */
static bool make_key(struct chaincache *cache, const struct slice *chain, size_t count, const uint8_t *under,
                     const struct verify_settings *settings, uint8_t key[CHAINCACHE_KEY_BYTES]) {
    EVP_MD_CTX *hashing = cache->hashing;
    return count && count <= VERIFY_CHAIN_MAX && EVP_DigestInit_ex2(hashing, cache->hash, NULL) &&
        EVP_DigestUpdate(hashing, under, TRUST_DIGEST_BYTES) && verifysettings_hash(settings, hashing) &&
        hash_chain(hashing, chain, count) && EVP_DigestFinal_ex(hashing, key, NULL);
}

static bool hash_number(EVP_MD_CTX *hashing, uint64_t number) {
    return EVP_DigestUpdate(hashing, &number, sizeof number);
}

static bool hash_chain(EVP_MD_CTX *hashing, const struct slice *chain, size_t count) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += chain[i].len;
        if (total > VERIFY_CHAIN_BYTES_MAX || !hash_number(hashing, chain[i].len) ||
            !EVP_DigestUpdate(hashing, chain[i].data, chain[i].len))
            return false;
    }
    return true;
}

/* Paths whose time is over are forgotten. NULL when there is none left. */
static struct chaincache_entry *look_up(struct chaincache *cache, const uint8_t *key, int64_t now) {
    struct chaincache_entry *entry = map_get(&cache->entries, slice_of(key, CHAINCACHE_KEY_BYTES));
    for (size_t i = entry ? entry->count : 0; i-- > 0;) {
        const struct known_path *path = &entry->paths[i];
        if (now < path->verified_at || now >= verified_peer_expires(path->peer) ||
            now >= verified_peer_usage_ends(path->peer))
            forget(entry, i);
    }
    if (entry && entry->count == 0)
        drop(cache, entry);
    else if (entry) {
        list_remove(&entry->use);
        list_append(&cache->used, &entry->use);
        return entry;
    }
    return NULL;
}

static void forget(struct chaincache_entry *entry, size_t path) {
    verified_peer_unref(&entry->paths[path].peer);
    entry->count--;
    memmove(&entry->paths[path], &entry->paths[path + 1], (entry->count - path) * sizeof *entry->paths);
}

/* True when the verdict is final: *peer is a new reference, or the judge has said no to the leaf, which no other path
 * mends. */
static bool ask(const struct chaincache_entry *entry, const struct verify_judge *judge, struct verify_verdict *verdict,
                struct verified_peer **peer) {
    *peer = NULL;
    for (size_t i = 0; i < entry->count; i++) {
        if (verify_ask(judge, entry->paths[i].peer, verdict) == REASON_NONE)
            *peer = verified_peer_ref(entry->paths[i].peer);
        if (*peer || verdict->depth == 0)
            return true;
    }
    return false;
}

/* The chain is not there, or all of its paths that are were refused. */
static void keep(struct chaincache *cache, const uint8_t *key, int64_t now, struct verified_peer *peer) {
    struct chaincache_entry *entry = map_get(&cache->entries, slice_of(key, CHAINCACHE_KEY_BYTES));
    if (!entry)
        entry = add_entry(cache, key);
    if (!entry || entry->count == CHAINCACHE_PATHS_MAX)
        return;
    entry->paths[entry->count++] = (struct known_path){.verified_at = now, .peer = verified_peer_ref(peer)};
}

/* The least recently used makes room. NULL when memory is short. */
static struct chaincache_entry *add_entry(struct chaincache *cache, const uint8_t *key) {
    if (cache->max && cache->entries.count == cache->max)
        drop(cache, entry_of(list_first(&cache->used)));
    struct chaincache_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    memcpy(entry->key, key, sizeof entry->key);
    list_init(&entry->use);
    if (!map_set(&cache->entries, slice_of(entry->key, sizeof entry->key), entry)) {
        free(entry);
        return NULL;
    }
    list_append(&cache->used, &entry->use);
    return entry;
}

static void drop(struct chaincache *cache, struct chaincache_entry *entry) {
    bug_on(map_remove(&cache->entries, slice_of(entry->key, sizeof entry->key)) != entry);
    list_remove(&entry->use);
    while (entry->count)
        forget(entry, entry->count - 1);
    free(entry);
}

static struct chaincache_entry *entry_of(struct list *use) {
    return list_entry(use, struct chaincache_entry, use);
}
