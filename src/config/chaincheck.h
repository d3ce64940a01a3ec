/* Checks of what both ends of the gateway have: versions of TLS, and how chains of certificates are judged. */
#ifndef SALLYPORT_CONFIG_CHAINCHECK_H
#define SALLYPORT_CONFIG_CHAINCHECK_H

#include "config/bind.h"

/* Adds an error for what no TLS version is left of. */
void chaincheck_versions(const struct settings_tls *tls, const struct bind_places *places, struct error_list *errors);

/* Adds an error for each setting of revocation that has no effect or lacks another. is_used: somebody's chain is
 * judged. */
void chaincheck_revocation(const struct settings_revocation *revocation, bool is_used, const struct bind_places *places,
                           struct error_list *errors);

#endif
