/* The server side of an HTTP/2 connection: requests come, answers go. */
#ifndef SALLYPORT_HTTP_H2FRONT_H
#define SALLYPORT_HTTP_H2FRONT_H

#include "http/h2state.h"

/* What this end does with what it reads. */
extern const struct h2state_kind h2front_kind;

/* The operations of http/conn.h that differ from the other end's. */
bool h2front_send_head(struct h2stream *stream, const struct http_message *head, bool end);
struct http_body_view h2front_body(struct h2stream *stream);
void h2front_release(struct h2stream *stream, enum reason reason);

#endif
