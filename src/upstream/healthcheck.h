/* Active health checks: each worker asks the servers itself, as it would for a client, and takes those that fail out of
 * the balancing until they answer again. */
#ifndef SALLYPORT_UPSTREAM_HEALTHCHECK_H
#define SALLYPORT_UPSTREAM_HEALTHCHECK_H

#include "io/loop.h"
#include "upstream/backend.h"

/* Hears of every result, and of every change: `why` is a sentence when a server goes down, NULL when it comes up. */
struct healthcheck_events {
    void (*checked)(void *owner, bool is_good);
    void (*changed)(void *owner, const struct server *server, bool is_up, const char *why);
};

struct healthchecks;

/* Makes it without any check; the loop outlives it. NULL when memory is short. */
[[nodiscard]] struct healthchecks *healthcheck_new(struct loop *loop, const struct healthcheck_events *events,
                                                   void *owner);

/* Ends all checks and frees. NULL is fine. */
void healthcheck_free(struct healthchecks **checks);

/* Which backends there are now: begin, each with its servers, end. A server that was checked before keeps what is known
 * of it; one that is new counts as up, and its first check comes at once. One that is no more checked counts as up. The
 * backends outlive the next round, or the checks. False when memory is short: the server is not checked. */
void healthcheck_begin(struct healthchecks *checks);
[[nodiscard]] bool healthcheck_add(struct healthchecks *checks, const struct backend *backend);
void healthcheck_end(struct healthchecks *checks);

#endif
