/* Keys and proofs of the WebSocket handshake. */
#include "http/websocket.h"

#include "base/sha1.h"
#include "base/text.h"

#include <sys/random.h>

/* ROOM: what decoding reserves for a key. */
enum { KEY_BYTES = 16, KEY_ROOM = WEBSOCKET_KEY_LEN / 4 * 3 };

bool websocket_make_key(char key[WEBSOCKET_KEY_LEN]) {
    uint8_t bytes[KEY_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return false;
    text_base64(key, slice_of(bytes, sizeof bytes));
    return true;
}

bool websocket_is_key(struct slice key) {
    uint8_t room[KEY_ROOM];
    struct buf bytes = {.data = room, .cap = sizeof room, .max = sizeof room};
    return key.len == WEBSOCKET_KEY_LEN && text_unbase64(&bytes, key) && buf_len(&bytes) == KEY_BYTES;
}

void websocket_accept(struct slice key, char accept[WEBSOCKET_ACCEPT_LEN]) {
    static const char known[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[WEBSOCKET_KEY_LEN + sizeof known - 1], digest[SHA1_BYTES];
    memcpy(text, key.data, WEBSOCKET_KEY_LEN);
    memcpy(text + WEBSOCKET_KEY_LEN, known, sizeof known - 1);
    sha1_digest(slice_of(text, sizeof text), digest);
    text_base64(accept, slice_of(digest, sizeof digest));
}
