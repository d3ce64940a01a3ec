/* An HTTP message head as meaning, not as bytes: the same for HTTP/1.1 and HTTP/2. Framing (Content-Length,
 * Transfer-Encoding) and connection-level fields (RFC 9110 section 7.6.1) are taken out by the reader and made anew
 * by the writer, so nothing of a peer's framing is ever passed on. A message owns nothing: its slices point into
 * what it was read from, or into an arena (http_message_copy). */
#ifndef SALLYPORT_HTTP_MESSAGE_H
#define SALLYPORT_HTTP_MESSAGE_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* How the body's end is known. UNTIL_CLOSE only in answers (RFC 9112 section 6.3). STREAM: chunked in HTTP/1.1, no
 * content-length in HTTP/2. */
enum http_body { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_STREAM, HTTP_BODY_UNTIL_CLOSE };

/* Most fields of a head or trailer section, whatever the configuration says; RFC 9110 leaves the limit to us. */
enum { HTTP_FIELDS_MAX = 256, HTTP_CONNECTION_TOKENS_MAX = 16 };

/* NEVER_INDEXED: an HTTP/2 writer sends it as a never-indexed literal (RFC 7541 section 7.1.3): identities. */
enum http_field_flag { HTTP_FIELD_NEVER_INDEXED = 1 };

struct http_field {
    struct slice name;
    struct slice value;
    unsigned flags;
};

/* A request: method, scheme, authority (from Host or the absolute target; without user), path (with query; "*" for
 * OPTIONS). An answer: status. `fields` are end-to-end fields in their order, without Host. connection_tokens are the
 * names that Connection listed (those fields are already taken out); kept because naming a protected field there is an
 * attack. takes_trailers: a request said TE: trailers. upgrade: "websocket" in a request that asks to go on in it, a
 * GET without a body, and in the answer of status 101 that grants it; connections show nothing else (http/conn.h). raw
 * covers all bytes that the slices point into. */
struct http_message {
    struct slice method;
    struct slice scheme;
    struct slice authority;
    struct slice path;
    uint16_t status;
    uint8_t version_major;
    uint8_t version_minor;
    enum http_body body;
    uint64_t content_length;
    bool expect_continue;
    bool keep_alive;
    bool takes_trailers;
    struct slice upgrade;
    struct slice connection_tokens[HTTP_CONNECTION_TOKENS_MAX];
    size_t connection_token_count;
    struct http_field *fields;
    size_t field_count;
    size_t field_room;
    struct slice raw;
};

/* Makes an empty message over the caller's array of `room` fields. */
void http_message_init(struct http_message *message, struct http_field *fields, size_t room);

/* Adds a field (name in the case to be sent); false when the array is full. Name and value must outlive the
 * message's use. */
[[nodiscard]] bool http_message_add(struct http_message *message, struct slice name, struct slice value,
                                    unsigned flags);

/* The value of the first field with this name (case ignored), or the empty slice with NULL data. */
struct slice http_message_find(const struct http_message *message, struct slice name);

/* True for a request that asks for WebSocket. */
static inline bool http_message_upgrades(const struct http_message *message) {
    return message->upgrade.len > 0 && message->status == 0;
}

/* Copies a message with everything that it points to into `arena`, with room for `extra` more fields; false when the
 * arena is full. One copy of `raw`, slices moved over; slices outside of raw are copied one by one. */
[[nodiscard]] bool http_message_copy(struct arena *arena, const struct http_message *from, struct http_message *to,
                                     size_t extra);

/* True when the method is safe, or idempotent (RFC 9110 section 9.2). */
bool http_method_is_safe(struct slice method);
bool http_method_is_idempotent(struct slice method);

/* True when an answer of this status to this method has no body whatever its fields say (RFC 9112 section 6.3). */
bool http_status_has_no_body(uint16_t status, struct slice method);

/* The standard phrase of a status ("Not Found"), or "" when there is none. */
struct slice http_status_phrase(uint16_t status);

/* Splits an authority into host and port text, lower-cases the host into `host` (room for 254 with terminator) and
 * drops one trailing dot. False when it is not a valid host (RFC 3986 section 3.2.2: reg-name of letters, digits,
 * '-', '.', '_'; IPv4; [IPv6]) or the port is not 1 to 5 digits. */
[[nodiscard]] bool http_authority_host(struct slice authority, char host[254], size_t *len);

#endif
