/* Writing HTTP/1.1 (RFC 9112) from messages. Framing and connection fields are made here from the message's `body`;
 * nothing of a peer's is copied. */
#ifndef SALLYPORT_HTTP_H1WRITE_H
#define SALLYPORT_HTTP_H1WRITE_H

#include "base/buf.h"
#include "http/message.h"

/* Appends a request head: request line in origin form, Host first, the fields, Content-Length or Transfer-Encoding
 * as `body` says, Connection: close unless keep_alive. False when the buffer's maximum forbids it, or when a name or
 * value holds CR, LF or NUL (which is never written). */
[[nodiscard]] bool h1write_request(struct buf *to, const struct http_message *message);

/* Appends the head of an answer, likewise. `body` NONE writes Content-Length: 0 unless the status forbids it; an
 * answer to HEAD keeps the length that content_length says when body is LENGTH. UNTIL_CLOSE writes Connection:
 * close. */
[[nodiscard]] bool h1write_answer(struct buf *to, const struct http_message *message);

/* Bytes of framing before and after one chunk, written by the caller around the data. */
enum { H1WRITE_CHUNK_HEAD_MAX = 18 };

/* Writes "<hex length>\r\n" to `to`, returns its length. After the data the caller writes "\r\n". */
size_t h1write_chunk_head(char to[H1WRITE_CHUNK_HEAD_MAX], size_t len);

/* Appends the last chunk, the trailer fields (may be NULL) and the empty line. */
[[nodiscard]] bool h1write_last_chunk(struct buf *to, const struct http_message *trailers);

#endif
