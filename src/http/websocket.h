/* The WebSocket handshake's key and the server's proof that it understood (RFC 6455 sections 1.3 and 4). Each HTTP/1.1
 * connection has its own: they say nothing from end to end. */
#ifndef SALLYPORT_HTTP_WEBSOCKET_H
#define SALLYPORT_HTTP_WEBSOCKET_H

#include "base/slice.h"

enum { WEBSOCKET_KEY_LEN = 24, WEBSOCKET_ACCEPT_LEN = 28 };

/* Makes a new key; false when the kernel has no random bytes. */
[[nodiscard]] bool websocket_make_key(char key[WEBSOCKET_KEY_LEN]);

/* True for base64 of 16 bytes. */
bool websocket_is_key(struct slice key);

/* Writes the value of Sec-WebSocket-Accept that answers a key of websocket_is_key. */
void websocket_accept(struct slice key, char accept[WEBSOCKET_ACCEPT_LEN]);

#endif
