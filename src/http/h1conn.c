/* HTTP/1.1 connections: the life of one from the first byte to the owner's close, for both ends. h1front and h1back
 * say what the bytes mean. */
#include "http/h1conn.h"

#include "base/bug.h"
#include "http/h1back.h"
#include "http/h1body.h"
#include "http/h1front.h"
#include "http/h1send.h"

#include <stdlib.h>

/* READ_BYTES: the first reads of a connection. BULK_BYTES: when those were filled. READS_PER_TURN: then the other
 * connections are served first. */
enum { READ_BYTES = 16384, BULK_BYTES = 65536, READS_PER_TURN = 8 };

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
static struct h1state *new_state(struct loop *loop, struct stream *below, const struct h1parse_limits *limits,
                                 const struct h1state_kind *kind);
static bool is_front(const struct h1state *state);
static void on_ready(void *owner, unsigned what);
static void on_task(struct loop_task *task);
static void on_deadline(struct deadline *deadline);
static void go_on(struct h1state *state);
static void go_on_in_bulk(struct h1state *state);
static void pump(struct h1state *state, uint8_t *scratch, size_t room);
static bool step(struct h1state *state);
static bool step_closing(struct h1state *state);
static bool step_lingering(struct h1state *state);
static bool step_over(struct h1state *state);
static bool may_read(const struct h1state *state);
static void read_some(struct h1state *state, uint8_t *scratch, size_t room);
static void note_read(struct h1state *state, struct stream_result result, size_t room);
static bool keep_input(struct h1state *state);

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

struct http_conn *h1conn_new_front(struct loop *loop, struct stream *below, const struct h1parse_limits *limits,
                                   struct slice scheme) {
    struct h1state *state = new_state(loop, below, limits, &h1front_kind);
    if (!state)
        return NULL;
    state->scheme = scheme;
    state->keep_alive = true;
    h1state_schedule(state);
    return &state->conn;
}

struct http_conn *h1conn_new_back(struct loop *loop, struct stream *below, const struct h1parse_limits *limits) {
    struct h1state *state = new_state(loop, below, limits, &h1back_kind);
    return state ? &state->conn : NULL;
}

static struct h1state *new_state(struct loop *loop, struct stream *below, const struct h1parse_limits *limits,
                                 const struct h1state_kind *kind) {
    struct h1state *state = calloc(1, sizeof *state);
    if (!state) {
        stream_close(&below);
        return NULL;
    }
    state->conn.ops = &ops;
    state->stream.conn = &state->conn;
    state->kind = kind;
    state->loop = loop;
    state->below = below;
    state->limits = *limits;
    state->idle_told = true;
    state->can_read = true;
    loop_task_init(&state->task, on_task);
    deadline_init(&state->deadline, on_deadline);
    buf_init(&state->kept, limits->head_bytes + H1STATE_KEPT_MAX + BULK_BYTES);
    buf_init(&state->out, H1STATE_OUT_MAX);
    stream_own(below, state, on_ready);
    return state;
}

/* --- what the owner asks for --- */

static bool is_front(const struct h1state *state) {
    return state->kind == &h1front_kind;
}

static struct http_stream *conn_open(struct http_conn *conn) {
    struct h1state *state = h1state_of(conn);
    if (is_front(state) || !h1back_can_open(state))
        return NULL;
    h1back_open(state);
    return &state->stream;
}

static unsigned conn_capacity(const struct http_conn *conn) {
    const struct h1state *state = h1state_of(conn);
    return !is_front(state) && h1back_can_open(state) ? 1 : 0;
}

static enum http_conn_upgrade conn_can_upgrade(const struct http_conn *conn) {
    return is_front(h1state_of(conn)) ? HTTP_CONN_UPGRADE_NO : HTTP_CONN_UPGRADE_YES;
}

static void conn_flush(struct http_conn *conn) {
    struct h1state *state = h1state_of(conn);
    if (state->phase == H1STATE_OPEN)
        h1send_flush(state);
}

static void conn_drain(struct http_conn *conn) {
    struct h1state *state = h1state_of(conn);
    state->draining = true;
    h1state_schedule(state);
}

static void conn_refuse(struct http_conn *conn, enum reason reason) {
    struct h1state *state = h1state_of(conn);
    if (is_front(state) && state->phase == H1STATE_OPEN && !state->stream_open)
        h1front_refuse(state, reason);
}

/* Slices that somebody up the call stack still looks at stay valid: memory goes with the task at the end of the
 * turn. */
static void conn_close(struct http_conn *conn) {
    struct h1state *state = h1state_of(conn);
    state->closed = true;
    state->phase = H1STATE_OVER;
    deadline_clear(loop_deadlines(state->loop), &state->deadline);
    stream_close(&state->below);
    loop_defer(state->loop, &state->task);
}

static void conn_quiet(struct http_conn *conn) {
    struct h1state *state = h1state_of(conn);
    if (!state->stream_open && state->input.len == 0 && buf_len(&state->out) == 0) {
        state->is_kept = false;
        buf_fini(&state->kept);
        buf_fini(&state->out);
    }
    stream_quiet(state->below);
}

static struct http_conn_count conn_count(const struct http_conn *conn) {
    return h1state_of(conn)->count;
}

static bool stream_send_head(struct http_stream *stream, const struct http_message *head, bool end) {
    struct h1state *state = h1state_of_stream(stream);
    return is_front(state) ? h1front_send_head(state, head, end) : h1back_send_head(state, head, end);
}

static size_t stream_send_body(struct http_stream *stream, struct slice bytes, bool end) {
    struct h1state *state = h1state_of_stream(stream);
    return state->phase == H1STATE_OPEN ? h1send_body(state, bytes, end) : 0;
}

static bool stream_send_trailers(struct http_stream *stream, const struct http_message *trailers) {
    struct h1state *state = h1state_of_stream(stream);
    return state->phase == H1STATE_OPEN && h1send_trailers(state, trailers);
}

static struct http_body_view stream_body(struct http_stream *stream) {
    struct h1state *state = h1state_of_stream(stream);
    if (state->phase != H1STATE_OPEN)
        return (struct http_body_view){0};
    return is_front(state) ? h1front_body(state) : h1body_view(state);
}

static void stream_consume(struct http_stream *stream, size_t len) {
    struct h1state *state = h1state_of_stream(stream);
    if (state->phase == H1STATE_OPEN)
        h1body_consume(state, len);
}

static void stream_release(struct http_stream *stream, enum reason reason) {
    struct h1state *state = h1state_of_stream(stream);
    bug_on(!state->stream_open);
    state->stream_open = false;
    state->wants_writable = false;
    http_stream_own(stream, NULL, NULL);
    h1body_fini(state);
    if (is_front(state))
        h1front_release(state, reason);
    else
        h1back_release(state, reason);
    h1state_schedule(state);
}

/* --- what the loop brings --- */

static void on_ready(void *owner, unsigned what) {
    struct h1state *state = owner;
    if (what & STREAM_READABLE)
        state->can_read = true;
    if (what & STREAM_WRITABLE)
        state->blocked = false;
    go_on(state);
}

static void on_task(struct loop_task *task) {
    struct h1state *state = list_entry(task, struct h1state, task);
    if (!state->closed) {
        go_on(state);
        return;
    }
    h1body_fini(state);
    buf_fini(&state->kept);
    buf_fini(&state->out);
    free(state);
}

/* The peer had its time to read our last words, or to send the rest of a request that nobody wants. */
static void on_deadline(struct deadline *deadline) {
    struct h1state *state = list_entry(deadline, struct h1state, deadline);
    h1state_end(state, REASON_CLOSED);
}

/* Reads go to memory on the stack: only what is left over at the end of the turn takes memory of its own. */
static void go_on(struct h1state *state) {
    uint8_t scratch[READ_BYTES];
    if (!state->bulk)
        pump(state, scratch, sizeof scratch);
    if (state->bulk && !state->closed)
        go_on_in_bulk(state);
}

[[gnu::noinline]] static void go_on_in_bulk(struct h1state *state) {
    uint8_t scratch[BULK_BYTES];
    pump(state, scratch, sizeof scratch);
}

/* Steps and reads in turns until there is nothing to do. The only place from which events are sent. */
static void pump(struct h1state *state, uint8_t *scratch, size_t room) {
    bool was_bulk = state->bulk;
    int reads = 0;
    state->pumping = true;
    for (;;) {
        while (!state->closed && step(state))
            continue;
        if (state->closed || !may_read(state) || (state->bulk && !was_bulk) || reads == READS_PER_TURN)
            break;
        read_some(state, scratch, room);
        reads++;
    }
    state->pumping = false;
    if (state->closed)
        return;
    if (reads == READS_PER_TURN)
        h1state_schedule(state);
    if (!keep_input(state))
        h1state_end(state, REASON_MEMORY);
}

/* One step of any connection; true when there may be more to do. */
static bool step(struct h1state *state) {
    switch ((enum h1state_phase)state->phase) {
    case H1STATE_CLOSING:
        return step_closing(state);
    case H1STATE_LINGERING:
        return step_lingering(state);
    case H1STATE_OVER:
        return step_over(state);
    case H1STATE_OPEN:
        break;
    }
    if (state->unflushed && !state->blocked)
        h1send_flush(state);
    if (state->wants_writable && h1send_flush(state) && h1send_has_room(state) && !state->write_failed) {
        state->wants_writable = false;
        state->stream.events->writable(state->stream.owner);
        return true;
    }
    return state->kind->step(state);
}

static bool step_closing(struct h1state *state) {
    if (!h1send_flush(state))
        return false;
    stream_shut(state->below);
    state->phase = state->must_linger && !state->peer_ended && !state->write_failed ? H1STATE_LINGERING : H1STATE_OVER;
    state->dropped_bytes = 0;
    if (state->phase == H1STATE_LINGERING)
        deadline_set(loop_deadlines(state->loop), &state->deadline, loop_now_ms(state->loop) + H1STATE_LINGER_MS);
    return true;
}

static bool step_lingering(struct h1state *state) {
    state->dropped_bytes += state->input.len;
    h1state_consume(state, state->input.len);
    if (!state->peer_ended && state->dropped_bytes <= H1STATE_LINGER_BYTES)
        return false;
    state->phase = H1STATE_OVER;
    return true;
}

/* First the stream hears of it; when it is released, the conn's owner. */
static bool step_over(struct h1state *state) {
    if (state->stream_open && !state->failed_told) {
        state->failed_told = true;
        state->stream.events->failed(state->stream.owner, state->end_reason);
        return true;
    }
    if (!state->stream_open && !state->ended_told) {
        state->ended_told = true;
        state->conn.events->ended(state->conn.owner, state->end_reason);
    }
    return false;
}

/* --- reading --- */

/* In the middle of an exchange we read on after a complete request only to hear of a reset. */
static bool may_read(const struct h1state *state) {
    if (!state->can_read || state->peer_ended || state->phase == H1STATE_OVER || state->phase == H1STATE_CLOSING)
        return false;
    bool is_between = state->stream_open && state->input_state == H1STATE_INPUT_DONE;
    bool is_head = !state->stream_open || state->input_state == H1STATE_INPUT_HEAD;
    size_t most = is_between                                     ? H1STATE_PIPELINED_MAX
        : is_head && state->limits.head_bytes > H1STATE_KEPT_MAX ? state->limits.head_bytes
                                                                 : H1STATE_KEPT_MAX;
    return state->input.len < most;
}

/* Straight into the scratch memory when nothing is left over and nothing is allocated. */
static void read_some(struct h1state *state, uint8_t *scratch, size_t room) {
    bool uses_scratch = state->input.len == 0 && !state->kept.data;
    uint8_t *to = scratch;
    if (!uses_scratch) {
        to = keep_input(state) ? buf_reserve(&state->kept, room) : NULL;
        if (!to) {
            h1state_end(state, REASON_MEMORY);
            return;
        }
    }
    struct stream_result result = stream_read(state->below, to, room);
    if (result.status == STREAM_OK && uses_scratch) {
        state->input = slice_of(to, result.bytes);
        state->is_kept = false;
    } else if (!uses_scratch) {
        buf_commit(&state->kept, result.status == STREAM_OK ? result.bytes : 0);
        state->input = buf_view(&state->kept);
        state->is_kept = true;
    }
    note_read(state, result, room);
}

static void note_read(struct h1state *state, struct stream_result result, size_t room) {
    switch (result.status) {
    case STREAM_OK:
        state->count.in_bytes += result.bytes;
        state->can_read = !result.drained;
        state->bulk = state->bulk || result.bytes == room;
        state->news = state->input_state != H1STATE_INPUT_DONE;
        break;
    case STREAM_AGAIN:
        state->can_read = false;
        break;
    case STREAM_END:
        state->peer_ended = true;
        state->news = state->input_state != H1STATE_INPUT_DONE;
        break;
    case STREAM_FAILED: {
        enum reason reason = stream_failure(state->below);
        enum reason gone = is_front(state) ? REASON_CLIENT_GONE : REASON_BACKEND_CLOSED;
        h1state_end(state, reason == REASON_CLOSED && state->stream_open ? gone : reason);
        break;
    }
    }
}

/* Moves what is left over from the scratch memory to memory that stays. */
static bool keep_input(struct h1state *state) {
    if (state->is_kept || state->input.len == 0)
        return true;
    if (!buf_append(&state->kept, state->input))
        return false;
    state->input = buf_view(&state->kept);
    state->is_kept = true;
    return true;
}
