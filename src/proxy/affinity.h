/* What brings a client to the same server again: the key of the backend's hash, and its sticky cookie. */
#ifndef SALLYPORT_PROXY_AFFINITY_H
#define SALLYPORT_PROXY_AFFINITY_H

#include "http/message.h"
#include "pki/peer.h"
#include "upstream/balance.h"

/* Writes to `ask` what the backend goes by: of the client's certificate (NULL: it has none), and of the request (NULL:
 * it sends bytes, not requests). Nothing is copied. */
void affinity_ask(const struct backend *backend, const struct verified_peer *peer, const struct http_message *request,
                  struct balance_ask *ask);

/* Adds a Set-Cookie to the answer when the backend has a sticky cookie and the request did not come with that of
 * `server`. Its value is made in `arena`; when there is no room, the client is only not brought back. */
void affinity_tell(const struct backend *backend, const struct server *server, const struct http_message *request,
                   struct arena *arena, struct http_message *answer);

#endif
