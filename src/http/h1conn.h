/* HTTP/1.1 connections behind http/conn.h, in front (server side) and behind (client side). */
#ifndef SALLYPORT_HTTP_H1CONN_H
#define SALLYPORT_HTTP_H1CONN_H

#include "http/conn.h"
#include "http/h1parse.h"
#include "io/loop.h"
#include "io/stream.h"

/* Makes the front end of a connection over `below`, which becomes the conn's (also on failure). Limits are copied.
 * `scheme` ("https") is what requests get. NULL when memory is short. Events start with the next turn of the loop,
 * after http_conn_own. */
[[nodiscard]] struct http_conn *h1conn_new_front(struct loop *loop, struct stream *below,
                                                 const struct h1parse_limits *limits, struct slice scheme);

/* Makes the client side of a connection to a backend over `below`, likewise. */
[[nodiscard]] struct http_conn *h1conn_new_back(struct loop *loop, struct stream *below,
                                                const struct h1parse_limits *limits);

#endif
