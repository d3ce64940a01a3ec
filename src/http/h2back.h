/* The client side of an HTTP/2 connection: requests go, answers come. */
#ifndef SALLYPORT_HTTP_H2BACK_H
#define SALLYPORT_HTTP_H2BACK_H

#include "http/h2state.h"

/* What this end does with what it reads. */
extern const struct h2state_kind h2back_kind;

/* How many more streams could be opened now. */
unsigned h2back_capacity(const struct h2state *state);

/* Whether the server takes extended CONNECT (RFC 8441 section 3): unknown before its first SETTINGS. */
enum http_conn_upgrade h2back_can_upgrade(const struct h2state *state);

/* The operations of http/conn.h that differ from the other end's. */
bool h2back_send_head(struct h2stream *stream, const struct http_message *head, bool end);
void h2back_release(struct h2stream *stream, enum reason reason);

#endif
