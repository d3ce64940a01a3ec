/* Checks of TLS to servers: that they can be told from others, and that what is written has an effect. */
#ifndef SALLYPORT_CONFIG_BACKTLSCHECK_H
#define SALLYPORT_CONFIG_BACKTLSCHECK_H

#include "config/bind.h"

/* Adds an error for each setting of a backend's TLS that is wrong, missing, or without effect. */
void backtlscheck_backend(const struct settings_backend *backend, const struct bind_places *places,
                          struct error_list *errors);

#endif
