/* Whether what a listener and its hosts are for (mode, clear) goes with what is set for them. */
#ifndef SALLYPORT_CONFIG_MODECHECK_H
#define SALLYPORT_CONFIG_MODECHECK_H

#include "config/bind.h"

/* Adds an error for each setting of a listener or its hosts that its mode has no use for, and for each that it
 * lacks. */
void modecheck_listener(const struct settings_listener *listener, const struct bind_places *places,
                        struct error_list *errors);

/* True when the listener's own settings serve clients, besides those of its hosts: it has certificates or needs none,
 * and a backend where its mode asks for one. */
bool modecheck_serves_itself(const struct settings_listener *listener);

#endif
