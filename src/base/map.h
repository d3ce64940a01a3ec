/* A hash map from byte strings to pointers. Keys are borrowed: the value's owner keeps them alive. Bounded; seeded
 * against flooding. */
#ifndef SALLYPORT_BASE_MAP_H
#define SALLYPORT_BASE_MAP_H

#include "base/slice.h"

struct map_slot {
    struct slice key;
    void *value;
    uint64_t hash;
};

/* Open addressing; at most `max` entries; `count` are in use. */
struct map {
    struct map_slot *slots;
    size_t slots_count;
    size_t count;
    size_t max;
    uint64_t seed;
};

/* Makes an empty map of at most `max` entries; allocates nothing yet. */
void map_init(struct map *map, size_t max, uint64_t seed);

/* Frees the table, not the values. */
void map_fini(struct map *map);

/* The value of `key`, or NULL. */
void *map_get(const struct map *map, struct slice key);

/* Sets `key` to a non-NULL `value` (replacing); false when `max` is reached or memory is short. */
[[nodiscard]] bool map_set(struct map *map, struct slice key, void *value);

/* Removes `key` and returns its value, or NULL. */
void *map_remove(struct map *map, struct slice key);

/* Calls `visit` for each entry; it must not change the map. */
void map_each(const struct map *map, void (*visit)(void *context, struct slice key, void *value), void *context);

#endif
