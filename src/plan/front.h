/* The hosts of a listener: endpoints, what a session is bound to, and who answers unknown names. */
#ifndef SALLYPORT_PLAN_FRONT_H
#define SALLYPORT_PLAN_FRONT_H

#include "plan/alpnindex.h"
#include "plan/back.h"
#include "plan/endpoints.h"
#include "plan/nameindex.h"
#include "plan/plan.h"
#include "plan/revocations.h"
#include "plan/trusts.h"

/* What hosts are made of. */
struct front_context {
    struct arena *arena;
    const struct settings *settings;
    const struct back *back;
    struct trusts *trusts;
    struct revocations *revocations;
    struct endpoints *endpoints;
    struct chaincache *cache;
    struct tls_tickets *tickets;
    struct error_list *errors;
};

/* Makes the hosts of `listener` with their indexes and defaults. False after at least one error; what was made is there
 * in every case, for front_drop. */
[[nodiscard]] bool front_build(const struct front_context *context, const struct settings_listener *settings,
                               struct plan_listener *listener);

/* Gives up the indexes; the endpoints are their set's, the rest the arena's. */
void front_drop(struct plan_listener *listener);

#endif
