/* The rules of one host for asking OCSP responders about its clients: from settings, ready to use. */
#ifndef SALLYPORT_PLAN_OCSPRULES_H
#define SALLYPORT_PLAN_OCSPRULES_H

#include "base/arena.h"
#include "base/error.h"
#include "config/settings.h"
#include "pki/ocsp.h"
#include "plan/plan.h"

/* Makes the rules in the arena; *rules is NULL when nobody is asked. False, with an error, when memory is short. */
[[nodiscard]] bool ocsprules_make(const struct settings_client_auth *client_auth, struct arena *arena,
                                  const struct plan_ocsp **rules, struct error_list *errors);

#endif
