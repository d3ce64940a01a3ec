/* An exchange that goes on in WebSocket: bytes in both directions between two connections that are HTTP no longer. */
#ifndef SALLYPORT_PROXY_UPGRADE_H
#define SALLYPORT_PROXY_UPGRADE_H

#include "proxy/exchange_state.h"

/* Passes on `head`, the backend's 101, and carries bytes from here on. Each direction ends by itself; the exchange does
 * when both have, when neither moves for timeouts.tunnel, or with its session. Both streams' events come here from now
 * on. May end the exchange. */
void upgrade_begin(struct exchange *exchange, const struct http_message *head);

#endif
