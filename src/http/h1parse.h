/* Strict HTTP/1.x parsing (RFC 9112): one way to read a message, everything else is refused. Pure: bytes in, result
 * out, no allocation.
 * Refused by rule: bare LF and bare CR, obs-fold, space before the colon, empty field names, control bytes,
 * Content-Length together with Transfer-Encoding, either of them twice, Transfer-Encoding other than "chunked",
 * HTTP/1.0 with Transfer-Encoding, field names that a sloppy reader may take for framing fields, absolute target
 * that differs from Host, no or two Hosts, leading white space or more than one empty line before a request. */
#ifndef SALLYPORT_HTTP_H1PARSE_H
#define SALLYPORT_HTTP_H1PARSE_H

#include "base/reason.h"
#include "http/message.h"

/* MORE: a good beginning. DONE: complete. BAD: refused, see the reason. */
enum h1parse_status { H1PARSE_MORE, H1PARSE_DONE, H1PARSE_BAD };

/* head_bytes bounds the whole head, target_bytes the request target, fields their number (at most HTTP_FIELDS_MAX). */
struct h1parse_limits {
    size_t head_bytes;
    size_t target_bytes;
    size_t fields;
};

/* Where the search for the end of a head has come, so that byte-wise input costs no quadratic time. Zero it for each
 * head. */
struct h1parse_scan {
    size_t seen_bytes;
};

/* used_bytes: length of the head (or trailer section) with its empty line, after DONE. */
struct h1parse_result {
    enum h1parse_status status;
    enum reason reason;
    size_t used_bytes;
};

/* Reads a request head at the start of `bytes` into `message`, whose field array the caller gave. Reasons are those
 * of requests. */
struct h1parse_result h1parse_request(struct slice bytes, const struct h1parse_limits *limits,
                                      struct h1parse_scan *scan, struct http_message *message);

/* Reads the head of an answer to `method`. Everything wrong is REASON_BACKEND_MALFORMED, too much is
 * REASON_BACKEND_TOO_LARGE. 1xx heads are heads too. */
struct h1parse_result h1parse_answer(struct slice bytes, struct slice method, const struct h1parse_limits *limits,
                                     struct h1parse_scan *scan, struct http_message *message);

/* Reads a trailer section (RFC 9112 section 7.1.2) into `message`. Framing, routing and connection fields in it are
 * refused. */
struct h1parse_result h1parse_trailers(struct slice bytes, const struct h1parse_limits *limits,
                                       struct h1parse_scan *scan, struct http_message *message);

#endif
