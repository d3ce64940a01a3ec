/* The listening sockets. The supervisor holds one per address and worker slot, over all deaths and reloads, so that a
 * connection that waits in one is never lost. */
#ifndef SALLYPORT_BIN_SOCKETS_H
#define SALLYPORT_BIN_SOCKETS_H

#include "base/error.h"
#include "ipc/outline.h"
#include "os/service.h"

/* SOCKETS_BACKLOG: connections that may wait in one socket; the kernel lowers it to net.core.somaxconn. */
enum { SOCKETS_BACKLOG = 4096 };

/* One address. id: never used again for another. fresh: opened for a plan that is not in force yet. */
struct sockets_address {
    struct addr addr;
    uint32_t listener;
    uint32_t id;
    bool fresh;
    int fds[OUTLINE_WORKERS_MAX];
    char name[OUTLINE_NAME_MAX];
};

/* All addresses of one configuration; `slots` descriptors each. */
struct sockets {
    struct sockets_address items[OUTLINE_LISTENS_MAX];
    size_t count;
    unsigned slots;
    uint32_t last_id;
};

/* Makes a table without addresses for this number of slots. */
void sockets_init(struct sockets *sockets, unsigned slots);

/* Works out in `next` what the outline wants: addresses that `current` has are kept as they are, new ones are taken
 * from systemd (one socket shared by all slots, unless it passed several) or opened. On failure nothing new stays
 * open. End with sockets_commit or sockets_abort. */
[[nodiscard]] bool sockets_plan(const struct sockets *current, const struct outline *outline, struct service *service,
                                struct sockets *next, struct error *error);

/* Puts the plan in force: addresses that it does not have are closed. */
void sockets_commit(struct sockets *current, struct sockets *next);

/* Closes what was opened for the plan. */
void sockets_abort(struct sockets *next);

/* Closes everything. */
void sockets_close(struct sockets *sockets);

/* The number by which a worker knows the socket of this address and slot (counted from 1; its descriptor is
 * fds[slot - 1]). */
uint32_t sockets_number(const struct sockets_address *address, unsigned slot);

#endif
