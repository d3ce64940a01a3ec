/* The servers of a backend and the choice among them. */
#ifndef SALLYPORT_PLAN_BALANCEPLAN_H
#define SALLYPORT_PLAN_BALANCEPLAN_H

#include "base/arena.h"
#include "config/settings.h"
#include "upstream/backend.h"

/* Gives `backend`, whose name is set, its servers, with a reference to each, and the rules of the choice. False when
 * memory is short; call balanceplan_drop in every case. */
[[nodiscard]] bool balanceplan_build(struct arena *arena, const struct settings_backend *settings,
                                     struct upstream *upstream, struct backend *backend);

/* Gives up the servers; the rest is the arena's. */
void balanceplan_drop(struct backend *backend);

#endif
