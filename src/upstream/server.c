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
    struct list all;
};

struct upstream *upstream_new(void) {
    struct upstream *upstream = calloc(1, sizeof *upstream);
    if (!upstream)
        return NULL;
    map_init(&upstream->servers, UPSTREAM_SERVERS_MAX, 0);
    list_init(&upstream->all);
    return upstream;
}

void upstream_free(struct upstream **upstream) {
    if (!*upstream)
        return;
    bug_on((*upstream)->servers.count != 0);
    map_fini(&(*upstream)->servers);
    free(*upstream);
    *upstream = NULL;
}

void upstream_each(struct upstream *upstream, void (*visit)(struct server *server)) {
    struct list *item;
    struct list *following;
    list_each_safe(item, following, &upstream->all) visit(list_entry(item, struct server, link));
}

/* "backend", "label", "host" and the address as it is, the texts ended by a zero each: one memory for the key and all
 * texts. */
static bool server_write_key(struct buf *to, const char *backend, const char *label, const char *host,
                             const struct addr *addr) {
    return buf_append(to, slice_of(backend, strlen(backend) + 1)) &&
        buf_append(to, slice_of(label, strlen(label) + 1)) && buf_append(to, slice_of(host, strlen(host) + 1)) &&
        buf_append(to, slice_of(&addr->any, addr->len));
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
    if (!map_set(&upstream->servers, server->key, server)) {
        free(server);
        return NULL;
    }
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
    return server_ref(server);
}

void server_drop(struct server **held) {
    if (!*held)
        return;
    bug_on((*held)->active == 0);
    (*held)->active--;
    server_release(held);
}

void server_set_health(struct server *server, bool is_up, int64_t now_ms) {
    if (is_up && server->is_down)
        server->back_ms = now_ms;
    server->is_down = !is_up;
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
    free(server);
}
