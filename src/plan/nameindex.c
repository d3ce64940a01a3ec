/* One map: exact names, and of wildcards the part from the dot on. No exact name begins with a dot. */
#include "plan/nameindex.h"

#include "config/hostname.h"

enum { NAMES_MAX = 10000000 };

static struct slice key_of(const char *pattern);

void nameindex_init(struct nameindex *index) {
    map_init(&index->names, NAMES_MAX, 0); /* unseeded: the names are the operator's own */
}

void nameindex_fini(struct nameindex *index) {
    map_fini(&index->names);
}

bool nameindex_set(struct nameindex *index, const char *pattern, void *value) {
    return map_set(&index->names, key_of(pattern), value);
}

void *nameindex_get(const struct nameindex *index, const char *pattern) {
    return map_get(&index->names, key_of(pattern));
}

void *nameindex_exact(const struct nameindex *index, struct slice name) {
    return name.len > 0 && name.data[0] != '.' ? map_get(&index->names, name) : NULL;
}

void *nameindex_wildcard(const struct nameindex *index, struct slice name) {
    struct slice suffix = hostname_suffix(name);
    return suffix.len > 0 ? map_get(&index->names, suffix) : NULL;
}

void *nameindex_find(const struct nameindex *index, struct slice name) {
    void *value = nameindex_exact(index, name);
    return value != NULL ? value : nameindex_wildcard(index, name);
}

static struct slice key_of(const char *pattern) {
    struct slice suffix = hostname_wildcard_suffix(slice_text(pattern));
    return suffix.len > 0 ? suffix : slice_text(pattern);
}
