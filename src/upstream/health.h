/* Passive health: what the requests themselves say of a server, and when it is ejected for it. */
#ifndef SALLYPORT_UPSTREAM_HEALTH_H
#define SALLYPORT_UPSTREAM_HEALTH_H

#include "upstream/backend.h"

/* An answer's head came at `now_ms` (monotonic): the row of failures ends, unless the backend counts a status of 5xx
 * as one. */
void health_answered(struct server *server, const struct backend *backend, unsigned status, int64_t now_ms);

/* It answered, or took a connection that is all there is to judge by: the row of failures ends. */
void health_succeeded(struct server *server, const struct backend *backend, int64_t now_ms);

/* An attempt failed. After as many in a row as the backend's rule allows, the server is ejected: first for the pause,
 * each further time for twice as long, up to the longest. One attempt after the pause that fails ejects it again; when
 * it has served for as long as it was away, the next time is a first time again. Nobody is ejected who would make too
 * large a share of the servers. */
void health_failed(struct server *server, const struct backend *backend, int64_t now_ms);

#endif
