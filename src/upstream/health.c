/* Counting failures in a row, and ejections. */
#include "upstream/health.h"

/* Longer than any pause may grow, by doubling a millisecond. */
enum { HEALTH_DOUBLINGS_MAX = 30, HEALTH_STATUS_5XX = 500 };

static bool health_may_eject(const struct backend *backend, int64_t now_ms) {
    size_t ejected = 1;
    for (size_t i = 0; i < backend->server_count; i++)
        ejected += backend->servers[i].server->ejected_until_ms > now_ms;
    return ejected * 100 <= backend->eject.share_percent * backend->server_count;
}

static int64_t health_pause_ms(const struct backend *backend, unsigned ejections) {
    int64_t pause_ms = backend->eject.pause_ms;
    for (unsigned i = 0; i < ejections && i < HEALTH_DOUBLINGS_MAX && pause_ms < backend->eject.pause_max_ms; i++)
        pause_ms *= 2;
    return pause_ms < backend->eject.pause_max_ms ? pause_ms : backend->eject.pause_max_ms;
}

void health_succeeded(struct server *server, const struct backend *backend, int64_t now_ms) {
    server->failures = 0;
    if (server->ejections == 0)
        return;
    if (now_ms - server->ejected_until_ms >= health_pause_ms(backend, server->ejections - 1))
        server->ejections = 0;
}

void health_answered(struct server *server, const struct backend *backend, unsigned status, int64_t now_ms) {
    if (status >= HEALTH_STATUS_5XX && backend->eject.counts_5xx)
        health_failed(server, backend, now_ms);
    else
        health_succeeded(server, backend, now_ms);
}

void health_failed(struct server *server, const struct backend *backend, int64_t now_ms) {
    if (server->failures < UINT32_MAX)
        server->failures++;
    server->failures_all++;
    if (backend->eject.failures == 0 || server->failures < backend->eject.failures)
        return;
    if (server->ejected_until_ms > now_ms || !health_may_eject(backend, now_ms))
        return;
    server->ejected_until_ms = now_ms + health_pause_ms(backend, server->ejections);
    server->ejections += server->ejections < HEALTH_DOUBLINGS_MAX;
}
