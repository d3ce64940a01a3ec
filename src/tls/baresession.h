/* The library's session without the client's certificates. libssl writes session and certificate into each ticket
 * (and parses it back at once, and again at the resumption), and keeps the parsed chain as long as the connection
 * lives. We carry what we need ourselves (ticketdata), so the session can go without. */
#ifndef SALLYPORT_TLS_BARESESSION_H
#define SALLYPORT_TLS_BARESESSION_H

#include "base/slice.h"

struct ssl_st;

/* Gives the server's connection a session of the same secret, version and cipher, bound to `context` (at most 32
 * bytes), that carries `data` and lives for `lifetime_s`. Enough for TLS 1.3 tickets, and for every connection after
 * its handshake; not for TLS 1.2 tickets, whose sessions have a flag without a setter. False and nothing changed
 * when it cannot be done. */
bool baresession_replace(struct ssl_st *ssl, struct slice context, struct slice data, int64_t lifetime_s);

#endif
