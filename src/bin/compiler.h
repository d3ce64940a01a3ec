/* The compiler: a configuration and its files in, a sealed bundle and an outline out. A process of its own in a running
 * gateway; `sallyport check` calls the same code. */
#ifndef SALLYPORT_BIN_COMPILER_H
#define SALLYPORT_BIN_COMPILER_H

#include "base/error.h"
#include "ipc/outline.h"

/* Compiles the configuration at `path` for `cores` workers (where it does not say how many): reads, checks, and builds
 * the snapshot once as a trial. *bundle_fd is the caller's. False and every error. */
[[nodiscard]] bool compiler_compile(const char *path, unsigned cores, struct outline *outline, int *bundle_fd,
                                    struct error_list *errors);

/* Cores that this process may run on. */
unsigned compiler_cores(void);

/* Plays the role in this process: one answer to the supervisor. Returns the exit code. */
int compiler_main(const char *path);

#endif
