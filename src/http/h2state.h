/* What one HTTP/2 connection is made of, for the files that implement it (h2send, h2receive, h2front, h2back, h2conn)
 * and nobody else. */
#ifndef SALLYPORT_HTTP_H2STATE_H
#define SALLYPORT_HTTP_H2STATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "http/conn.h"
#include "http/h2fields.h"
#include "http/h2guard.h"
#include "io/loop.h"
#include "io/stream.h"

#include <nghttp2/nghttp2.h>

/* GATHERED_MAX: frames are gathered up to here and leave in one write. OUT_MAX: that, a DATA frame of 16 KiB and a
 * head at its limit. STREAM_OUT_MAX: body bytes that a stream takes ahead of the peer's window; STREAM_OUT_LEAST: of
 * those, what it may take even when all streams together hold HELD_MAX. QUEUED_MAX: frames that nghttp2 may hold
 * because the peer does not read. LINGER_*: what we still read and drop so that our last words are not lost in a
 * reset. DRAIN_MS: how long we wait for the peer's sign that it knows of a drain. SETTINGS_MS: for the
 * acknowledgement of our settings. TRAILERS_MAX: trailers that wait to be sent or read.
 * SPARE_MAX: streams kept for re-use while the connection is busy. */
enum {
    H2STATE_GATHERED_MAX = 65536,
    H2STATE_OUT_MAX = 262144,
    H2STATE_STREAM_OUT_MAX = 32768,
    H2STATE_STREAM_OUT_LEAST = 4096,
    H2STATE_HELD_MAX = 262144,
    H2STATE_QUEUED_MAX = 1000,
    H2STATE_LINGER_BYTES = 65536,
    H2STATE_LINGER_MS = 2000,
    H2STATE_DRAIN_MS = 1000,
    H2STATE_SETTINGS_MS = 10000,
    H2STATE_TRAILERS_MAX = 65536,
    H2STATE_SPARE_MAX = 128,
};

/* What comes next of the peer's message. HELD: nothing may come before we have answered (a tunnel was asked for). */
enum h2state_input { H2STATE_INPUT_HEAD, H2STATE_INPUT_HELD, H2STATE_INPUT_BODY, H2STATE_INPUT_DONE };

/* What comes next of ours. ENDING: all was given, not all of it is in frames yet. SILENT: a body that is taken and not
 * sent (answers to HEAD). DONE: the frame that ends it was made. */
enum h2state_output {
    H2STATE_OUTPUT_HEAD,
    H2STATE_OUTPUT_BODY,
    H2STATE_OUTPUT_SILENT,
    H2STATE_OUTPUT_ENDING,
    H2STATE_OUTPUT_DONE,
};

/* How far we are in saying that no further streams are taken (RFC 9113 section 6.8). NOTICED: the peer was told that
 * there will be an end, and streams that are on their way are still taken. KNOWN: it has read that. SAID: the last
 * stream is named. */
enum h2state_drain {
    H2STATE_DRAIN_NONE,
    H2STATE_DRAIN_ASKED,
    H2STATE_DRAIN_NOTICED,
    H2STATE_DRAIN_KNOWN,
    H2STATE_DRAIN_SAID,
};

/* OPEN: exchanges go on. CLOSING: the rest of the output is sent, then our direction ends. LINGERING: what still
 * comes is dropped. OVER: only the owner's close is missing. */
enum h2state_phase { H2STATE_OPEN, H2STATE_CLOSING, H2STATE_LINGERING, H2STATE_OVER };

/* Trailers outlive the bytes that they were read from. */
struct h2state_trailers {
    struct arena arena;
    struct http_message message;
};

/* One exchange. It lives until its owner has released it and nghttp2 has closed the stream.
 * id: 0 while nghttp2 knows of no such stream (not begun, or closed). in: what was read of the body and is not
 * consumed; passing: such bytes that still lie in the reader's memory, behind `in`. out: body bytes that wait for the
 * peer's window; given: such bytes that still lie in the caller's memory, behind `out`. in_left: what the body has to
 * bring yet (has_length). failure: what `failed` will say. reset_code: with is_reset_due, what is said after our end.
 * owned: the owner has not released it. readable_due, writable_due, failed_due: events that the pump will send.
 * deferred: nghttp2 waits for us to give it more. */
struct h2stream {
    struct http_stream stream;
    struct list link;
    struct list news;
    int32_t id;
    struct buf in;
    struct slice passing;
    struct buf out;
    struct slice given;
    uint64_t in_left;
    uint64_t out_left;
    struct h2state_trailers *trailers_in;
    struct h2state_trailers *trailers_out;
    enum reason failure;
    uint32_t reset_code;
    uint8_t input_state;
    uint8_t output_state;
    bool owned : 1;
    bool has_length : 1;
    bool has_out_length : 1;
    bool end_seen : 1;
    bool readable_due : 1;
    bool writable_due : 1;
    bool wants_writable : 1;
    bool failed_due : 1;
    bool failed_told : 1;
    bool is_head : 1;
    bool is_tunnel : 1;
    bool expect_pending : 1;
    bool is_reset_due : 1;
    bool reset_by_us : 1;
    bool deferred : 1;
};

struct h2state;

/* What differs between the two ends. section: what the peer's heads are. head: one was read completely; `reason` says
 * when something is wrong with it. malformed: the rest of a message breaks HTTP. reset: why a stream failed that ended
 * with this code of RFC 9113 section 7. The reasons: what a peer is told to have done that broke the protocol, or
 * went away. */
struct h2state_kind {
    enum h2fields_section section;
    void (*head)(struct h2stream *stream, const struct http_message *head, bool ends, enum reason reason);
    void (*malformed)(struct h2stream *stream, enum reason reason);
    enum reason (*reset)(uint32_t code);
    enum reason reason_protocol;
    enum reason reason_gone;
};

/* A connection. streams: all of them; news: those with events due; spare: some that are kept for re-use. reading: the
 * stream whose head is being read. stream_count: all of them; open_count: that are owned; live_count: that nghttp2
 * knows.
 * held_bytes: in the streams' `out`. pumping: events are being sent, and what is gathered leaves at their end.
 * receiving: nghttp2 is at work on input, and cannot be asked to send. broken: nghttp2 may not be used any more.
 * is_full: what is gathered has to be written before there can be more. settings_sent_ms: 0 once they are
 * acknowledged. */
struct h2state {
    struct http_conn conn;
    const struct h2state_kind *kind;
    struct loop *loop;
    struct stream *below;
    struct loop_task task;
    struct deadline deadline;
    nghttp2_session *session;
    struct h2limits limits;
    struct h1parse_limits head_limits;
    struct h2guard guard;
    struct slice scheme;
    struct h2fields *fields;
    struct h2stream *reading;
    struct list streams;
    struct list news;
    struct list spare;
    unsigned spare_count;
    unsigned stream_count;
    unsigned open_count;
    unsigned live_count;
    size_t held_bytes;
    struct buf out;
    struct http_conn_count count;
    int64_t settings_sent_ms;
    size_t dropped_bytes;
    enum reason end_reason;
    uint8_t phase;
    uint8_t drain;
    bool can_read : 1;
    bool bulk : 1;
    bool blocked : 1;
    bool write_failed : 1;
    bool peer_ended : 1;
    bool ended_told : 1;
    bool idle_told : 1;
    bool began_told : 1;
    bool settings_known : 1;
    bool is_full : 1;
    bool must_linger : 1;
    bool pumping : 1;
    bool receiving : 1;
    bool broken : 1;
    bool closed : 1;
};

/* The state behind a conn or a stream. */
static inline struct h2state *h2state_of(const struct http_conn *conn) {
    return (struct h2state *)(uintptr_t)conn;
}
static inline struct h2stream *h2state_stream(const struct http_stream *stream) {
    return (struct h2stream *)(uintptr_t)stream;
}
static inline struct h2state *h2state_behind(const struct h2stream *stream) {
    return h2state_of(stream->stream.conn);
}

/* Lets the connection go on at the end of the turn, unless it is going on already. */
static inline void h2state_schedule(struct h2state *state) {
    if (!state->pumping)
        loop_defer(state->loop, &state->task);
}

/* Ends the connection for `reason` (the first one counts): events follow from the loop. */
static inline void h2state_end(struct h2state *state, enum reason reason) {
    if (state->phase != H2STATE_OVER && state->end_reason == REASON_NONE)
        state->end_reason = reason;
    state->phase = H2STATE_OVER;
    h2state_schedule(state);
}

/* Notes that a stream has events due. */
static inline void h2state_tell(struct h2stream *stream) {
    struct h2state *state = h2state_behind(stream);
    if (list_empty(&stream->news))
        list_append(&state->news, &stream->news);
    h2state_schedule(state);
}

#endif
