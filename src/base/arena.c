/* A chain of blocks, filled from the front. An allocation that does not fit into the rest of a block starts the next
 * one. */
#include "base/arena.h"

#include "base/bug.h"

#include <stdalign.h>
#include <stdlib.h>

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
};

static bool has_room(const struct arena_block *block, size_t bytes);
static bool add_block(struct arena *arena, size_t bytes);
static void free_blocks(struct arena_block *block);
static size_t round_up(size_t bytes);

void arena_init(struct arena *arena, size_t block_bytes, size_t max_bytes) {
    bug_on(block_bytes == 0);
    bug_on(max_bytes > SIZE_MAX / 2);
    *arena = (struct arena){.block_bytes = block_bytes, .max_bytes = max_bytes};
}

void arena_fini(struct arena *arena) {
    free_blocks(arena->first);
    arena_init(arena, arena->block_bytes, arena->max_bytes);
}

void arena_reset(struct arena *arena) {
    arena->used_bytes = 0;
    arena->current = arena->first;
    if (arena->first == NULL)
        return;
    free_blocks(arena->first->next);
    arena->first->next = NULL;
    arena->first->used = 0;
}

void *arena_alloc(struct arena *arena, size_t bytes) {
    if (bytes > arena->max_bytes)
        return NULL;
    bytes = round_up(bytes);
    if (bytes > arena->max_bytes - arena->used_bytes)
        return NULL;
    if (!has_room(arena->current, bytes) && !add_block(arena, bytes))
        return NULL;
    void *memory = arena->current->bytes + arena->current->used;
    arena->current->used += bytes;
    arena->used_bytes += bytes;
    return memset(memory, 0, bytes);
}

void *arena_array(struct arena *arena, size_t count, size_t bytes) {
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total))
        return NULL;
    return arena_alloc(arena, total);
}

struct slice arena_copy(struct arena *arena, struct slice source) {
    uint8_t *copy = arena_alloc(arena, source.len);
    if (copy == NULL)
        return slice_of(NULL, 0);
    if (source.len > 0)
        memcpy(copy, source.data, source.len);
    return slice_of(copy, source.len);
}

char *arena_text(struct arena *arena, struct slice source) {
    if (source.len == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(arena, source.len + 1);
    if (copy != NULL && source.len > 0)
        memcpy(copy, source.data, source.len);
    return copy;
}

static bool has_room(const struct arena_block *block, size_t bytes) {
    return block != NULL && bytes <= block->size - block->used;
}

static bool add_block(struct arena *arena, size_t bytes) {
    size_t size = bytes > arena->block_bytes ? bytes : arena->block_bytes;
    struct arena_block *block = malloc(sizeof(*block) + size);
    if (block == NULL)
        return false;
    *block = (struct arena_block){.size = size};
    if (arena->current == NULL)
        arena->first = block;
    else
        arena->current->next = block;
    arena->current = block;
    return true;
}

static void free_blocks(struct arena_block *block) {
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

/* An empty allocation takes a unit too, so that its pointer is its own and valid. */
static size_t round_up(size_t bytes) {
    size_t unit = alignof(max_align_t);
    return bytes == 0 ? unit : (bytes + unit - 1) / unit * unit;
}
