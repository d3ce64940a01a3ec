/* How an exchange ends: done, refused, or cut off; and the deadline that it waits with. */
#ifndef SALLYPORT_PROXY_EXCHANGEEND_H
#define SALLYPORT_PROXY_EXCHANGEEND_H

#include "proxy/exchange_state.h"

/* Accounts for the exchange and lets go of all that it holds. The client's connection goes on with its next request,
 * or ends, by what was left open. */
void exchangeend_end(struct exchange *exchange);

/* Ends an exchange at once and closes the client's side of it: the session is going, or the client has left. */
void exchangeend_abort(struct exchange *exchange, enum reason reason);

/* Sends what was gathered for the client and ends, unless the sending itself ended everything. */
void exchangeend_finish(struct exchange *exchange);

/* Answers as the reason's status says, if no answer has begun, and ends. */
void exchangeend_refuse(struct exchange *exchange, enum reason reason);

/* Puts the deadline off to `wait_ms` from now. */
void exchangeend_wait(struct exchange *exchange, int64_t wait_ms);

/* What the deadline calls: refuses for whom the exchange waited. */
void exchangeend_expired(struct deadline *deadline);

/* The same of the whole call's: a gRPC client waits no longer. */
void exchangeend_call_expired(struct deadline *deadline);

/* Adds one to a counter of the worker. */
void exchangeend_count(struct exchange *exchange, enum counter counter);

#endif
