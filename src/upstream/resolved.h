/* What names of servers resolve to, as this worker was told: the last good answer of each. */
#ifndef SALLYPORT_UPSTREAM_RESOLVED_H
#define SALLYPORT_UPSTREAM_RESOLVED_H

#include "base/addr.h"

/* Addresses of a name: 16 bytes each, IPv4 as ::ffff:a.b.c.d. */
enum { RESOLVED_ADDRESS_BYTES = 16 };

struct resolved;

/* Makes an empty table of at most `max` names; NULL when memory is short. */
[[nodiscard]] struct resolved *resolved_new(size_t max);

/* Frees it. NULL is fine. */
void resolved_free(struct resolved **resolved);

/* Keeps the addresses of a name (whole ones, copied) instead of those before; none forgets the name. False when memory
 * is short or there are too many names: what was there stays. */
[[nodiscard]] bool resolved_set(struct resolved *resolved, struct slice name, struct slice addresses);

/* The addresses of a name; empty when none are known. Borrowed until the next resolved_set. */
struct slice resolved_find(const struct resolved *resolved, const char *name);

/* The address at `index` of resolved_find's, with a port. */
struct addr resolved_addr(struct slice addresses, size_t index, unsigned port);

#endif
