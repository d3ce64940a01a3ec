/* Counting failures in a row. */
#include "upstream/health.h"

void health_succeeded(struct server *server) {
    server->failures = 0;
    server->ejected_until_ms = 0;
}

void health_failed(struct server *server, const struct backend *backend, int64_t now_ms) {
    if (server->failures < UINT32_MAX)
        server->failures++;
    if (backend->failures_max && server->failures >= backend->failures_max)
        server->ejected_until_ms = now_ms + backend->pause_ms;
}
