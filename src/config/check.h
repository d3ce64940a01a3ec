/* What no single row of config/schema can tell: names that lead nowhere or twice to the same, settings that
 * contradict each other or would silently do nothing. Pure. */
#ifndef SALLYPORT_CONFIG_CHECK_H
#define SALLYPORT_CONFIG_CHECK_H

#include "config/bind.h"

/* Checks bound settings; adds every error found. `places` says what the file itself gave, and where. */
void check_settings(const struct settings *settings, const struct bind_places *places, struct error_list *errors);

#endif
