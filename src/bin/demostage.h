/* The stage of the demonstration: the files, a backend and a gateway, as processes of their own. */
#ifndef SALLYPORT_BIN_DEMOSTAGE_H
#define SALLYPORT_BIN_DEMOSTAGE_H

#include "base/addr.h"
#include "base/buf.h"
#include "bin/demofiles.h"

#include <signal.h>
#include <sys/types.h>

/* backend, listen: "127.0.0.1:port". interrupts: the signals that end the demonstration; they are blocked, so that it
 * ends at a good moment. */
struct demostage {
    struct demofiles files;
    char self[PATH_MAX];
    pid_t backend_pid;
    pid_t gateway_pid;
    char backend[ADDR_TEXT_MAX];
    char listen[ADDR_TEXT_MAX];
    sigset_t interrupts;
};

/* Makes the files and starts both processes; true when the gateway serves. False with a sentence; end it all the
 * same. */
[[nodiscard]] bool demostage_start(struct demostage *stage, struct error *error);

/* True when somebody wants the demonstration to end. */
bool demostage_is_interrupted(const struct demostage *stage);

/* Waits until somebody does. */
void demostage_wait(const struct demostage *stage);

/* Asks the gateway for its last refusals, oldest first, one record per line; *count says how many. False when it does
 * not answer. */
[[nodiscard]] bool demostage_refusals(const struct demostage *stage, struct buf *records, size_t *count);

/* Ends both processes and removes the files. */
void demostage_end(struct demostage *stage);

#endif
