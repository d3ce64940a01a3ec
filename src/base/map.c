/* Open addressing with linear probing. The table is a power of two, at most three quarters full; removal shifts the
 * followers back, so that there are no tombstones. The hash is SipHash-1-3 under the caller's seed: a stranger who
 * chooses keys cannot aim at one slot. */
#include "base/map.h"

#include "base/bug.h"

#include <endian.h>
#include <stdlib.h>

enum { LEAST_SLOTS = 16 };

struct sip {
    uint64_t a, b, c, d;
};

static uint64_t hash_key(uint64_t seed, struct slice key);
static void sip_absorb(struct sip *sip, uint64_t word);
static void sip_round(struct sip *sip);
static uint64_t rotate(uint64_t word, unsigned bits);
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
    return map->slots[find(map, hash_key(map->seed, key), key)].value;
}

bool map_set(struct map *map, struct slice key, void *value) {
    bug_on(value == NULL);
    uint64_t hash = hash_key(map->seed, key);
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
    size_t at = find(map, hash_key(map->seed, key), key);
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

/* SipHash with one round per word and three at the end; the key is the seed twice, the second time turned. */
static uint64_t hash_key(uint64_t seed, struct slice key) {
    uint64_t second = rotate(seed, 32) ^ 0x9e3779b97f4a7c15;
    struct sip sip = {seed ^ 0x736f6d6570736575, second ^ 0x646f72616e646f6d, seed ^ 0x6c7967656e657261,
                      second ^ 0x7465646279746573};
    size_t at = 0;
    for (; at + 8 <= key.len; at += 8) {
        uint64_t word;
        memcpy(&word, key.data + at, 8);
        sip_absorb(&sip, le64toh(word));
    }
    uint64_t last = (uint64_t)key.len << 56;
    for (unsigned shift = 0; at < key.len; at++, shift += 8)
        last |= (uint64_t)key.data[at] << shift;
    sip_absorb(&sip, last);
    sip.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&sip);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

static void sip_absorb(struct sip *sip, uint64_t word) {
    sip->d ^= word;
    sip_round(sip);
    sip->a ^= word;
}

static void sip_round(struct sip *sip) {
    sip->a += sip->b;
    sip->b = rotate(sip->b, 13) ^ sip->a;
    sip->a = rotate(sip->a, 32);
    sip->c += sip->d;
    sip->d = rotate(sip->d, 16) ^ sip->c;
    sip->a += sip->d;
    sip->d = rotate(sip->d, 21) ^ sip->a;
    sip->c += sip->b;
    sip->b = rotate(sip->b, 17) ^ sip->c;
    sip->c = rotate(sip->c, 32);
}

static uint64_t rotate(uint64_t word, unsigned bits) {
    return word << bits | word >> (64 - bits);
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
