/* Chooses the server of a backend for a request: round robin over those that are not paused. */
#ifndef SALLYPORT_UPSTREAM_BALANCE_H
#define SALLYPORT_UPSTREAM_BALANCE_H

#include "upstream/backend.h"

/* The next server that is not paused at `now_ms` (monotonic) and is not `avoid` (may be NULL). When all are paused,
 * the one whose pause ends first; when `avoid` is the only one, `avoid`. NULL only for a backend without servers.
 * Takes no reference. */
struct server *balance_pick(struct backend *backend, const struct server *avoid, int64_t now_ms);

#endif
