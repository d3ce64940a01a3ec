#include "proxy/ocspwatch.h"

#include <stdlib.h>

/* A holder knows its watch, which is what entries are watched by. */
struct place {
    struct ocspcache_holder holder;
    struct ocspwatch *watch;
};

struct ocspwatch {
    struct ocspwatch_desk *desk;
    void *owner;
    size_t count;
    struct place places[];
};

static void on_due(void *owner, struct ocspcache_entry *entry);
static void on_ended(void *owner, struct ocspcache_entry *entry);
static void ask(struct place *place);

bool ocspwatch_open(struct ocspwatch_desk *desk, struct loop *loop, struct asks *asks, struct counters *counters,
                    struct ocspwatch_events events, uint64_t seed) {
    desk->events = events;
    desk->asking =
        (struct ocspask_context){.loop = loop, .asks = asks, .counters = counters, .ended = on_ended, .owner = desk};
    list_init(&desk->asking.waiting);
    desk->cache = ocspcache_new(loop, (struct ocspcache_events){.due = on_due, .owner = desk}, seed);
    return desk->cache;
}

void ocspwatch_close(struct ocspwatch_desk *desk) {
    if (desk->cache)
        ocspcache_each(desk->cache, ocspask_cancel);
    ocspcache_free(&desk->cache);
}

struct ocspwatch *ocspwatch_new(struct ocspwatch_desk *desk, const struct plan_ocsp *rules,
                                const struct verified_peer *peer, void *owner) {
    size_t count = ocspcache_scope(rules, verified_peer_key_count(peer));
    struct ocspwatch *watch = calloc(1, sizeof *watch + count * sizeof *watch->places);
    if (!watch)
        return NULL;
    watch->desk = desk;
    watch->owner = owner;
    for (; watch->count < count; watch->count++) {
        struct place *place = &watch->places[watch->count];
        place->watch = watch;
        place->holder.depth = watch->count;
        if (!ocspcache_hold(desk->cache, rules, verified_peer_key(peer, watch->count), &place->holder)) {
            ocspwatch_free(&watch);
            return NULL;
        }
    }
    return watch;
}

void ocspwatch_free(struct ocspwatch **held) {
    struct ocspwatch *watch = *held;
    *held = NULL;
    if (!watch)
        return;
    for (size_t i = 0; i < watch->count; i++)
        ocspcache_release(&watch->places[i].holder);
    free(watch);
}

void ocspwatch_ask(struct ocspwatch *watch) {
    for (size_t i = 0; i < watch->count; i++)
        ask(&watch->places[i]);
}

/* Whoever watches knows the certificate; any of them will do. */
static void on_due(void *owner, struct ocspcache_entry *entry) {
    (void)owner;
    struct list *first = list_first(&entry->holders);
    if (first)
        ask(list_entry(first, struct place, holder.link));
}

/* All who watch are told; each may stop watching, none begins to. */
static void on_ended(void *owner, struct ocspcache_entry *entry) {
    struct ocspwatch_desk *desk = owner;
    struct list *item;
    struct list *following;
    list_each_safe(item, following, &entry->holders)
        desk->events.changed(list_entry(item, struct place, holder.link)->watch->owner);
}

static void ask(struct place *place) {
    struct ocspwatch_desk *desk = place->watch->desk;
    struct ocspcache_entry *entry = place->holder.entry;
    struct ocspask_subject about = desk->events.about(place->watch->owner);
    about.depth = place->holder.depth;
    if (ocspcache_is_due(entry, loop_unix_ms(desk->asking.loop) / 1000))
        ocspask_start(&desk->asking, entry, &about);
}
