/* The backends of a snapshot, and the routes that lead to them. */
#ifndef SALLYPORT_PLAN_BACK_H
#define SALLYPORT_PLAN_BACK_H

#include "base/arena.h"
#include "config/settings.h"
#include "plan/backtls.h"
#include "plan/nameindex.h"
#include "plan/plan.h"
#include "plan/route.h"
#include "upstream/resolved.h"

/* All backends, and their settings by name. */
struct back {
    struct arena *arena;
    struct backend *backends;
    size_t count;
    const struct settings *settings;
    struct upstream *upstream;
    const struct resolved *resolved;
    struct map by_name;
};

/* Makes the backends, with a reference to each of their servers, which are those of `upstream`; a name is a server for
 * each of its addresses in `resolved` (NULL: none). False after an error; call back_drop in every case. */
[[nodiscard]] bool back_build(struct back *back, const struct backtls_context *context, struct upstream *upstream,
                              const struct resolved *resolved);

/* Gives the backends that name `host` the servers that it resolves to by now. False when memory was short: then some
 * keep the servers that they had. */
bool back_renew(struct back *back, const char *host);

/* The backend of this name, or NULL. */
struct backend *back_find(const struct back *back, const char *name);

/* Gives up the servers; the rest is the arena's. */
void back_drop(struct back *back);

/* Makes the routes of `listener` and their index. False after at least one error. */
[[nodiscard]] bool back_build_routes(const struct back *back, const struct settings_listener *settings,
                                     struct plan_listener *listener, struct error_list *errors);

/* Gives up the index of the routes. */
void back_drop_routes(struct plan_listener *listener);

#endif
