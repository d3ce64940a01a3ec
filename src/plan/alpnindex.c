/* A short list of protocols, each with an index of names: operators name a handful of protocols, clients offer two or
 * three. */
#include "plan/alpnindex.h"

#include "tls/hello.h"

/* any: for every name, or NULL. */
struct alpnindex_protocol {
    struct slice name;
    struct nameindex hosts;
    void *any;
};

static struct alpnindex_protocol *find_or_add(struct alpnindex *index, struct slice name);
static bool is_offered(struct slice offered, struct slice protocol);

bool alpnindex_init(struct alpnindex *index, struct arena *arena, size_t room) {
    index->count = 0;
    index->protocols = arena_array(arena, room, sizeof(*index->protocols));
    return index->protocols != NULL;
}

void alpnindex_fini(struct alpnindex *index) {
    for (size_t i = 0; i < index->count; i++)
        nameindex_fini(&index->protocols[i].hosts);
    index->count = 0;
}

bool alpnindex_set(struct alpnindex *index, const char *protocol, const char *const *names, size_t count, void *value) {
    struct alpnindex_protocol *entry = find_or_add(index, slice_text(protocol));
    if (count == 0)
        entry->any = value;
    for (size_t i = 0; i < count; i++) {
        if (!nameindex_set(&entry->hosts, names[i], value))
            return false;
    }
    return true;
}

void *alpnindex_find(const struct alpnindex *index, struct slice offered, struct slice name) {
    for (size_t i = 0; offered.len > 0 && i < index->count; i++) {
        const struct alpnindex_protocol *entry = &index->protocols[i];
        void *value = is_offered(offered, entry->name) ? nameindex_find(&entry->hosts, name) : NULL;
        if (value != NULL)
            return value;
    }
    for (size_t i = 0; offered.len > 0 && i < index->count; i++) {
        if (index->protocols[i].any != NULL && is_offered(offered, index->protocols[i].name))
            return index->protocols[i].any;
    }
    return NULL;
}

static struct alpnindex_protocol *find_or_add(struct alpnindex *index, struct slice name) {
    for (size_t i = 0; i < index->count; i++) {
        if (slice_equal(index->protocols[i].name, name))
            return &index->protocols[i];
    }
    struct alpnindex_protocol *entry = &index->protocols[index->count++];
    *entry = (struct alpnindex_protocol){.name = name};
    nameindex_init(&entry->hosts);
    return entry;
}

static bool is_offered(struct slice offered, struct slice protocol) {
    struct slice one;
    while (hello_alpn_next(&offered, &one)) {
        if (slice_equal(one, protocol))
            return true;
    }
    return false;
}
