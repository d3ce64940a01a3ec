/* The client side of an HTTP/1.1 connection: requests go to a backend, answers come. */
#ifndef SALLYPORT_HTTP_H1BACK_H
#define SALLYPORT_HTTP_H1BACK_H

#include "http/h1state.h"

/* The steps of this end. */
extern const struct h1state_kind h1back_kind;

/* The operations of http/conn.h that differ from the other end's. */
bool h1back_can_open(const struct h1state *state);
void h1back_open(struct h1state *state);
bool h1back_send_head(struct h1state *state, const struct http_message *head, bool end);
void h1back_release(struct h1state *state, enum reason reason);

#endif
