/* The limits of single clients, from settings to rates that the tables of policy/limit take. */
#ifndef SALLYPORT_PLAN_CLIENTLIMITS_H
#define SALLYPORT_PLAN_CLIENTLIMITS_H

#include "config/settings.h"
#include "plan/plan.h"

/* Those of a host. `own`: the settings are the host's, which counts for itself; otherwise they are those of its
 * listener, whose hosts count together. host: its first name, NULL for the listener's own host. */
struct plan_client_limits clientlimits_of(const struct settings_client_limits *settings, const char *listener,
                                          const char *host, bool own);

#endif
