/* The commands that ask a running gateway and print its answer as it is: reload, status. And asking, for others. */
#ifndef SALLYPORT_BIN_ASK_H
#define SALLYPORT_BIN_ASK_H

#include "base/buf.h"

/* Where the gateway is: the path of its admin socket, or its configuration, or (both NULL) the default path. */
struct ask_gateway {
    const char *config_path;
    const char *socket;
};

/* Asks with this request line, prints the answer (to stderr when it was refused), and returns the exit code. */
int ask_gateway(const struct ask_gateway *gateway, const char *request);

/* Asks with this request line and appends the answer. False, with lines on stderr, when there is no gateway or it
 * refused. */
[[nodiscard]] bool ask_answer(const struct ask_gateway *gateway, const char *request, struct buf *answer);

/* Each takes --socket PATH, or -c FILE to find the socket's path there; without both it is the default one. They print
 * the answer, and return 1 when there is no gateway or it refused. */
int ask_reload(char *const *arguments);
int ask_status(char *const *arguments);

#endif
