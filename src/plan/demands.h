/* What a host holds its clients' certificates to: from the words of the configuration to what pki/verify takes. */
#ifndef SALLYPORT_PLAN_DEMANDS_H
#define SALLYPORT_PLAN_DEMANDS_H

#include "base/arena.h"
#include "config/settings.h"

/* Fills in `demands`; its arrays belong to `arena`, its texts to the settings. False when memory is short. */
[[nodiscard]] bool demands_of(const struct settings_client_auth *client_auth, struct arena *arena,
                              struct verify_settings *demands);

#endif
