/* The incoming body of an HTTP/1.1 message: what of it can be seen, and what is left of it. */
#ifndef SALLYPORT_HTTP_H1BODY_H
#define SALLYPORT_HTTP_H1BODY_H

#include "http/h1state.h"

/* Prepares for the body that `head` announces; `has_none` when there is none whatever it says. */
void h1body_begin(struct h1state *state, const struct http_message *head, bool has_none);

/* What can be read now; see http_stream_body. Sets body_reason when the body turns out to be malformed. */
struct http_body_view h1body_view(struct h1state *state);

/* Takes `len` bytes of the last view; see http_stream_consume. */
void h1body_consume(struct h1state *state, size_t len);

/* True when the owner ought to be told that it can read: something came and it has not looked. */
bool h1body_has_news(struct h1state *state);

/* Reads and drops what is there of the body, counted in dropped_bytes. */
void h1body_drop(struct h1state *state);

/* Forgets the message: frees its trailers. */
void h1body_fini(struct h1state *state);

#endif
