/* Chooses the server of a backend for a request: round robin over those that are not paused. */
#ifndef SALLYPORT_UPSTREAM_BALANCE_H
#define SALLYPORT_UPSTREAM_BALANCE_H

#include "upstream/backend.h"

/* What is known of who asks for a server. avoid: the server that just failed, or NULL. client: its address, or NULL
 * where there is none. */
struct balance_ask {
    const struct server *avoid;
    const struct addr_ip *client;
};

/* The next server that is not paused at `now_ms` (monotonic) and is not the one to avoid. When all are paused, the one
 * whose pause ends first; when the one to avoid is the only one, that. NULL only for a backend without servers. Takes
 * no reference and counts nothing: see server_take. */
struct server *balance_pick(struct backend *backend, const struct balance_ask *ask, int64_t now_ms);

#endif
