/* An arena: many small allocations with one lifetime, freed together. Not for objects that end one by one. */
#ifndef SALLYPORT_BASE_ARENA_H
#define SALLYPORT_BASE_ARENA_H

#include "base/slice.h"

#include <stddef.h>

struct arena_block;

/* max_bytes bounds what may be handed out in all; first_block is kept over resets so that a warm arena does not
 * malloc. */
struct arena {
    struct arena_block *first;
    struct arena_block *current;
    size_t block_bytes;
    size_t max_bytes;
    size_t used_bytes;
};

/* Makes an empty arena that grows in blocks of `block_bytes` up to `max_bytes` handed out; allocates nothing yet. */
void arena_init(struct arena *arena, size_t block_bytes, size_t max_bytes);

/* Frees every block. The arena may be used again as after arena_init. */
void arena_fini(struct arena *arena);

/* Forgets all allocations and keeps only the first block for re-use. */
void arena_reset(struct arena *arena);

/* Zeroed memory aligned for any object, owned by the arena; NULL when the maximum is reached. */
[[nodiscard]] void *arena_alloc(struct arena *arena, size_t bytes);

/* Memory for `count` objects of `bytes` each, zeroed; NULL on overflow or when the maximum is reached. */
[[nodiscard]] void *arena_array(struct arena *arena, size_t count, size_t bytes);

/* A copy of `source` in the arena; `.data` is NULL when the maximum is reached (an empty source gives a valid
 * pointer). */
[[nodiscard]] struct slice arena_copy(struct arena *arena, struct slice source);

/* A zero-terminated copy of `source`; NULL when the maximum is reached. */
[[nodiscard]] char *arena_text(struct arena *arena, struct slice source);

#endif
