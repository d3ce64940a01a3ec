/* Advice on good settings: what holds today and will not tomorrow, and what lets in more than one might think. For
 * `check`; nothing is refused for it. Pure. */
#ifndef SALLYPORT_CONFIG_ADVISE_H
#define SALLYPORT_CONFIG_ADVISE_H

#include "config/settings.h"

/* Adds a sentence for each piece of advice at `now` (seconds since 1970). */
void advise_settings(const struct settings *settings, int64_t now, struct error_list *advice);

#endif
