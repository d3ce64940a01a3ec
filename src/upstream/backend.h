/* A backend: several servers and the rules for using them. Immutable part of a snapshot but for the turn of the
 * round robin; the servers' state is in upstream/server. */
#ifndef SALLYPORT_UPSTREAM_BACKEND_H
#define SALLYPORT_UPSTREAM_BACKEND_H

#include "http/h1parse.h"
#include "upstream/server.h"

/* Of a digest. */
enum { BACKEND_TRANSPORT_BYTES = 32 };

/* tells_client: connections carry what one client is (PROXY protocol) and are never shared. transport: a digest over
 * how connections are opened; only alike ones take each other's place. */
struct backend {
    const char *name;
    struct server **servers;
    size_t server_count;
    size_t turn;
    int64_t connect_timeout_ms;
    int64_t response_timeout_ms;
    int64_t body_idle_timeout_ms;
    int64_t idle_timeout_ms;
    unsigned idle_max;
    unsigned failures_max;
    int64_t pause_ms;
    bool retry;
    bool tells_client;
    uint8_t transport[BACKEND_TRANSPORT_BYTES];
    struct h1parse_limits limits;
};

#endif
