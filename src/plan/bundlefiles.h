/* SPIFFE bundles in JSON among the loaded files, for the compiler: each becomes PEM, so that no worker reads JSON. */
#ifndef SALLYPORT_PLAN_BUNDLEFILES_H
#define SALLYPORT_PLAN_BUNDLEFILES_H

#include "base/arena.h"
#include "config/settings.h"

/* Replaces the bundles of trust domains that are JSON by their certificates in PEM, as further contents. False and an
 * error, which names the file, for each that is no bundle. */
[[nodiscard]] bool bundlefiles_read(struct settings *settings, struct arena *arena, struct error_list *errors);

#endif
