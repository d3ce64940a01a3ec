#include "proxy/ocspcache.h"

#include "base/bug.h"

#include <stdio.h>
#include <stdlib.h>

/* Entries looked at for one to give up, when there are too many. */
enum { EVICT_TRIES = 64 };

struct ocspcache {
    struct loop *loop;
    struct ocspcache_events events;
    struct map entries;
    struct list by_use;
};

static struct slice make_key(const struct plan_ocsp *rules, const struct revocation_key *key,
                             uint8_t to[OCSPCACHE_KEY_BYTES]);
static struct ocspcache_view view_of(const struct ocspcache_entry *entry, int64_t now);
static struct ocspcache_entry *add(struct ocspcache *cache, struct slice key);
static void evict(struct ocspcache *cache);
static void drop(struct ocspcache_entry *entry);
static void schedule(struct ocspcache_entry *entry);
static void on_due(struct deadline *deadline);
static bool is_usable(const struct ocspcache_entry *entry, int64_t now);

struct ocspcache *ocspcache_new(struct loop *loop, struct ocspcache_events events, uint64_t seed) {
    struct ocspcache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->loop = loop;
    cache->events = events;
    map_init(&cache->entries, OCSPCACHE_ENTRIES_MAX, seed);
    list_init(&cache->by_use);
    return cache;
}

void ocspcache_free(struct ocspcache **held) {
    struct ocspcache *cache = *held;
    struct list *item;
    struct list *following;
    *held = NULL;
    if (!cache)
        return;
    list_each_safe(item, following, &cache->by_use) {
        struct ocspcache_entry *entry = list_entry(item, struct ocspcache_entry, link);
        bug_on(entry->ask || !list_empty(&entry->holders));
        drop(entry);
    }
    map_fini(&cache->entries);
    free(cache);
}

struct ocspcache_view ocspcache_look(const struct ocspcache *cache, const struct plan_ocsp *rules,
                                     const struct revocation_key *key, int64_t now) {
    uint8_t bytes[OCSPCACHE_KEY_BYTES];
    const struct ocspcache_entry *entry = cache ? map_get(&cache->entries, make_key(rules, key, bytes)) : NULL;
    if (!entry)
        return (struct ocspcache_view){.reason = REASON_OCSP_UNAVAILABLE, .is_due = true};
    return view_of(entry, now);
}

bool ocspcache_hold(struct ocspcache *cache, const struct plan_ocsp *rules, const struct revocation_key *key,
                    struct ocspcache_holder *holder) {
    uint8_t bytes[OCSPCACHE_KEY_BYTES];
    struct slice name = make_key(rules, key, bytes);
    struct ocspcache_entry *entry = map_get(&cache->entries, name);
    if (!entry)
        entry = add(cache, name);
    if (!entry)
        return false;
    list_remove(&entry->link);
    list_append(&cache->by_use, &entry->link);
    holder->entry = entry;
    list_append(&entry->holders, &holder->link);
    schedule(entry);
    return true;
}

void ocspcache_release(struct ocspcache_holder *holder) {
    struct ocspcache_entry *entry = holder->entry;
    holder->entry = NULL;
    if (!entry)
        return;
    list_remove(&holder->link);
    schedule(entry);
}

bool ocspcache_is_due(const struct ocspcache_entry *entry, int64_t now) {
    return !entry->ask && now >= entry->next_ask_s;
}

/* The next time comes at half of what is left of the answer, or earlier when the rules say so; entries that were
 * learned together are not asked about together. */
bool ocspcache_answer(struct ocspcache_entry *entry, const struct ocsp_answer *answer, const struct plan_ocsp *rules,
                      int64_t now) {
    if (entry->has_answer && answer->this_update < entry->answer.this_update) {
        ocspcache_fail(entry, "its answer is older than one that it gave before", now);
        return false;
    }
    int64_t wait_s = (answer->usable_until - now) / 2;
    wait_s = answer->status == OCSP_REVOKED || wait_s > rules->refresh_s ? rules->refresh_s : wait_s;
    wait_s = wait_s > 1 ? wait_s : 1;
    entry->answer = *answer;
    entry->has_answer = true;
    entry->failures = 0;
    entry->why[0] = '\0';
    entry->next_ask_s = now + wait_s - wait_s * (entry->key[OCSPCACHE_KEY_BYTES / 2] % 16) / 128;
    schedule(entry);
    return true;
}

void ocspcache_fail(struct ocspcache_entry *entry, const char *why, int64_t now) {
    int64_t wait_s = OCSPCACHE_RETRY_S;
    for (unsigned i = 0; i < entry->failures && wait_s < OCSPCACHE_RETRY_MAX_S; i++)
        wait_s *= 2;
    entry->failures++;
    snprintf(entry->why, sizeof entry->why, "%s", why);
    entry->next_ask_s = now + (wait_s < OCSPCACHE_RETRY_MAX_S ? wait_s : OCSPCACHE_RETRY_MAX_S);
    if (entry->has_answer && entry->answer.usable_until >= now && entry->next_ask_s > entry->answer.usable_until)
        entry->next_ask_s = entry->answer.usable_until + 1;
    schedule(entry);
}

void ocspcache_each(struct ocspcache *cache, void (*visit)(struct ocspcache_entry *entry)) {
    struct list *item;
    struct list *following;
    list_each_safe(item, following, &cache->by_use) visit(list_entry(item, struct ocspcache_entry, link));
}

size_t ocspcache_scope(const struct plan_ocsp *rules, size_t len) {
    return rules->scope == REVOCATION_SCOPE_LEAF && len > 1 ? 1 : len;
}

size_t ocspcache_count(const struct ocspcache *cache) {
    return cache->entries.count;
}

static struct slice make_key(const struct plan_ocsp *rules, const struct revocation_key *key,
                             uint8_t to[OCSPCACHE_KEY_BYTES]) {
    uint8_t *at = to;
    memset(to, 0, OCSPCACHE_KEY_BYTES);
    memcpy(at, rules->digest, sizeof rules->digest);
    at += sizeof rules->digest;
    memcpy(at, key->issuer, sizeof key->issuer);
    at += sizeof key->issuer;
    *at++ = key->serial_len;
    memcpy(at, key->serial, key->serial_len);
    return slice_of(to, OCSPCACHE_KEY_BYTES);
}

/* While a question is under way, waiting for it is better than an answer that is to be replaced. */
static struct ocspcache_view view_of(const struct ocspcache_entry *entry, int64_t now) {
    struct ocspcache_view view = {.is_due = now >= entry->next_ask_s};
    view.is_answer = is_usable(entry, now);
    if (view.is_answer) {
        view.reason = ocsp_reason(entry->answer.status);
        view.detail = view.reason == REASON_NONE ? NULL : "an OCSP responder says so";
        return view;
    }
    view.reason = entry->has_answer ? REASON_OCSP_STALE : REASON_OCSP_UNAVAILABLE;
    view.detail = entry->why[0] ? entry->why : NULL;
    return view;
}

/* As pki/ocsp has it: who was revoked for good stays so. */
static bool is_usable(const struct ocspcache_entry *entry, int64_t now) {
    return entry->has_answer && (entry->answer.usable_until >= now || entry->answer.status == OCSP_REVOKED);
}

static struct ocspcache_entry *add(struct ocspcache *cache, struct slice key) {
    if (cache->entries.count == OCSPCACHE_ENTRIES_MAX)
        evict(cache);
    struct ocspcache_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->cache = cache;
    memcpy(entry->key, key.data, sizeof entry->key);
    list_init(&entry->holders);
    deadline_init(&entry->due, on_due);
    if (!map_set(&cache->entries, slice_of(entry->key, sizeof entry->key), entry)) {
        free(entry);
        return NULL;
    }
    list_append(&cache->by_use, &entry->link);
    return entry;
}

/* Those used last stand at the end. Who is held has connections of its own, and so there are few of them before one
 * that is not. */
static void evict(struct ocspcache *cache) {
    struct list *item;
    struct list *following;
    unsigned tries = 0;
    list_each_safe(item, following, &cache->by_use) {
        struct ocspcache_entry *entry = list_entry(item, struct ocspcache_entry, link);
        if (list_empty(&entry->holders) && !entry->ask) {
            drop(entry);
            return;
        }
        if (++tries == EVICT_TRIES)
            return;
        list_remove(item);
        list_append(&cache->by_use, item);
    }
}

static void drop(struct ocspcache_entry *entry) {
    struct ocspcache *cache = entry->cache;
    deadline_clear(loop_deadlines(cache->loop), &entry->due);
    map_remove(&cache->entries, slice_of(entry->key, sizeof entry->key));
    list_remove(&entry->link);
    free(entry);
}

/* Only for those who hold it is anything asked ahead; others ask when they come. */
static void schedule(struct ocspcache_entry *entry) {
    struct loop *loop = entry->cache->loop;
    int64_t wait_ms = entry->next_ask_s * 1000 - loop_unix_ms(loop);
    if (list_empty(&entry->holders) || entry->ask || entry->next_ask_s == 0)
        deadline_clear(loop_deadlines(loop), &entry->due);
    else
        deadline_set(loop_deadlines(loop), &entry->due, loop_now_ms(loop) + (wait_ms > 0 ? wait_ms : 0));
}

static void on_due(struct deadline *deadline) {
    struct ocspcache_entry *entry = list_entry(deadline, struct ocspcache_entry, due);
    const struct ocspcache_events *events = &entry->cache->events;
    events->due(events->owner, entry);
}
