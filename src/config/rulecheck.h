/* What is wrong with rules as a whole: those that everybody or nobody would meet, that are never reached, that ask for
 * what is not there. That their values can match is seen when the rules are made (plan/rules). */
#ifndef SALLYPORT_CONFIG_RULECHECK_H
#define SALLYPORT_CONFIG_RULECHECK_H

#include "config/bind.h"

/* Checks the rules of a listener, its hosts and its routes. Adds an error for each that has no effect or another one
 * than it seems. */
void rulecheck_listener(const struct settings_listener *listener, const struct bind_places *places,
                        struct error_list *errors);

#endif
