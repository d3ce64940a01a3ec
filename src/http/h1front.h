/* The server side of an HTTP/1.1 connection: requests come, answers go. */
#ifndef SALLYPORT_HTTP_H1FRONT_H
#define SALLYPORT_HTTP_H1FRONT_H

#include "http/h1state.h"

/* The steps of this end. */
extern const struct h1state_kind h1front_kind;

/* The operations of http/conn.h that differ from the other end's. */
bool h1front_send_head(struct h1state *state, const struct http_message *head, bool end);
struct http_body_view h1front_body(struct h1state *state);
void h1front_release(struct h1state *state, enum reason reason);
void h1front_refuse(struct h1state *state, enum reason reason);

#endif
