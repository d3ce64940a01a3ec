/* The incoming side of an HTTP/2 connection: frames become heads, pieces of bodies and ends; what only costs us work
 * is counted. */
#ifndef SALLYPORT_HTTP_H2RECEIVE_H
#define SALLYPORT_HTTP_H2RECEIVE_H

#include "http/h2state.h"

/* Sets what nghttp2 calls for what it reads. */
void h2receive_set_callbacks(nghttp2_session_callbacks *callbacks);

/* Takes what was read, and sends events of it. False when the connection has to end: end_reason says why, and nghttp2
 * may not be used any more. */
[[nodiscard]] bool h2receive(struct h2state *state, struct slice bytes);

#endif
