/* Field lines of HTTP/2 from messages, for nghttp2 to compress (RFC 9113 section 8). Pure. */
#ifndef SALLYPORT_HTTP_H2WRITE_H
#define SALLYPORT_HTTP_H2WRITE_H

#include "base/buf.h"
#include "http/message.h"

#include <nghttp2/nghttp2.h>

/* Pseudo-fields and what is made of the framing, besides the message's own fields. */
enum { H2WRITE_OWN_LINES_MAX = 8 };

/* The lines of one head, which borrow from the message, and what they borrow besides: short numbers, and the path when
 * it had to be encoded. */
struct h2write_lines {
    nghttp2_nv lines[HTTP_FIELDS_MAX + H2WRITE_OWN_LINES_MAX];
    size_t count;
    char status[4];
    char length[24];
    struct buf path;
};

/* Writes the head of a request; one with `upgrade` becomes an extended CONNECT (RFC 8441). Names become lower-case when
 * nghttp2 copies them. Connection-specific fields are left out. False when something in it may not be sent. Give the
 * lines back with h2write_fini in any case. */
[[nodiscard]] bool h2write_request(struct h2write_lines *to, const struct http_message *message);

/* Writes the head of an answer, likewise; 101 becomes the 200 that accepts an extended CONNECT. */
[[nodiscard]] bool h2write_answer(struct h2write_lines *to, const struct http_message *message);

/* Writes trailers, likewise. */
[[nodiscard]] bool h2write_trailers(struct h2write_lines *to, const struct http_message *message);

/* Frees what the lines borrow from themselves. */
void h2write_fini(struct h2write_lines *lines);

#endif
