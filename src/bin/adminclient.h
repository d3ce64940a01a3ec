/* Asks a running gateway over its admin socket: for the commands. */
#ifndef SALLYPORT_BIN_ADMINCLIENT_H
#define SALLYPORT_BIN_ADMINCLIENT_H

#include "base/buf.h"
#include "base/error.h"

/* Sends one request line to the socket at `path` and waits for the answer, which is appended to `answer`. False with a
 * sentence when there is no gateway or it does not answer; otherwise *done says whether it did what was asked. */
[[nodiscard]] bool adminclient_ask(const char *path, const char *request, struct buf *answer, bool *done,
                                   struct error *error);

#endif
