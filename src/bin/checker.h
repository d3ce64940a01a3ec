/* The checker process: compares passwords with stored ones, which takes long on purpose, so that no worker waits. It
 * opens nothing, keeps nothing, and does one after the other. */
#ifndef SALLYPORT_BIN_CHECKER_H
#define SALLYPORT_BIN_CHECKER_H

#include "ipc/channel.h"

/* Runs the process to its end and returns its exit code. `user` may be empty: stay who we are. */
int checker_main(const char *user);

/* Answers what comes over `channel` (freed afterwards) until its peer hangs up; returns the exit code. */
int checker_serve(struct channel *channel);

#endif
