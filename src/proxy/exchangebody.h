/* The two bodies of an exchange, each by the credit of who reads it. */
#ifndef SALLYPORT_PROXY_EXCHANGEBODY_H
#define SALLYPORT_PROXY_EXCHANGEBODY_H

#include "proxy/exchange_state.h"

/* What the client's stream tells. */
extern const struct http_stream_events exchangebody_front_events;

/* Carries what there is of the request's body to the backend, as far as it takes it, and sends it. May end the
 * exchange. */
void exchangebody_push_request(struct exchange *exchange);

/* The same of the answer's body; at its end the exchange is done. */
void exchangebody_push_answer(struct exchange *exchange);

#endif
