/* One server of backends at run time, in one worker: its address, its idle connections, what its last failures say.
 * It outlives reloads: a new snapshot that names the same address finds it again. */
#ifndef SALLYPORT_UPSTREAM_SERVER_H
#define SALLYPORT_UPSTREAM_SERVER_H

#include "base/addr.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct upstream;

/* Counted. idle: connections of upstream/pool, the latest used first. failures: in a row; paused_until_ms
 * (monotonic): not chosen before, unless nothing else is left. */
struct server {
    struct list link;
    struct upstream *upstream;
    struct addr addr;
    char label[ADDR_TEXT_MAX];
    unsigned references;
    struct list idle;
    unsigned idle_count;
    unsigned failures;
    int64_t paused_until_ms;
};

/* All servers of one worker, by address. */
[[nodiscard]] struct upstream *upstream_new(void);

/* Frees the registry; every server must have been released. */
void upstream_free(struct upstream **upstream);

/* Visits every server; a visit may release the one it is given. */
void upstream_each(struct upstream *upstream, void (*visit)(struct server *server));

/* The server of this address with one more reference, made when new; NULL when memory is short. */
[[nodiscard]] struct server *server_get(struct upstream *upstream, const struct addr *addr);

/* Takes another reference; returns its argument. */
struct server *server_ref(struct server *server);

/* Drops a reference and sets the pointer to NULL; the last one frees the server. Connections hold references: a
 * server that a reload took out goes when its last connection does. */
void server_release(struct server **server);

#endif
