/* One request and its answer, between the client's connection and a backend's. */
#ifndef SALLYPORT_PROXY_EXCHANGE_H
#define SALLYPORT_PROXY_EXCHANGE_H

#include "proxy/exchange_state.h"

/* Starts on a request whose head was just read on `stream`: answers it by a backend or by a refusal. Ends by itself. */
void exchange_start(struct session *session, struct http_stream *stream, const struct http_message *head);

/* Frees the exchanges that a room keeps for re-use. */
void exchange_free_spare(struct session_room *room);

#endif
