/* From the settings of rules to sets that can be asked. Lists of values are read here, from the bundle. */
#ifndef SALLYPORT_PLAN_RULES_H
#define SALLYPORT_PLAN_RULES_H

#include "config/settings.h"
#include "plan/plan.h"

struct rules_made;

/* The sets of one snapshot. Everything but the indexes, which rules_fini frees, is in `arena`. */
struct rules {
    struct arena *arena;
    const struct settings *settings;
    struct error_list *errors;
    struct rules_made *made;
};

/* Begins without any set. `settings` have to have their contents while sets are made. */
void rules_init(struct rules *rules, struct arena *arena, const struct settings *settings, struct error_list *errors);
void rules_fini(struct rules *rules);

/* Makes the sets of a listener, its hosts and its routes, all of which are built; they stay NULL where there are no
 * rules. False after at least one error, each at the place of its value: in the configuration, or in the list that it
 * names. */
[[nodiscard]] bool rules_build(struct rules *rules, const struct settings_listener *settings,
                               struct plan_listener *listener);

#endif
