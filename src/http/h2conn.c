/* HTTP/2 connections: the life of one from the first byte to the owner's close, for both ends. h2front and h2back say
 * what the streams mean. */
#include "http/h2conn.h"

#include "base/bug.h"
#include "http/h2back.h"
#include "http/h2front.h"
#include "http/h2receive.h"
#include "http/h2send.h"
#include "http/h2session.h"
#include "http/h2stream.h"

#include <stdlib.h>

/* READ_BYTES: the first reads of a connection. BULK_BYTES: when those were filled. ROUNDS_PER_TURN: reads and writes of
 * one turn, then the other connections are served first. */
enum { READ_BYTES = 16384, BULK_BYTES = 65536, ROUNDS_PER_TURN = 8 };

static struct http_stream *conn_open(struct http_conn *conn);
static unsigned conn_capacity(const struct http_conn *conn);
static enum http_conn_upgrade conn_can_upgrade(const struct http_conn *conn);
static void conn_flush(struct http_conn *conn);
static void conn_drain(struct http_conn *conn);
static void conn_refuse(struct http_conn *conn, enum reason reason);
static void conn_close(struct http_conn *conn);
static void conn_quiet(struct http_conn *conn);
static struct http_conn_count conn_count(const struct http_conn *conn);
static bool stream_send_head(struct http_stream *stream, const struct http_message *head, bool end);
static size_t stream_send_body(struct http_stream *stream, struct slice bytes, bool end);
static bool stream_send_trailers(struct http_stream *stream, const struct http_message *trailers);
static struct http_body_view stream_body(struct http_stream *stream);
static void stream_consume(struct http_stream *stream, size_t len);
static void stream_release(struct http_stream *stream, enum reason reason);
static struct h2state *new_state(struct loop *loop, struct stream *below, const struct h1parse_limits *heads,
                                 const struct h2limits *limits, const struct h2state_kind *kind);
static void free_state(struct h2state *state);
static bool is_front(const struct h2state *state);
static void on_ready(void *owner, unsigned what);
static void on_task(struct loop_task *task);
static void on_deadline(struct deadline *deadline);
static void go_on(struct h2state *state);
static void go_on_in_bulk(struct h2state *state);
static void pump(struct h2state *state, uint8_t *scratch, size_t room);
static bool deliver(struct h2state *state);
static void deliver_to(struct h2stream *stream);
static bool may_read(const struct h2state *state);
static void read_some(struct h2state *state, uint8_t *scratch, size_t room);
static void take_bytes(struct h2state *state, struct slice bytes);
static bool step(struct h2state *state);
static bool step_open(struct h2state *state);
static bool step_closing(struct h2state *state);
static bool step_over(struct h2state *state);
static bool has_ended(struct h2state *state);
static void tell_began(struct h2state *state);
static void tell_idle(struct h2state *state);
static void give_back(struct h2state *state);
static void break_off(struct h2state *state);
static void close_softly(struct h2state *state, enum reason reason);
static void end_now(struct h2state *state, enum reason reason);
static void fail_streams(struct h2state *state);

static const struct http_conn_ops ops = {
    .open = conn_open,
    .capacity = conn_capacity,
    .can_upgrade = conn_can_upgrade,
    .flush = conn_flush,
    .drain = conn_drain,
    .refuse = conn_refuse,
    .close = conn_close,
    .quiet = conn_quiet,
    .count = conn_count,
    .send_head = stream_send_head,
    .send_body = stream_send_body,
    .send_trailers = stream_send_trailers,
    .body = stream_body,
    .consume = stream_consume,
    .release = stream_release,
};

struct http_conn *h2conn_new_front(struct loop *loop, struct stream *below, const struct h1parse_limits *heads,
                                   const struct h2limits *limits, struct slice scheme) {
    struct h2state *state = new_state(loop, below, heads, limits, &h2front_kind);
    if (!state)
        return NULL;
    state->scheme = scheme;
    return &state->conn;
}

struct http_conn *h2conn_new_back(struct loop *loop, struct stream *below, const struct h1parse_limits *heads,
                                  const struct h2limits *limits) {
    struct h2state *state = new_state(loop, below, heads, limits, &h2back_kind);
    return state ? &state->conn : NULL;
}

static struct h2state *new_state(struct loop *loop, struct stream *below, const struct h1parse_limits *heads,
                                 const struct h2limits *limits, const struct h2state_kind *kind) {
    struct h2state *state = calloc(1, sizeof *state);
    if (!state) {
        stream_close(&below);
        return NULL;
    }
    state->conn.ops = &ops;
    state->kind = kind;
    state->loop = loop;
    state->below = below;
    state->limits = *limits;
    state->head_limits = *heads;
    state->idle_told = true;
    state->can_read = true;
    list_init(&state->streams);
    list_init(&state->news);
    list_init(&state->spare);
    loop_task_init(&state->task, on_task);
    deadline_init(&state->deadline, on_deadline);
    buf_init(&state->out, H2STATE_OUT_MAX);
    h2guard_init(&state->guard, loop_now_ms(loop));
    stream_own(below, state, on_ready);
    if (!h2session_start(state)) {
        stream_close(&state->below);
        free_state(state);
        return NULL;
    }
    h2state_schedule(state);
    return state;
}

static void free_state(struct h2state *state) {
    nghttp2_session_del(state->session);
    h2stream_free_all(state);
    h2fields_free(&state->fields);
    buf_fini(&state->out);
    free(state);
}

/* --- what the owner asks for --- */

static bool is_front(const struct h2state *state) {
    return state->kind == &h2front_kind;
}

static struct http_stream *conn_open(struct http_conn *conn) {
    struct h2state *state = h2state_of(conn);
    struct h2stream *stream = !is_front(state) && h2back_capacity(state) > 0 ? h2stream_new(state) : NULL;
    return stream ? &stream->stream : NULL;
}

static unsigned conn_capacity(const struct http_conn *conn) {
    const struct h2state *state = h2state_of(conn);
    return is_front(state) ? 0 : h2back_capacity(state);
}

static enum http_conn_upgrade conn_can_upgrade(const struct http_conn *conn) {
    const struct h2state *state = h2state_of(conn);
    return is_front(state) ? HTTP_CONN_UPGRADE_NO : h2back_can_upgrade(state);
}

static void conn_flush(struct http_conn *conn) {
    h2state_schedule(h2state_of(conn));
}

static void conn_drain(struct http_conn *conn) {
    struct h2state *state = h2state_of(conn);
    if (state->drain != H2STATE_DRAIN_NONE || state->phase != H2STATE_OPEN)
        return;
    state->drain = is_front(state) ? H2STATE_DRAIN_ASKED : H2STATE_DRAIN_KNOWN;
    h2state_schedule(state);
}

static void conn_refuse(struct http_conn *conn, enum reason reason) {
    struct h2state *state = h2state_of(conn);
    if (!is_front(state) || state->phase != H2STATE_OPEN || state->broken)
        return;
    h2send_goodbye(state, NGHTTP2_NO_ERROR);
    close_softly(state, reason);
    state->conn.events->refused(state->conn.owner, reason);
}

/* Slices that somebody up the call stack still looks at stay valid, and nghttp2 may be up there too: memory goes with
 * the task at the end of the turn. */
static void conn_close(struct http_conn *conn) {
    struct h2state *state = h2state_of(conn);
    state->closed = true;
    state->phase = H2STATE_OVER;
    deadline_clear(loop_deadlines(state->loop), &state->deadline);
    stream_close(&state->below);
    loop_defer(state->loop, &state->task);
}

static void conn_quiet(struct http_conn *conn) {
    struct h2state *state = h2state_of(conn);
    if (state->open_count == 0)
        give_back(state);
    stream_quiet(state->below);
}

static struct http_conn_count conn_count(const struct http_conn *conn) {
    return h2state_of(conn)->count;
}

static bool stream_send_head(struct http_stream *stream, const struct http_message *head, bool end) {
    struct h2state *state = h2state_of(stream->conn);
    if (state->phase != H2STATE_OPEN || state->broken)
        return false;
    return is_front(state) ? h2front_send_head(h2state_stream(stream), head, end)
                           : h2back_send_head(h2state_stream(stream), head, end);
}

static size_t stream_send_body(struct http_stream *stream, struct slice bytes, bool end) {
    const struct h2state *state = h2state_of(stream->conn);
    return state->phase == H2STATE_OPEN && !state->broken ? h2send_body(h2state_stream(stream), bytes, end) : 0;
}

static bool stream_send_trailers(struct http_stream *stream, const struct http_message *trailers) {
    const struct h2state *state = h2state_of(stream->conn);
    return state->phase == H2STATE_OPEN && !state->broken && h2send_trailers(h2state_stream(stream), trailers);
}

static struct http_body_view stream_body(struct http_stream *stream) {
    const struct h2state *state = h2state_of(stream->conn);
    if (state->phase != H2STATE_OPEN || state->broken)
        return (struct http_body_view){0};
    return is_front(state) ? h2front_body(h2state_stream(stream)) : h2stream_view(h2state_stream(stream));
}

static void stream_consume(struct http_stream *stream, size_t len) {
    if (len > 0 && h2state_of(stream->conn)->phase == H2STATE_OPEN)
        h2stream_consume(h2state_stream(stream), len);
}

static void stream_release(struct http_stream *stream, enum reason reason) {
    struct h2state *state = h2state_of(stream->conn);
    if (is_front(state))
        h2front_release(h2state_stream(stream), reason);
    else
        h2back_release(h2state_stream(stream), reason);
    h2state_schedule(state);
}

/* --- what the loop brings --- */

static void on_ready(void *owner, unsigned what) {
    struct h2state *state = owner;
    if (what & STREAM_READABLE)
        state->can_read = true;
    if (what & STREAM_WRITABLE)
        state->blocked = false;
    go_on(state);
}

static void on_task(struct loop_task *task) {
    struct h2state *state = list_entry(task, struct h2state, task);
    if (state->closed)
        free_state(state);
    else
        go_on(state);
}

/* The peer had its time to learn of the drain, or to read our last words. */
static void on_deadline(struct deadline *deadline) {
    struct h2state *state = list_entry(deadline, struct h2state, deadline);
    if (state->phase == H2STATE_OPEN && state->drain == H2STATE_DRAIN_NOTICED) {
        state->drain = H2STATE_DRAIN_KNOWN;
        h2state_schedule(state);
        return;
    }
    h2state_end(state, REASON_CLOSED);
}

/* Reads go to memory on the stack: nghttp2 keeps what it needs of a frame that is not complete. */
static void go_on(struct h2state *state) {
    uint8_t scratch[READ_BYTES];
    if (!state->bulk)
        pump(state, scratch, sizeof scratch);
    if (state->bulk && !state->closed)
        go_on_in_bulk(state);
}

[[gnu::noinline]] static void go_on_in_bulk(struct h2state *state) {
    uint8_t scratch[BULK_BYTES];
    pump(state, scratch, sizeof scratch);
}

/* Sends events, reads and writes in turns until there is nothing to do. All events are sent from here. */
static void pump(struct h2state *state, uint8_t *scratch, size_t room) {
    int rounds = 0;
    bool was_bulk = state->bulk;
    state->pumping = true;
    for (; rounds < ROUNDS_PER_TURN && !state->closed; rounds++) {
        while (!state->closed && deliver(state))
            continue;
        if (state->closed || (state->bulk && !was_bulk))
            break;
        if (may_read(state))
            read_some(state, scratch, room);
        else if (!step(state))
            break;
    }
    if (!state->closed && rounds == ROUNDS_PER_TURN && state->phase == H2STATE_OPEN)
        h2send_flush(state);
    state->pumping = false;
    if (!state->closed && rounds == ROUNDS_PER_TURN)
        h2state_schedule(state);
}

/* --- events of streams --- */

static bool deliver(struct h2state *state) {
    struct list *first = list_first(&state->news);
    if (!first)
        return false;
    deliver_to(list_entry(first, struct h2stream, news));
    return true;
}

/* One event. The stream may be gone when it returns, so what else is due is put in the list again before. What came of
 * a body that breaks off is told before the failure. */
static void deliver_to(struct h2stream *stream) {
    const struct http_stream_events *events = stream->stream.events;
    void *owner = stream->stream.owner;
    struct h2state *state = h2state_behind(stream);
    bool is_open = state->phase == H2STATE_OPEN;
    bool is_readable = stream->readable_due && is_open, is_writable = stream->writable_due && is_open;
    list_remove(&stream->news);
    if (!events) {
        if (stream->failed_due)
            h2stream_disown(stream);
        return;
    }
    stream->readable_due = false;
    if (!is_readable)
        stream->writable_due = false;
    if ((is_readable && stream->writable_due) || ((is_readable || is_writable) && stream->failed_due))
        list_append(&state->news, &stream->news);
    if (is_readable) {
        events->readable(owner);
    } else if (is_writable) {
        events->writable(owner);
    } else if (stream->failed_due) {
        stream->failed_due = false;
        stream->failed_told = true;
        events->failed(owner, stream->failure);
    }
}

/* --- reading --- */

/* While the peer does not read, what it makes us say is bounded by not listening. */
static bool may_read(const struct h2state *state) {
    if (!state->can_read || state->peer_ended || state->phase == H2STATE_OVER || state->phase == H2STATE_CLOSING)
        return false;
    return state->broken || !state->blocked ||
        nghttp2_session_get_outbound_queue_size(state->session) <= H2STATE_QUEUED_MAX;
}

static void read_some(struct h2state *state, uint8_t *scratch, size_t room) {
    struct stream_result result = stream_read(state->below, scratch, room);
    switch (result.status) {
    case STREAM_OK:
        state->count.in_bytes += result.bytes;
        state->can_read = !result.drained;
        state->bulk = result.bytes == room;
        take_bytes(state, slice_of(scratch, result.bytes));
        break;
    case STREAM_AGAIN:
        state->can_read = false;
        break;
    case STREAM_END:
        state->peer_ended = true;
        break;
    case STREAM_FAILED: {
        enum reason reason = stream_failure(state->below);
        end_now(state, reason == REASON_CLOSED && state->open_count > 0 ? state->kind->reason_gone : reason);
        break;
    }
    }
}

static void take_bytes(struct h2state *state, struct slice bytes) {
    if (state->phase == H2STATE_LINGERING) {
        state->dropped_bytes += bytes.len;
        if (state->dropped_bytes > H2STATE_LINGER_BYTES)
            state->phase = H2STATE_OVER;
        return;
    }
    if (!h2receive(state, bytes) && !state->closed)
        break_off(state);
}

/* --- steps when nothing can be read --- */

/* One step of any connection; true when there may be more to do. */
static bool step(struct h2state *state) {
    switch ((enum h2state_phase)state->phase) {
    case H2STATE_OPEN:
        return step_open(state);
    case H2STATE_CLOSING:
        return step_closing(state);
    case H2STATE_LINGERING:
        if (!state->peer_ended)
            return false;
        state->phase = H2STATE_OVER;
        return true;
    case H2STATE_OVER:
        break;
    }
    return step_over(state);
}

static bool step_open(struct h2state *state) {
    h2session_drain(state);
    bool is_sent = h2send_flush(state);
    if (!list_empty(&state->news) || has_ended(state))
        return true;
    tell_began(state);
    if (is_sent && !state->closed)
        tell_idle(state);
    return false;
}

static bool step_closing(struct h2state *state) {
    if (!h2send_flush(state))
        return false;
    stream_shut(state->below);
    state->phase = state->must_linger && !state->peer_ended && !state->write_failed ? H2STATE_LINGERING : H2STATE_OVER;
    if (state->phase == H2STATE_LINGERING)
        deadline_set(loop_deadlines(state->loop), &state->deadline, loop_now_ms(state->loop) + H2STATE_LINGER_MS);
    return true;
}

/* The streams have heard of it; when they are released, the conn's owner does. */
static bool step_over(struct h2state *state) {
    if (state->open_count == 0 && !state->ended_told) {
        state->ended_told = true;
        state->conn.events->ended(state->conn.owner, state->end_reason);
    }
    return false;
}

/* True when the connection has come to its end now. */
static bool has_ended(struct h2state *state) {
    bool is_busy = state->open_count > 0;
    if (state->broken && !state->write_failed) {
        break_off(state);
        return true;
    }
    if (state->write_failed || state->peer_ended) {
        end_now(state, is_busy ? state->kind->reason_gone : REASON_CLOSED);
        return true;
    }
    bool is_over = !nghttp2_session_want_read(state->session) && !nghttp2_session_want_write(state->session) &&
        buf_len(&state->out) == 0;
    if (!is_over || (is_busy && state->end_reason == REASON_NONE))
        return false;
    close_softly(state, state->drain != H2STATE_DRAIN_NONE ? REASON_DRAINING : REASON_CLOSED);
    return true;
}

static void tell_began(struct h2state *state) {
    bool is_begun = is_front(state) && state->reading && state->reading->input_state == H2STATE_INPUT_HEAD &&
        state->open_count == 1;
    if (!is_begun || state->began_told)
        return;
    state->began_told = true;
    state->conn.events->began(state->conn.owner);
}

static void tell_idle(struct h2state *state) {
    if (state->idle_told || state->open_count > 0)
        return;
    state->idle_told = true;
    give_back(state);
    state->conn.events->idle(state->conn.owner);
}

static void give_back(struct h2state *state) {
    if (!state->reading)
        h2fields_free(&state->fields);
    if (buf_len(&state->out) == 0)
        buf_fini(&state->out);
    h2stream_free_spare(state);
}

/* --- ends --- */

/* The peer broke the protocol or flooded us, and is told so; nghttp2 is not asked any more. */
static void break_off(struct h2state *state) {
    bool is_flood = state->end_reason != state->kind->reason_protocol && state->end_reason != REASON_MEMORY;
    h2send_goodbye(state, is_flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
    close_softly(state, state->end_reason);
}

/* Ends it when everything is sent; the peer may still be sending, and must not lose our last words in a reset. */
static void close_softly(struct h2state *state, enum reason reason) {
    if (state->end_reason == REASON_NONE)
        state->end_reason = reason;
    state->phase = H2STATE_CLOSING;
    state->must_linger = state->broken || state->end_reason == state->kind->reason_protocol;
    fail_streams(state);
    h2state_schedule(state);
}

static void end_now(struct h2state *state, enum reason reason) {
    h2state_end(state, reason);
    fail_streams(state);
}

static void fail_streams(struct h2state *state) {
    struct list *item, *following;
    list_each_safe(item, following, &state->streams)
        h2stream_fail(list_entry(item, struct h2stream, link), state->end_reason);
}
