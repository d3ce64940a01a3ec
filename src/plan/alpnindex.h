/* From the application protocols (ALPN, RFC 7301) that a client offers, and the server name, to what is configured for
 * them: asked before the names alone. */
#ifndef SALLYPORT_PLAN_ALPNINDEX_H
#define SALLYPORT_PLAN_ALPNINDEX_H

#include "base/arena.h"
#include "plan/nameindex.h"

struct alpnindex_protocol;

/* One entry for each protocol, in the order of the configuration: it decides when a client offers several. */
struct alpnindex {
    struct alpnindex_protocol *protocols;
    size_t count;
};

/* Makes an empty index with room in `arena` for so many protocols. False when memory is short. */
[[nodiscard]] bool alpnindex_init(struct alpnindex *index, struct arena *arena, size_t room);
void alpnindex_fini(struct alpnindex *index);

/* Adds a value, which is not NULL, for clients that offer `protocol`: under these names (config/hostname), exact or
 * "*.example.com"; or, with none, under any. False when memory is short. */
[[nodiscard]] bool alpnindex_set(struct alpnindex *index, const char *protocol, const char *const *names, size_t count,
                                 void *value);

/* What is there for a client that offers `offered` (as in a checked ClientHello) under a name in normal form, or none;
 * or NULL. What is configured for the name goes before what is for any. */
void *alpnindex_find(const struct alpnindex *index, struct slice offered, struct slice name);

#endif
