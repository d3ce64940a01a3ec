/* One server at run time, and the registry of all of them by address. */
#include "upstream/server.h"

#include "base/bug.h"
#include "base/map.h"

#include <stdlib.h>

/* More servers than any configuration of one worker names; a bound for the registry only. */
enum { UPSTREAM_SERVERS_MAX = 65536 };

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

static struct slice server_key(const struct addr *addr) {
    return slice_of(&addr->any, addr->len);
}

static struct server *server_new(struct upstream *upstream, const struct addr *addr) {
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        return NULL;
    server->upstream = upstream;
    server->addr = *addr;
    list_init(&server->idle);
    addr_text(addr, server->label);
    if (!map_set(&upstream->servers, server_key(&server->addr), server)) {
        free(server);
        return NULL;
    }
    list_append(&upstream->all, &server->link);
    return server;
}

struct server *server_get(struct upstream *upstream, const struct addr *addr) {
    struct server *server = map_get(&upstream->servers, server_key(addr));
    if (!server)
        server = server_new(upstream, addr);
    if (server)
        server->references++;
    return server;
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
    map_remove(&server->upstream->servers, server_key(&server->addr));
    free(server);
}
