/* The compiler: a configuration and its files in, a sealed bundle and an outline out. A process of its own in a running
 * gateway; `sallyport check` calls the same code. */
#ifndef SALLYPORT_BIN_COMPILER_H
#define SALLYPORT_BIN_COMPILER_H

#include "base/error.h"
#include "bin/order.h"
#include "ipc/outline.h"

/* What the supervisor is told besides the bundle, in the order of the message SOURCES. */
enum compiler_list { COMPILER_SOURCES, COMPILER_HOSTS, COMPILER_NUMBERS, COMPILER_NAMES, COMPILER_LIST_COUNT };

/* Sealed files; -1: none. */
struct compiler_result {
    struct outline outline;
    int bundle_fd;
    int list_fds[COMPILER_LIST_COUNT];
};

/* Compiles the configuration at `path`, or refreshes the order's bundle, for `cores` workers (where it does not say how
 * many): reads, checks, and builds the snapshot once as a trial. False and every error. The result is ended with
 * compiler_drop in every case. */
[[nodiscard]] bool compiler_compile(const char *path, unsigned cores, struct order *order,
                                    struct compiler_result *result, struct error_list *errors);
void compiler_drop(struct compiler_result *result);

/* Cores that this process may run on. */
unsigned compiler_cores(void);

/* Plays the role in this process: takes an order of the supervisor and gives one answer. Returns the exit code. */
int compiler_main(const char *path);

#endif
