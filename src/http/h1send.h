/* The outgoing side of an HTTP/1.1 connection: what is small is gathered, what is large is written from where it
 * lies. */
#ifndef SALLYPORT_HTTP_H1SEND_H
#define SALLYPORT_HTTP_H1SEND_H

#include "http/h1state.h"

/* Writes what is gathered. True when nothing is left with us or with the stream below. A failed write sets
 * write_failed. */
bool h1send_flush(struct h1state *state);

/* Prepares for the body of a head that was gathered just now, framed as `body` says; `end`: there is none. */
void h1send_begin_body(struct h1state *state, const struct http_message *head, bool end);

/* Sends of a body; see http_stream_send_body. */
size_t h1send_body(struct h1state *state, struct slice bytes, bool end);

/* Ends the body with trailers where it is chunked; see http_stream_send_trailers. */
[[nodiscard]] bool h1send_trailers(struct h1state *state, const struct http_message *trailers);

/* True when a refused send may be tried again. */
bool h1send_has_room(const struct h1state *state);

#endif
