/* HTTP/2 connections behind http/conn.h, in front (server side) and behind (client side), over nghttp2. Without TLS
 * they begin with prior knowledge (RFC 9113 section 3.3). What differs from HTTP/1.1: `refused` tells of one request,
 * and the connection goes on with the others (`ended` says when it does not). http_conn_flush sends at the end of the
 * turn, so that the streams of a turn share a write. After http_conn_drain streams that are on their way are still
 * taken until the client has learned of it. */
#ifndef SALLYPORT_HTTP_H2CONN_H
#define SALLYPORT_HTTP_H2CONN_H

#include "http/conn.h"
#include "http/h1parse.h"
#include "http/h2limits.h"
#include "io/loop.h"
#include "io/stream.h"

/* Makes the front end of a connection over `below`, which becomes the conn's (also on failure). `heads` limits heads as
 * in HTTP/1.1, `limits` the rest; both are copied. `scheme` ("https") is what requests get. NULL when memory is short.
 * Events start with the next turn of the loop, after http_conn_own. */
[[nodiscard]] struct http_conn *h2conn_new_front(struct loop *loop, struct stream *below,
                                                 const struct h1parse_limits *heads, const struct h2limits *limits,
                                                 struct slice scheme);

/* Makes the client side of a connection to a backend over `below`, likewise. limits->streams bounds how many are open
 * at a time, besides what the server allows. */
[[nodiscard]] struct http_conn *h2conn_new_back(struct loop *loop, struct stream *below,
                                                const struct h1parse_limits *heads, const struct h2limits *limits);

#endif
