/* The passwords that a snapshot asks for: users read from their files, and rules, each once for the settings that share
 * them. */
#ifndef SALLYPORT_PLAN_PASSWORDPLAN_H
#define SALLYPORT_PLAN_PASSWORDPLAN_H

#include "base/arena.h"
#include "config/settings.h"
#include "plan/plan.h"

/* What passwords are made of. `settings` has its contents. */
struct passwordplan_context {
    struct arena *arena;
    const struct settings *settings;
    struct error_list *errors;
};

/* Gives the hosts and routes of `listener`, which stand already, the passwords that their settings ask for. False after
 * an error, in most cases in a user file, with its line. */
[[nodiscard]] bool passwordplan_assign(const struct passwordplan_context *context,
                                       const struct settings_listener *settings, struct plan_listener *listener);

/* True when anybody is asked for a password: the checker process is needed then. */
bool passwordplan_is_used(const struct settings *settings);

#endif
