/* Whom the workers may have asked by OCSP, for the compiler. */
#ifndef SALLYPORT_PLAN_OCSPHOSTS_H
#define SALLYPORT_PLAN_OCSPHOSTS_H

#include "config/settings.h"
#include "plan/sourcelist.h"

/* Allows the hosts of all responders that the settings name, and those of aia_hosts. False when there are too many. */
[[nodiscard]] bool ocsphosts_allow(const struct settings *settings, struct sourcelist *sources);

#endif
