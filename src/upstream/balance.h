/* Chooses the server of a backend for a request or a tunnel, by the backend's algorithm, among those that can be used
 * best. Each worker balances what comes to it. */
#ifndef SALLYPORT_UPSTREAM_BALANCE_H
#define SALLYPORT_UPSTREAM_BALANCE_H

#include "upstream/backend.h"

/* What is known of who asks for a server. avoid: the server that just failed, or NULL. client: its address, or NULL
 * where there is none. key: what the backend's hash goes by, when that is not the address; empty: it has none, and
 * gets a server in turn. sticky: the value of the backend's cookie, or empty. */
struct balance_ask {
    const struct server *avoid;
    const struct addr_ip *client;
    struct slice key;
    struct slice sticky;
};

/* The server for a request at `now_ms` (monotonic). A sticky client gets its own while that can be used. Otherwise the
 * algorithm chooses among servers of one kind, the first of these that there is: usable ones; usable backups; ejected
 * ones; ejected backups; the one to avoid. Of that kind only those that are not full. NULL when there is none. Takes no
 * reference and counts nothing: see server_take. */
struct server *balance_pick(struct backend *backend, const struct balance_ask *ask, int64_t now_ms);

/* True when balance_pick would find a server for who avoids `avoid` (may be NULL), whoever it is. */
bool balance_has_room(struct backend *backend, const struct server *avoid, int64_t now_ms);

/* True when there are servers to wait for: not all are down or drained. */
bool balance_may_wait(const struct backend *backend);

#endif
