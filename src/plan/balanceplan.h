/* The servers of a backend and the choice among them. */
#ifndef SALLYPORT_PLAN_BALANCEPLAN_H
#define SALLYPORT_PLAN_BALANCEPLAN_H

#include "base/arena.h"
#include "config/settings.h"
#include "upstream/backend.h"
#include "upstream/resolved.h"

/* Gives `backend`, whose name is set, its servers, with a reference to each, and the rules of the choice and of
 * what happens when it was a bad one. What all workers together may have is shared out among `workers` (0 counts as 1).
 * A name is a server for each of its addresses in `resolved` (NULL: none). False when memory is short; call
 * balanceplan_drop in every case. */
[[nodiscard]] bool balanceplan_build(struct arena *arena, const struct settings_backend *settings, unsigned workers,
                                     struct upstream *upstream, const struct resolved *resolved,
                                     struct backend *backend);

/* Gives it the servers that its names resolve to by now. Those that go close their idle connections, and go themselves
 * with the last one in use. False when memory is short: nothing has changed then. */
[[nodiscard]] bool balanceplan_renew(const struct settings_backend *settings, unsigned workers,
                                     struct upstream *upstream, const struct resolved *resolved,
                                     struct backend *backend);

/* Gives up the servers; the rest is the arena's. */
void balanceplan_drop(struct backend *backend);

#endif
