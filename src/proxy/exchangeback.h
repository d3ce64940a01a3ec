/* The backend's side of an exchange: which server, over which connection, and whether once more. */
#ifndef SALLYPORT_PROXY_EXCHANGEBACK_H
#define SALLYPORT_PROXY_EXCHANGEBACK_H

#include "proxy/exchange_state.h"

/* Chooses a server and sends it the request that was made ready; or waits in the backend's queue. What fails is tried
 * again where that is safe, or refused. */
void exchangeback_begin(struct exchange *exchange);

/* What the queue calls: goes on if there is room; false when there is none yet. */
bool exchangeback_go_on(struct queue_place *place);

#endif
