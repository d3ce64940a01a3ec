/* The files of the demonstration: a throw-away PKI and a configuration, in a directory of their own. */
#ifndef SALLYPORT_BIN_DEMOFILES_H
#define SALLYPORT_BIN_DEMOFILES_H

#include "base/error.h"

#include <limits.h>
#include <stdint.h>

/* Where everything is; all files lie in `directory`. */
struct demofiles {
    char directory[64];
    char socket[96];
    char log[96];
};

/* Makes a new directory below /tmp that only we can read. */
[[nodiscard]] bool demofiles_make(struct demofiles *files, struct error *error);

/* Mints the certificates: gateway, good, expired, and foreign (of a CA with the same name as the right one). */
[[nodiscard]] bool demofiles_mint(const struct demofiles *files, struct error *error);

/* Writes the configuration of a gateway on `listen`, with `backend` behind it. */
[[nodiscard]] bool demofiles_configure(const struct demofiles *files, const char *listen, const char *backend,
                                       struct error *error);

/* Removes the directory with all that is in it. */
void demofiles_remove(const struct demofiles *files);

#endif
