/* A map of servers, which also hang in a list, the latest dialled first. */
#include "tls/sessions.h"

#include "base/list.h"
#include "base/map.h"

#include <openssl/ssl.h>
#include <stdlib.h>

/* The oldest item first. name: behind the struct. */
struct server {
    struct list link;
    size_t count;
    struct sessions_item items[SESSIONS_PER_SERVER_MAX];
    size_t name_len;
    uint8_t name[];
};

struct sessions {
    struct map by_name;
    struct list servers;
};

static struct server *find(struct sessions *sessions, struct slice name);
static struct server *add(struct sessions *sessions, struct slice name);
static void forget(struct sessions *sessions, struct server *server);
static void drop_oldest(struct server *server);

struct sessions *sessions_new(void) {
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (!sessions)
        return NULL;
    map_init(&sessions->by_name, SESSIONS_SERVERS_MAX, 0);
    list_init(&sessions->servers);
    return sessions;
}

void sessions_free(struct sessions **held) {
    struct sessions *sessions = *held;
    *held = NULL;
    if (!sessions)
        return;
    while (!list_empty(&sessions->servers))
        forget(sessions, list_entry(list_first(&sessions->servers), struct server, link));
    map_fini(&sessions->by_name);
    free(sessions);
}

void sessions_put(struct sessions *sessions, struct slice name, struct sessions_item item) {
    struct server *server = find(sessions, name);
    if (!server)
        server = add(sessions, name);
    if (!server) {
        sessions_drop(&item);
        return;
    }
    if (server->count == SESSIONS_PER_SERVER_MAX)
        drop_oldest(server);
    server->items[server->count++] = item;
}

bool sessions_take(struct sessions *sessions, struct slice name, int64_t now, struct sessions_item *item) {
    struct server *server = find(sessions, name);
    while (server && server->count) {
        *item = server->items[--server->count];
        if (now <= item->until)
            return true;
        sessions_drop(item);
    }
    return false;
}

void sessions_drop(struct sessions_item *item) {
    SSL_SESSION_free(item->session);
    verified_peer_unref(&item->peer);
    item->session = NULL;
}

/* The server becomes the latest one. */
static struct server *find(struct sessions *sessions, struct slice name) {
    struct server *server = map_get(&sessions->by_name, name);
    if (server) {
        list_remove(&server->link);
        list_prepend(&sessions->servers, &server->link);
    }
    return server;
}

static struct server *add(struct sessions *sessions, struct slice name) {
    if (sessions->by_name.count == SESSIONS_SERVERS_MAX)
        forget(sessions, list_entry(sessions->servers.previous, struct server, link));
    struct server *server = calloc(1, sizeof *server + name.len);
    if (!server)
        return NULL;
    server->name_len = name.len;
    memcpy(server->name, name.data, name.len);
    if (!map_set(&sessions->by_name, slice_of(server->name, name.len), server)) {
        free(server);
        return NULL;
    }
    list_prepend(&sessions->servers, &server->link);
    return server;
}

static void forget(struct sessions *sessions, struct server *server) {
    map_remove(&sessions->by_name, slice_of(server->name, server->name_len));
    list_remove(&server->link);
    while (server->count)
        drop_oldest(server);
    free(server);
}

static void drop_oldest(struct server *server) {
    sessions_drop(&server->items[0]);
    server->count--;
    memmove(server->items, server->items + 1, server->count * sizeof server->items[0]);
}
