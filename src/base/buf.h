/* A growing byte buffer with a hard maximum: bytes are appended at the end and consumed from the start. */
#ifndef SALLYPORT_BASE_BUF_H
#define SALLYPORT_BASE_BUF_H

#include "base/slice.h"

#include <stdarg.h>

/* Invariant: start <= end <= cap <= max; data is NULL while cap is 0. Readable bytes are data[start..end). */
struct buf {
    uint8_t *data;
    size_t start;
    size_t end;
    size_t cap;
    size_t max;
};

/* Makes an empty buffer that may grow to `max` bytes; allocates nothing yet. */
void buf_init(struct buf *buf, size_t max);

/* Frees the memory; the buffer stays usable and empty. Give idle buffers back with this. */
void buf_fini(struct buf *buf);

/* As buf_fini, after wiping what was in it: for keys and passwords. Reserve their full size first: growing leaves a
 * copy behind. */
void buf_wipe(struct buf *buf);

/* Readable bytes, borrowed until the next change of the buffer. */
static inline struct slice buf_view(const struct buf *buf) {
    return slice_of(buf->data ? buf->data + buf->start : NULL, buf->end - buf->start);
}

/* Number of readable bytes. */
static inline size_t buf_len(const struct buf *buf) {
    return buf->end - buf->start;
}

/* Makes room for `bytes` more and returns where to write them, or NULL when `max` forbids it. Follow with
 * buf_commit. */
[[nodiscard]] uint8_t *buf_reserve(struct buf *buf, size_t bytes);

/* Counts `bytes` written at the place that buf_reserve gave as readable. */
void buf_commit(struct buf *buf, size_t bytes);

/* Drops `bytes` from the start; bytes <= buf_len. An empty buffer rewinds and keeps its memory. */
void buf_consume(struct buf *buf, size_t bytes);

/* Drops what was appended last until `len` readable bytes are left; len <= buf_len. Takes back a half-written
 * record. */
void buf_truncate(struct buf *buf, size_t len);

/* Appends; false (and nothing appended) when `max` forbids it. */
[[nodiscard]] bool buf_append(struct buf *buf, struct slice bytes);
[[nodiscard]] bool buf_append_text(struct buf *buf, const char *text);
[[nodiscard]] bool buf_append_byte(struct buf *buf, uint8_t byte);

/* Appends formatted text; false (and nothing appended) when `max` forbids it. Not for hot paths. */
[[nodiscard, gnu::format(printf, 2, 3)]] bool buf_printf(struct buf *buf, const char *format, ...);
[[nodiscard, gnu::format(printf, 2, 0)]] bool buf_vprintf(struct buf *buf, const char *format, va_list arguments);

#endif
