/* Whether what a backend says of its servers and of the choice among them goes together. */
#ifndef SALLYPORT_CONFIG_BALANCECHECK_H
#define SALLYPORT_CONFIG_BALANCECHECK_H

#include "config/bind.h"

/* Adds an error for each server that is given twice, and for each rule of the choice that cannot be kept or would
 * have no effect. */
void balancecheck_backend(const struct settings_backend *backend, const struct bind_places *places,
                          struct error_list *errors);

#endif
