/* One server of a backend at run time, in one worker: its address, its idle connections, how much it has to do, what
 * its last failures say. It outlives reloads: a new snapshot whose backend of the same name has a server of the same
 * label and address finds it again. */
#ifndef SALLYPORT_UPSTREAM_SERVER_H
#define SALLYPORT_UPSTREAM_SERVER_H

#include "base/addr.h"
#include "upstream/queue.h"

struct upstream;
struct healthcheck;
struct upstream_group;

/* Counted. backend: its backend's name. label: its own, or its address. host: the name that its address was found by,
 * NULL: none. idle, shared, dialling: connections of upstream/pool: those that wait, the latest used first, those of
 * HTTP/2 that are in use, and those being opened. lacks_http2: the latest one had to be HTTP/1.1. active: requests and
 * tunnels in progress. check: of upstream/healthcheck, NULL: none. is_down: active checks say so; is_drained: the
 * operator does; back_ms: when it last came back from either, 0: never. failures: in a row; ejected_until_ms: not
 * chosen before, unless nothing else is left; ejections: in a row. queue: of its backend. requests, failures_all:
 * since the worker began to know it. Times are monotonic. */
struct server {
    struct list link;
    struct upstream *upstream;
    struct slice key;
    const char *backend;
    const char *label;
    const char *host;
    struct addr addr;
    unsigned references;
    unsigned active;
    struct list idle;
    unsigned idle_count;
    struct list shared;
    struct list dialling;
    bool lacks_http2;
    struct healthcheck *check;
    bool is_down;
    bool is_drained;
    int64_t back_ms;
    unsigned failures;
    int64_t ejected_until_ms;
    unsigned ejections;
    struct upstream_group *group;
    struct queue *queue;
    uint64_t requests;
    uint64_t failures_all;
};

/* What a word of the operator meant: so many servers, with so many requests and tunnels in progress. */
struct upstream_meant {
    uint32_t servers;
    uint64_t active;
};

/* All servers of one worker, by backend, label and address. */
[[nodiscard]] struct upstream *upstream_new(void);

/* Frees the registry; every server must have been released. */
void upstream_free(struct upstream **upstream);

/* Visits every server; a visit may release the one it is given. */
void upstream_each(struct upstream *upstream, void (*visit)(struct server *server));

/* Drains what has this name ("backend/label"; "backend/name" is all that the name resolves to), or enables it again,
 * and keeps the word for servers that are made later. The caller bounds how many names are drained at once. False when
 * memory is short: nothing has changed then. */
[[nodiscard]] bool upstream_drain(struct upstream *upstream, struct slice name, bool is_drained, int64_t now_ms,
                                  struct upstream_meant *meant);

/* The server of this backend, label (NULL: the address is it) and address with one more reference, made when new; NULL
 * when memory is short. */
[[nodiscard]] struct server *server_get(struct upstream *upstream, const char *backend, const char *label,
                                        const struct addr *addr);

/* The same of a server that was found by the name `host`. */
[[nodiscard]] struct server *server_get_named(struct upstream *upstream, const char *backend, const char *label,
                                              const char *host, const struct addr *addr);

/* Counts a request or a tunnel that begins with this server and holds the server meanwhile; returns its argument. */
struct server *server_take(struct server *server);

/* The end of what server_take counted; sets the pointer to NULL. NULL is fine. */
void server_drop(struct server **server);

/* What active checks say: a server that is down gets nothing new; one that comes up begins slowly where its backend
 * says so. Saying the same again changes nothing. */
void server_set_health(struct server *server, bool is_up, int64_t now_ms);

/* The operator's word (upstream_drain), which counts as that of checks does. */
void server_set_drained(struct server *server, bool is_drained, int64_t now_ms);

/* Takes another reference; returns its argument. */
struct server *server_ref(struct server *server);

/* Drops a reference and sets the pointer to NULL; the last one frees the server. Connections hold references: a
 * server that a reload took out goes when its last connection does. */
void server_release(struct server **server);

#endif
