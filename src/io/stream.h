/* A pipe of bytes in both directions: TCP, TLS over TCP, what a test makes. Streams stack: a filter owns the stream
 * below it.
 *
 * Readiness is edge-triggered. After STREAM_AGAIN (or a result that says `drained`) the owner waits for on_ready; an
 * owner that stopped for a reason of its own (no room) reads again by itself when the reason is gone. on_ready may
 * come without cause, and twice. A stream calls its owner only from the loop, never from inside stream_read,
 * stream_write or stream_close. No call blocks, and none frees the stream during a turn: stream_close marks it, the
 * loop frees it after the turn. */
#ifndef SALLYPORT_IO_STREAM_H
#define SALLYPORT_IO_STREAM_H

#include "base/reason.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OK: bytes moved (more than 0). AGAIN: wait for on_ready. END: the peer closed its direction cleanly. FAILED: ask
 * stream_failure. */
enum stream_status { STREAM_OK, STREAM_AGAIN, STREAM_END, STREAM_FAILED };

/* `drained` (reads only): the next read would say AGAIN, so it need not be tried before on_ready. */
struct stream_result {
    enum stream_status status;
    bool drained;
    size_t bytes;
};

enum { STREAM_READABLE = 1, STREAM_WRITABLE = 2 };

/* Most parts of one stream_write. */
enum { STREAM_PARTS_MAX = 8 };

struct stream;

/* What a kind of stream does. `shut` ends our direction after all that was written (FIN, close_notify). `quiet`
 * gives idle memory back. */
struct stream_ops {
    struct stream_result (*read)(struct stream *stream, uint8_t *to, size_t room);
    struct stream_result (*write)(struct stream *stream, const struct slice *parts, size_t count);
    bool (*flush)(struct stream *stream);
    void (*shut)(struct stream *stream);
    void (*close)(struct stream *stream);
    void (*quiet)(struct stream *stream);
    enum reason (*failure)(const struct stream *stream);
};

/* The common head of every stream; kinds embed it first. owner and on_ready are set by whoever holds the stream. */
struct stream {
    const struct stream_ops *ops;
    void (*on_ready)(void *owner, unsigned what);
    void *owner;
};

/* Reads at most `room` bytes to `to`. */
static inline struct stream_result stream_read(struct stream *stream, uint8_t *to, size_t room) {
    return stream->ops->read(stream, to, room);
}

/* Writes as much as is taken now of `count` (at most STREAM_PARTS_MAX) parts in order; `bytes` may end inside a
 * part. Bytes taken may still be in the stream's own bounded output buffer; stream_flush says when they are with the
 * kernel. */
static inline struct stream_result stream_write(struct stream *stream, const struct slice *parts, size_t count) {
    return stream->ops->write(stream, parts, count);
}

/* Pushes out what the stream itself still holds; true when nothing is left, false when on_ready(STREAM_WRITABLE)
 * will come. */
static inline bool stream_flush(struct stream *stream) {
    return stream->ops->flush(stream);
}

/* Ends our direction after what was written; reading goes on. */
static inline void stream_shut(struct stream *stream) {
    stream->ops->shut(stream);
}

/* Closes `*stream` and what is below it and sets it to NULL; its memory goes after the turn. What was written but
 * not flushed is tried once. Without stream_shut before, a filter that can tell its peer of an end does not: what was
 * sent may be cut off. */
static inline void stream_close(struct stream **stream) {
    if (*stream) {
        (*stream)->ops->close(*stream);
        *stream = NULL;
    }
}

/* Gives back memory that a quiet connection does not need. */
static inline void stream_quiet(struct stream *stream) {
    stream->ops->quiet(stream);
}

/* Why the stream failed; REASON_CLOSED for a reset. Only after STREAM_FAILED. */
static inline enum reason stream_failure(const struct stream *stream) {
    return stream->ops->failure(stream);
}

/* Makes `owner` the one that hears of readiness. */
static inline void stream_own(struct stream *stream, void *owner, void (*on_ready)(void *owner, unsigned what)) {
    stream->owner = owner;
    stream->on_ready = on_ready;
}

#endif
