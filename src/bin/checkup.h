/* Health checks of a worker: of the servers of the snapshot in use, counted and told. */
#ifndef SALLYPORT_BIN_CHECKUP_H
#define SALLYPORT_BIN_CHECKUP_H

#include "io/loop.h"
#include "ipc/counters.h"
#include "plan/snapshot.h"

struct checkup;

/* Makes it without any server; loop and counters outlive it. NULL when memory is short. */
[[nodiscard]] struct checkup *checkup_new(struct loop *loop, struct counters *counters);

/* Ends all checks and frees. NULL is fine. */
void checkup_free(struct checkup **checkup);

/* Checks the servers of this snapshot from now on, which outlives the next call or the checkup. Servers that it has in
 * common with the one before keep what is known of them. NULL for `checkup` is fine: a worker that ends checks
 * nobody. */
void checkup_use(struct checkup *checkup, const struct snapshot *snapshot);

#endif
