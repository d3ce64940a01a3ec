/* What HTTP/1.1 and HTTP/2 ask of a message alike: which fields speak of the connection or the framing, and which
 * methods and paths are served. Pure. */
#ifndef SALLYPORT_HTTP_RULES_H
#define SALLYPORT_HTTP_RULES_H

#include "base/slice.h"

#include <stdbool.h>

/* What a field means for the connection or the framing (RFC 9110 section 7.6.1, RFC 9112 section 6). */
enum rules_meaning {
    RULES_MEANING_NONE,
    RULES_MEANING_CONNECTION,
    RULES_MEANING_CONTENT_LENGTH,
    RULES_MEANING_TRANSFER_ENCODING,
    RULES_MEANING_HOST,
    RULES_MEANING_EXPECT,
    RULES_MEANING_UPGRADE,
    RULES_MEANING_TRAILER,
    RULES_MEANING_TE,
    RULES_MEANING_HOP_BY_HOP,
};

/* The meaning of a field's name, case ignored. */
enum rules_meaning rules_meaning_of(struct slice name);

/* True when only the separators differ from a framing field: Content_Length, transfer---encoding, .content-length. */
bool rules_is_framing_lookalike(struct slice name);

/* True for CONNECT, HTTP/2's preface, and RTSP's methods: what they ask for is not HTTP as served here. */
bool rules_method_is_foreign(struct slice method);

/* True when the octets beyond ASCII in `target` are UTF-8. */
bool rules_target_is_text(struct slice target);

/* True when `path` begins with '/', or is "*" for OPTIONS (RFC 9112 section 3.2). Looks at no further octet. */
bool rules_path_is_good(struct slice method, struct slice path);

/* Writes a path so that it is a path by RFC 3986, in rules_path_bytes octets: what may not stand in one, '#', and a '%'
 * that begins no escape are percent-encoded. A lenient reader behind us then sees what our rules have seen, and a
 * strict one does not refuse. Returns the end of what was written; `len` is the path's rules_path_bytes. */
size_t rules_path_bytes(struct slice path);
uint8_t *rules_put_path(uint8_t *to, struct slice path, size_t len);

#endif
