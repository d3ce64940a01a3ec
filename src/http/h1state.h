/* What one HTTP/1.1 connection is made of, for the files that implement it (h1body, h1send, h1front, h1back, h1conn)
 * and nobody else. */
#ifndef SALLYPORT_HTTP_H1STATE_H
#define SALLYPORT_HTTP_H1STATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "http/conn.h"
#include "http/h1chunk.h"
#include "http/websocket.h"
#include "io/loop.h"
#include "io/stream.h"

/* OUT_MAX: a head at its limit, the identity's fields, and what is gathered. GATHERED_MAX: small pieces are copied
 * behind the head up to here, so that they leave in one write. SMALL_MAX: what counts as small; larger pieces are
 * written from where they lie. KEPT_MAX: unread bytes are held up to here, then the peer waits.
 * PIPELINED_MAX: likewise while a request is being answered. LINGER_*: what we still read and drop so that a last
 * answer is not lost in a reset. */
enum {
    H1STATE_OUT_MAX = 131072,
    H1STATE_GATHERED_MAX = 16384,
    H1STATE_SMALL_MAX = 2048,
    H1STATE_KEPT_MAX = 65536,
    H1STATE_PIPELINED_MAX = 16384,
    H1STATE_LINGER_BYTES = 65536,
    H1STATE_LINGER_MS = 2000,
};

/* What the next bytes of the peer are. NONE: nothing is due (behind, between requests). DONE: the message is
 * complete. */
enum h1state_input {
    H1STATE_INPUT_NONE,
    H1STATE_INPUT_HEAD,
    H1STATE_INPUT_LENGTH,
    H1STATE_INPUT_CHUNKS,
    H1STATE_INPUT_TRAILERS,
    H1STATE_INPUT_UNTIL_CLOSE,
    H1STATE_INPUT_DONE,
};

/* What we have to send next. SILENT: a body that is taken and not sent (answers to HEAD, or a backend that no longer
 * reads). */
enum h1state_output {
    H1STATE_OUTPUT_NONE,
    H1STATE_OUTPUT_HEAD,
    H1STATE_OUTPUT_LENGTH,
    H1STATE_OUTPUT_CHUNKS,
    H1STATE_OUTPUT_UNTIL_CLOSE,
    H1STATE_OUTPUT_SILENT,
    H1STATE_OUTPUT_DONE,
};

/* OPEN: exchanges go on. CLOSING: the rest of the output is sent, then our direction ends. LINGERING: what still
 * comes is dropped. OVER: only the owner's close is missing. */
enum h1state_phase { H1STATE_OPEN, H1STATE_CLOSING, H1STATE_LINGERING, H1STATE_OVER };

/* Trailers outlive the bytes that they were read from. */
struct h1state_trailers {
    struct arena arena;
    struct http_message message;
};

struct h1state;

/* What differs between the two ends: one step of an OPEN connection. True when something was done and there may be
 * more to do. */
struct h1state_kind {
    bool (*step)(struct h1state *state);
};

/* A connection with its one stream. `input` is what was read and not consumed: in the reader's scratch memory during
 * a turn, in `kept` otherwise (is_kept). A quiet connection has no memory but this struct.
 * can_read: the stream below may have bytes. news: the owner has not looked at the body since something came.
 * end_seen: it has seen the body's end.
 * wants_writable: a send was refused for lack of room. expect_pending: a client waits for 100. is_head: the
 * request's method is HEAD. bulk: reads fill their room. unflushed: somebody wanted everything sent, and it could not
 * be. upgrading: the request asks for WebSocket and is not answered; `accept` is what proves that it was understood.
 * is_upgraded: it was granted. shut: our direction was ended before the connection. */
struct h1state {
    struct http_conn conn;
    struct http_stream stream;
    const struct h1state_kind *kind;
    struct loop *loop;
    struct stream *below;
    struct loop_task task;
    struct deadline deadline;
    struct h1parse_limits limits;
    struct h1parse_scan scan;
    struct slice scheme;
    struct slice input;
    struct buf kept;
    struct buf out;
    struct http_conn_count count;
    struct h1chunk chunk;
    uint64_t in_left;
    uint64_t out_left;
    struct h1state_trailers *trailers;
    size_t dropped_bytes;
    enum reason body_reason;
    enum reason end_reason;
    uint8_t input_state;
    uint8_t output_state;
    uint8_t phase;
    uint8_t version_minor;
    char accept[WEBSOCKET_ACCEPT_LEN];
    bool is_kept : 1;
    bool can_read : 1;
    bool peer_ended : 1;
    bool news : 1;
    bool end_seen : 1;
    bool bulk : 1;
    bool blocked : 1;
    bool wants_writable : 1;
    bool write_failed : 1;
    bool stream_open : 1;
    bool failed_told : 1;
    bool ended_told : 1;
    bool idle_told : 1;
    bool began_told : 1;
    bool keep_alive : 1;
    bool is_head : 1;
    bool expect_pending : 1;
    bool draining : 1;
    bool discarding : 1;
    bool must_linger : 1;
    bool unflushed : 1;
    bool upgrading : 1;
    bool is_upgraded : 1;
    bool shut : 1;
    bool pumping : 1;
    bool closed : 1;
};

/* The state behind a conn or a stream; both stand at known places in it. */
static inline struct h1state *h1state_of(const struct http_conn *conn) {
    return (struct h1state *)(uintptr_t)conn;
}
static inline struct h1state *h1state_of_stream(const struct http_stream *stream) {
    return h1state_of(stream->conn);
}

/* Lets the connection go on at the end of the turn, unless it is going on already. */
static inline void h1state_schedule(struct h1state *state) {
    if (!state->pumping)
        loop_defer(state->loop, &state->task);
}

/* Ends the connection for `reason` (the first one counts): events follow from the loop. */
static inline void h1state_end(struct h1state *state, enum reason reason) {
    if (state->phase != H1STATE_OVER && state->end_reason == REASON_NONE)
        state->end_reason = reason;
    state->phase = H1STATE_OVER;
    h1state_schedule(state);
}

/* Ends it when everything is sent. `linger`: the peer may still be sending, and must not lose our last words in a
 * reset. */
static inline void h1state_close_softly(struct h1state *state, enum reason reason, bool linger) {
    state->phase = H1STATE_CLOSING;
    state->end_reason = reason;
    state->must_linger = linger;
    h1state_schedule(state);
}

/* Gives the memory back and says, once, that nothing is open and nothing unsent. True when it was said now. */
static inline bool h1state_tell_idle(struct h1state *state) {
    if (state->idle_told)
        return false;
    state->idle_told = true;
    state->is_kept = false;
    buf_fini(&state->kept);
    buf_fini(&state->out);
    state->conn.events->idle(state->conn.owner);
    return true;
}

/* Drops `len` bytes from the start of the input. */
static inline void h1state_consume(struct h1state *state, size_t len) {
    if (len == 0)
        return;
    state->input = slice_sub(state->input, len, state->input.len);
    if (state->is_kept)
        buf_consume(&state->kept, len);
}

#endif
