/* Open addressing with linear probing. The table is a power of two, at most three quarters full; removal shifts the
 * followers back, so that there are no tombstones. The hash is keyed by the caller's seed: a stranger who chooses keys
 * cannot aim at one slot. */
#include "base/map.h"

#include "base/bug.h"
#include "base/hash.h"

#include <stdlib.h>

enum { LEAST_SLOTS = 16 };

static size_t find(const struct map *map, uint64_t hash, struct slice key);
static bool grow(struct map *map);
static void close_gap(struct map *map, size_t gap);

void map_init(struct map *map, size_t max, uint64_t seed) {
    *map = (struct map){.max = max, .seed = seed};
}

void map_fini(struct map *map) {
    free(map->slots);
    map_init(map, map->max, map->seed);
}

void *map_get(const struct map *map, struct slice key) {
    if (map->count == 0)
        return NULL;
    return map->slots[find(map, hash_keyed(map->seed, key), key)].value;
}

bool map_set(struct map *map, struct slice key, void *value) {
    bug_on(value == NULL);
    uint64_t hash = hash_keyed(map->seed, key);
    if (map->count > 0) {
        struct map_slot *slot = &map->slots[find(map, hash, key)];
        if (slot->value != NULL) {
            *slot = (struct map_slot){.key = key, .value = value, .hash = hash};
            return true;
        }
    }
    if (map->count >= map->max || !grow(map))
        return false;
    map->slots[find(map, hash, key)] = (struct map_slot){.key = key, .value = value, .hash = hash};
    map->count++;
    return true;
}

void *map_remove(struct map *map, struct slice key) {
    if (map->count == 0)
        return NULL;
    size_t at = find(map, hash_keyed(map->seed, key), key);
    void *value = map->slots[at].value;
    if (value != NULL) {
        map->count--;
        close_gap(map, at);
    }
    return value;
}

void map_each(const struct map *map, void (*visit)(void *context, struct slice key, void *value), void *context) {
    for (size_t i = 0; i < map->slots_count; i++) {
        if (map->slots[i].value != NULL)
            visit(context, map->slots[i].key, map->slots[i].value);
    }
}

/* The slot that holds `key`, or the free one where it would go. The table has slots, and one of them is free. */
static size_t find(const struct map *map, uint64_t hash, struct slice key) {
    size_t mask = map->slots_count - 1;
    size_t at = hash & mask;
    while (map->slots[at].value != NULL) {
        if (map->slots[at].hash == hash && slice_equal(map->slots[at].key, key))
            break;
        at = (at + 1) & mask;
    }
    return at;
}

/* Makes room for one entry more. */
static bool grow(struct map *map) {
    if (map->count + 1 <= map->slots_count / 4 * 3)
        return true;
    struct map old = *map;
    size_t slots_count = old.slots_count == 0 ? LEAST_SLOTS : old.slots_count * 2;
    struct map_slot *slots = calloc(slots_count, sizeof(*slots));
    if (slots == NULL)
        return false;
    map->slots = slots;
    map->slots_count = slots_count;
    for (size_t i = 0; i < old.slots_count; i++) {
        struct map_slot *slot = &old.slots[i];
        if (slot->value != NULL)
            map->slots[find(map, slot->hash, slot->key)] = *slot;
    }
    free(old.slots);
    return true;
}

/* Frees the slot `gap`: every follower in the same run that may sit there moves back, and leaves the next gap. */
static void close_gap(struct map *map, size_t gap) {
    size_t mask = map->slots_count - 1;
    for (size_t at = (gap + 1) & mask; map->slots[at].value != NULL; at = (at + 1) & mask) {
        size_t home = map->slots[at].hash & mask;
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            map->slots[gap] = map->slots[at];
            gap = at;
        }
    }
    map->slots[gap] = (struct map_slot){.value = NULL};
}
