/* The command `whoami`: a small backend for trying the gateway out. It answers every request with what it was told
 * about the client. It believes all of it: only a gateway may be able to reach it. */
#ifndef SALLYPORT_BIN_WHOAMI_H
#define SALLYPORT_BIN_WHOAMI_H

/* Serves HTTP/1.1 on --listen ADDRESS until it is ended; prints the address (port 0: which one it got) once it listens.
 * Returns only when it could not start. */
int whoami_command(char *const *arguments);

#endif
