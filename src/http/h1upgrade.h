/* How an HTTP/1.1 connection goes on in WebSocket (RFC 6455 section 4): the fields of the handshake on the wire, and
 * the bytes that follow. */
#ifndef SALLYPORT_HTTP_H1UPGRADE_H
#define SALLYPORT_HTTP_H1UPGRADE_H

#include "http/h1state.h"

/* (Front) Looks at the Upgrade of a head that was read. Only "websocket", by a GET without a body, stays in it; the key
 * is taken out of the fields and kept. NONE, or REASON_UPGRADE_MALFORMED. */
[[nodiscard]] enum reason h1upgrade_take_request(struct h1state *state, struct http_message *head);

/* (Front) Gathers the answer 101 to the request that was taken, and turns to bytes. False when the client did not wait
 * for it, or it cannot be sent. */
[[nodiscard]] bool h1upgrade_send_answer(struct h1state *state, const struct http_message *head);

/* (Behind) Gathers a request that upgrades, with a key of its own. False when it cannot be sent. */
[[nodiscard]] bool h1upgrade_send_request(struct h1state *state, const struct http_message *head);

/* (Behind) Looks at an answer 101: true when it proves that the server understood. Then its head says the same as in
 * any version, and the connection turns to bytes. */
[[nodiscard]] bool h1upgrade_take_answer(struct h1state *state, struct http_message *head);

#endif
