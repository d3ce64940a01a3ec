/* One server at run time, and the registry of all of them. */
#include "upstream/server.h"

#include "base/buf.h"
#include "base/bug.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* SERVERS: more than any configuration of one worker names; a bound for the registry only. KEY: three names or
 * texts of addresses at their longest, and an address. */
enum { UPSTREAM_SERVERS_MAX = 65536, SERVER_KEY_MAX_BYTES = 1024 };

struct upstream {
    struct map servers;
    struct map groups;
    struct list all;
    struct list drains;
};

/* What the operator drained; the text follows it. */
struct upstream_drained {
    struct list link;
    struct slice name;
    uint8_t bytes[];
};

/* What the servers of one backend share; it goes with the last of them. */
struct upstream_group {
    struct queue *queue;
    size_t servers;
    char name[];
};

struct upstream *upstream_new(void) {
    struct upstream *upstream = calloc(1, sizeof *upstream);
    if (!upstream)
        return NULL;
    map_init(&upstream->servers, UPSTREAM_SERVERS_MAX, 0);
    map_init(&upstream->groups, UPSTREAM_SERVERS_MAX, 0);
    list_init(&upstream->all);
    list_init(&upstream->drains);
    return upstream;
}

void upstream_free(struct upstream **upstream) {
    if (!*upstream)
        return;
    bug_on((*upstream)->servers.count != 0);
    struct list *item;
    struct list *following;
    list_each_safe(item, following, &(*upstream)->drains) free(list_entry(item, struct upstream_drained, link));
    map_fini(&(*upstream)->groups);
    map_fini(&(*upstream)->servers);
    free(*upstream);
    *upstream = NULL;
}

void upstream_each(struct upstream *upstream, void (*visit)(struct server *server)) {
    struct list *item;
    struct list *following;
    list_each_safe(item, following, &upstream->all) visit(list_entry(item, struct server, link));
}

/* Takes the beginning of `rest` off if it is `text`. */
static bool server_skip(struct slice *rest, const char *text) {
    struct slice start = slice_text(text);
    if (!slice_starts(*rest, start))
        return false;
    *rest = slice_sub(*rest, start.len, rest->len);
    return true;
}

/* A label of a server that was found by a name is "name/address". */
static bool server_has_name(const struct server *server, struct slice name) {
    if (!server_skip(&name, server->backend) || !server_skip(&name, "/") || name.len == 0)
        return false;
    struct slice label = slice_text(server->label);
    return slice_equal(label, name) ||
        (server->host && slice_starts(label, name) && label.len > name.len && label.data[name.len] == '/');
}

static bool server_find_drain(const struct server *server) {
    struct list *item;
    struct list *following;
    list_each_safe(item, following, &server->upstream->drains) {
        if (server_has_name(server, list_entry(item, struct upstream_drained, link)->name))
            return true;
    }
    return false;
}

static struct upstream_drained *upstream_find_drained(struct upstream *upstream, struct slice name) {
    struct list *item;
    struct list *following;
    list_each_safe(item, following, &upstream->drains) {
        struct upstream_drained *drained = list_entry(item, struct upstream_drained, link);
        if (slice_equal(drained->name, name))
            return drained;
    }
    return NULL;
}

static bool upstream_keep_drained(struct upstream *upstream, struct slice name) {
    struct upstream_drained *drained = calloc(1, sizeof *drained + name.len);
    if (!drained)
        return false;
    memcpy(drained->bytes, name.data, name.len);
    drained->name = slice_of(drained->bytes, name.len);
    list_append(&upstream->drains, &drained->link);
    return true;
}

bool upstream_drain(struct upstream *upstream, struct slice name, bool is_drained, int64_t now_ms,
                    struct upstream_meant *meant) {
    struct list *item;
    struct list *following;
    struct upstream_drained *former = upstream_find_drained(upstream, name);
    *meant = (struct upstream_meant){0};
    if (is_drained && !former && !upstream_keep_drained(upstream, name))
        return false;
    if (!is_drained && former) {
        list_remove(&former->link);
        free(former);
    }
    list_each_safe(item, following, &upstream->all) {
        struct server *server = list_entry(item, struct server, link);
        if (!server_has_name(server, name))
            continue;
        server_set_drained(server, server_find_drain(server), now_ms);
        meant->servers++;
        meant->active += server->active;
    }
    return true;
}

/* "backend", "label", "host" and the address as it is, the texts ended by a zero each: one memory for the key and all
 * texts. */
static bool server_write_key(struct buf *to, const char *backend, const char *label, const char *host,
                             const struct addr *addr) {
    return buf_append(to, slice_of(backend, strlen(backend) + 1)) &&
        buf_append(to, slice_of(label, strlen(label) + 1)) && buf_append(to, slice_of(host, strlen(host) + 1)) &&
        buf_append(to, slice_of(&addr->any, addr->len));
}

static struct upstream_group *server_new_group(struct upstream *upstream, const char *backend) {
    struct upstream_group *group = calloc(1, sizeof *group + strlen(backend) + 1);
    if (!group)
        return NULL;
    memcpy(group->name, backend, strlen(backend) + 1);
    group->queue = queue_new();
    if (group->queue && map_set(&upstream->groups, slice_text(group->name), group))
        return group;
    queue_unref(&group->queue);
    free(group);
    return NULL;
}

static bool server_join_group(struct server *server) {
    server->group = map_get(&server->upstream->groups, slice_text(server->backend));
    if (!server->group)
        server->group = server_new_group(server->upstream, server->backend);
    if (!server->group)
        return false;
    server->group->servers++;
    server->queue = server->group->queue;
    return true;
}

static void server_leave_group(struct server *server) {
    struct upstream_group *group = server->group;
    if (!group || --group->servers > 0)
        return;
    map_remove(&server->upstream->groups, slice_text(group->name));
    queue_unref(&group->queue);
    free(group);
}

static struct server *server_new(struct upstream *upstream, struct slice key, const struct addr *addr) {
    struct server *server = calloc(1, sizeof *server + key.len);
    if (!server)
        return NULL;
    uint8_t *kept = (uint8_t *)(server + 1);
    memcpy(kept, key.data, key.len);
    server->upstream = upstream;
    server->key = slice_of(kept, key.len);
    server->backend = (const char *)kept;
    server->label = server->backend + strlen(server->backend) + 1;
    server->host = server->label + strlen(server->label) + 1;
    if (*server->host == '\0')
        server->host = NULL;
    server->addr = *addr;
    list_init(&server->idle);
    list_init(&server->shared);
    list_init(&server->dialling);
    if (!server_join_group(server) || !map_set(&upstream->servers, server->key, server)) {
        server_leave_group(server);
        free(server);
        return NULL;
    }
    server->is_drained = server_find_drain(server);
    list_append(&upstream->all, &server->link);
    return server;
}

struct server *server_get(struct upstream *upstream, const char *backend, const char *label, const struct addr *addr) {
    char text[ADDR_TEXT_MAX];
    addr_text(addr, text);
    return server_get_named(upstream, backend, label ? label : text, "", addr);
}

struct server *server_get_named(struct upstream *upstream, const char *backend, const char *label, const char *host,
                                const struct addr *addr) {
    struct buf key;
    buf_init(&key, SERVER_KEY_MAX_BYTES);
    struct server *server = NULL;
    if (server_write_key(&key, backend, label, host, addr)) {
        server = map_get(&upstream->servers, buf_view(&key));
        if (!server)
            server = server_new(upstream, buf_view(&key), addr);
    }
    buf_fini(&key);
    if (server)
        server->references++;
    return server;
}

struct server *server_take(struct server *server) {
    server->active++;
    server->requests++;
    return server_ref(server);
}

void server_drop(struct server **held) {
    if (!*held)
        return;
    bug_on((*held)->active == 0);
    (*held)->active--;
    queue_stir((*held)->queue);
    server_release(held);
}

/* Who waits for this server may have to go elsewhere, too. */
static void server_set(struct server *server, bool *said, bool is_so, int64_t now_ms) {
    if (*said && !is_so)
        server->back_ms = now_ms;
    *said = is_so;
    queue_stir(server->queue);
}

void server_set_health(struct server *server, bool is_up, int64_t now_ms) {
    server_set(server, &server->is_down, !is_up, now_ms);
}

void server_set_drained(struct server *server, bool is_drained, int64_t now_ms) {
    server_set(server, &server->is_drained, is_drained, now_ms);
}

struct server *server_ref(struct server *server) {
    server->references++;
    return server;
}

void server_release(struct server **held) {
    struct server *server = *held;
    *held = NULL;
    if (!server || --server->references > 0)
        return;
    list_remove(&server->link);
    map_remove(&server->upstream->servers, server->key);
    queue_stir(server->queue); /* who waits for the last one waits in vain */
    server_leave_group(server);
    free(server);
}
