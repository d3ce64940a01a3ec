/* The library's session without the client's certificates. libssl writes session and certificate into each ticket (and
 * parses it back at once, and again at the resumption), and keeps the parsed chain as long as the connection lives. We
 * carry what we need ourselves (ticketdata), so the session can go without. */
#ifndef SALLYPORT_TLS_BARESESSION_H
#define SALLYPORT_TLS_BARESESSION_H

#include <stdbool.h>

struct ssl_st;

/* Takes the client's certificates out of the session of a server's connection; all else in it stays as it is. Only once
 * the client has proven that it holds the key: libssl needs the certificate until then. False when memory is short. */
bool baresession_strip(struct ssl_st *ssl);

#endif
