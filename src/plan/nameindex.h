/* From a host name to what is configured for it: the exact name, or the wildcard that stands for it, each by one
 * look-up. For TLS hosts and for routes the same rule. */
#ifndef SALLYPORT_PLAN_NAMEINDEX_H
#define SALLYPORT_PLAN_NAMEINDEX_H

#include "base/map.h"

/* Names are in normal form (config/hostname) and outlive the index; values are the owner's. */
struct nameindex {
    struct map names;
};

/* Makes an empty index. */
void nameindex_init(struct nameindex *index);
void nameindex_fini(struct nameindex *index);

/* Adds a name, exact or "*.example.com", with a value that is not NULL; replaces that of the same name. False when
 * memory is short. */
[[nodiscard]] bool nameindex_set(struct nameindex *index, const char *pattern, void *value);

/* The value of this very pattern, or NULL. */
void *nameindex_get(const struct nameindex *index, const char *pattern);

/* What is configured for `name` (in normal form): exactly for it, or for the wildcard one label above; NULL for
 * neither. */
void *nameindex_exact(const struct nameindex *index, struct slice name);
void *nameindex_wildcard(const struct nameindex *index, struct slice name);

/* The first of these two that there is. */
void *nameindex_find(const struct nameindex *index, struct slice name);

#endif
