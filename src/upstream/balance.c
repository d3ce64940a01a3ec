/* Round robin with a way out: something is always chosen. */
#include "upstream/balance.h"

static struct server *balance_rested(const struct backend *backend, const struct server *avoid) {
    struct server *best = NULL;
    for (size_t i = 0; i < backend->server_count; i++) {
        struct server *server = backend->servers[i];
        if (server == avoid)
            continue;
        if (!best || server->paused_until_ms < best->paused_until_ms)
            best = server;
    }
    return best;
}

struct server *balance_pick(struct backend *backend, const struct balance_ask *ask, int64_t now_ms) {
    const struct server *avoid = ask->avoid;
    for (size_t tried = 0; tried < backend->server_count; tried++) {
        struct server *server = backend->servers[backend->turn];
        backend->turn = (backend->turn + 1) % backend->server_count;
        if (server != avoid && server->paused_until_ms <= now_ms)
            return server;
    }
    struct server *rested = balance_rested(backend, avoid);
    if (rested)
        return rested;
    return backend->server_count ? backend->servers[0] : NULL;
}
