/* Passive health: what the requests themselves say of a server. */
#ifndef SALLYPORT_UPSTREAM_HEALTH_H
#define SALLYPORT_UPSTREAM_HEALTH_H

#include "upstream/backend.h"

/* An answer's head came: the row of failures ends. */
void health_succeeded(struct server *server);

/* An attempt failed at `now_ms` (monotonic): after backend->failures_max in a row (0: never) the server is paused
 * for backend->pause_ms. One attempt after the pause that fails pauses again. */
void health_failed(struct server *server, const struct backend *backend, int64_t now_ms);

#endif
