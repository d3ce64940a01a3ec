/* The first lines of every role: give up what it does not need, for good. */
#ifndef SALLYPORT_BIN_CONFINE_H
#define SALLYPORT_BIN_CONFINE_H

#include "os/sandbox.h"

/* Ignores SIGPIPE and the signals that only the supervisor follows, becomes `user` (NULL or "": stays who we are),
 * hides the process's memory, and enters the sandbox. What the kernel cannot do is said once in the log; false, with
 * a line there, only when it refused. */
[[nodiscard]] bool confine_process(const char *user, const struct sandbox *sandbox);

#endif
