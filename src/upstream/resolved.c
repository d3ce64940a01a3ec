/* A map of names to addresses. */
#include "upstream/resolved.h"

#include "base/map.h"

#include <stdlib.h>

/* Name and addresses follow it. */
struct entry {
    struct slice name;
    struct slice addresses;
    uint8_t bytes[];
};

struct resolved {
    struct map names;
};

static struct entry *make_entry(struct slice name, struct slice addresses);
static void free_entry(void *context, struct slice key, void *value);

struct resolved *resolved_new(size_t max) {
    struct resolved *resolved = calloc(1, sizeof(*resolved));
    if (resolved)
        map_init(&resolved->names, max, 0);
    return resolved;
}

void resolved_free(struct resolved **resolved) {
    if (!*resolved)
        return;
    map_each(&(*resolved)->names, free_entry, NULL);
    map_fini(&(*resolved)->names);
    free(*resolved);
    *resolved = NULL;
}

/* The key of the map lies in the entry: the old one goes first. */
bool resolved_set(struct resolved *resolved, struct slice name, struct slice addresses) {
    struct entry *entry = addresses.len > 0 ? make_entry(name, addresses) : NULL;
    if (!entry && addresses.len > 0)
        return false;
    struct entry *former = map_remove(&resolved->names, name);
    if (entry && !map_set(&resolved->names, entry->name, entry)) {
        free(entry);
        bool is_back = former && map_set(&resolved->names, former->name, former);
        if (!is_back)
            free(former);
        return false;
    }
    free(former);
    return true;
}

struct slice resolved_find(const struct resolved *resolved, const char *name) {
    const struct entry *entry = map_get(&resolved->names, slice_text(name));
    return entry ? entry->addresses : slice_text("");
}

struct addr resolved_addr(struct slice addresses, size_t index, unsigned port) {
    static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *bytes = addresses.data + index * RESOLVED_ADDRESS_BYTES;
    struct addr addr = {.len = 0};
    if (memcmp(bytes, v4_prefix, sizeof(v4_prefix)) == 0) {
        addr.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        memcpy(&addr.v4.sin_addr, bytes + sizeof(v4_prefix), sizeof(addr.v4.sin_addr));
        addr.len = sizeof(addr.v4);
    } else {
        addr.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        memcpy(&addr.v6.sin6_addr, bytes, sizeof(addr.v6.sin6_addr));
        addr.len = sizeof(addr.v6);
    }
    return addr;
}

static struct entry *make_entry(struct slice name, struct slice addresses) {
    struct entry *entry = calloc(1, sizeof(*entry) + name.len + addresses.len);
    if (!entry)
        return NULL;
    memcpy(entry->bytes, name.data, name.len);
    memcpy(entry->bytes + name.len, addresses.data, addresses.len);
    entry->name = slice_of(entry->bytes, name.len);
    entry->addresses = slice_of(entry->bytes + name.len, addresses.len);
    return entry;
}

static void free_entry(void *context, struct slice key, void *value) {
    (void)context;
    (void)key;
    free(value);
}
