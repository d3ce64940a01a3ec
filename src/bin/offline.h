/* A configuration made ready to run without running it: for commands that judge by it. The same steps as in a gateway:
 * compiled to a sealed bundle, from which the snapshot is built. Lists from URLs are those that a gateway kept in the
 * state directory, as far as they may be read. */
#ifndef SALLYPORT_BIN_OFFLINE_H
#define SALLYPORT_BIN_OFFLINE_H

#include "plan/snapshot.h"

/* Owner of all. */
struct offline {
    struct chaincache *cache;
    struct tls_tickets *tickets;
    struct upstream *upstream;
    struct snapshot *snapshot;
};

/* Compiles the configuration at `path` and builds its snapshot; false and every error. offline_close in every case. */
[[nodiscard]] bool offline_open(struct offline *offline, const char *path, struct error_list *errors);
void offline_close(struct offline *offline);

#endif
