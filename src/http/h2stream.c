/* The life of one HTTP/2 stream. A few are kept for re-use with a small buffer each, so that a request on a busy
 * connection allocates nothing here. */
#include "http/h2stream.h"

#include "base/bug.h"

#include <stdlib.h>

/* SPARE_BUF_BYTES: a buffer up to this size stays with a stream that is kept for re-use. FIRST_WINDOW_BYTES: what the
 * peer may send before it knows our settings (RFC 9113 section 6.9.2). FRAME_BYTES: nghttp2 tells of a frame's bytes
 * before it finds that they were too many. */
enum { SPARE_BUF_BYTES = 4096, FIRST_WINDOW_BYTES = 65535, FRAME_BYTES = 16384 };

static size_t most_unread(const struct h2state *state);
static void free_if_unused(struct h2stream *stream);
static void reset_buffers(struct h2stream *stream);
static void drop_trailers(struct h2state_trailers **trailers);
static void free_list(struct list *head);

struct h2stream *h2stream_new(struct h2state *state) {
    struct list *link = list_first(&state->spare);
    struct buf in = {.max = most_unread(state)}, out = {.max = H2STATE_STREAM_OUT_MAX};
    struct h2stream *stream = NULL;
    if (link) {
        stream = list_entry(link, struct h2stream, link);
        list_remove(link);
        state->spare_count--;
        in = stream->in;
        out = stream->out;
    } else {
        stream = malloc(sizeof *stream);
        if (!stream)
            return NULL;
    }
    *stream = (struct h2stream){.stream = {.conn = &state->conn}, .in = in, .out = out, .owned = true};
    list_init(&stream->news);
    list_append(&state->streams, &stream->link);
    state->stream_count++;
    state->open_count++;
    state->idle_told = false;
    return stream;
}

void h2stream_begun(struct h2stream *stream, int32_t id) {
    stream->id = id;
    h2state_behind(stream)->live_count++;
}

void h2stream_closed(struct h2stream *stream) {
    struct h2state *state = h2state_behind(stream);
    bug_on(stream->id == 0);
    stream->id = 0;
    state->live_count--;
    state->held_bytes -= buf_len(&stream->out);
    buf_truncate(&stream->out, 0);
    if (state->reading == stream)
        state->reading = NULL;
    free_if_unused(stream);
}

void h2stream_disown(struct h2stream *stream) {
    struct h2state *state = h2state_behind(stream);
    bug_on(!stream->owned);
    stream->owned = false;
    state->open_count--;
    list_remove(&stream->news);
    http_stream_own(&stream->stream, NULL, NULL);
    h2stream_refund(state, stream->id, buf_len(&stream->in) + stream->passing.len);
    buf_fini(&stream->in);
    stream->passing = (struct slice){0};
    free_if_unused(stream);
}

void h2stream_fail(struct h2stream *stream, enum reason reason) {
    if (!stream->owned || stream->failed_due || stream->failed_told)
        return;
    stream->failure = reason;
    stream->failed_due = true;
    h2state_tell(stream);
}

struct http_body_view h2stream_view(struct h2stream *stream) {
    struct slice kept = buf_view(&stream->in);
    struct http_body_view view = {.bytes = kept.len > 0 ? kept : stream->passing};
    view.end = stream->input_state == H2STATE_INPUT_DONE && (kept.len == 0 || stream->passing.len == 0);
    if (view.end && stream->trailers_in)
        view.trailers = &stream->trailers_in->message;
    stream->end_seen |= view.end;
    stream->readable_due = false;
    return view;
}

void h2stream_consume(struct h2stream *stream, size_t len) {
    size_t kept = buf_len(&stream->in);
    size_t of_kept = len < kept ? len : kept;
    bug_on(len - of_kept > stream->passing.len);
    buf_consume(&stream->in, of_kept);
    stream->passing = slice_sub(stream->passing, len - of_kept, stream->passing.len);
    h2stream_refund(h2state_behind(stream), stream->id, len);
}

bool h2stream_keep_passing(struct h2stream *stream) {
    bool is_kept = buf_append(&stream->in, stream->passing);
    stream->passing = (struct slice){0};
    return is_kept;
}

/* Credit of the connection comes back even when the stream is gone. */
void h2stream_refund(struct h2state *state, int32_t id, size_t len) {
    if (len == 0 || state->broken)
        return;
    if (id > 0)
        nghttp2_session_consume(state->session, id, len);
    else
        nghttp2_session_consume_connection(state->session, len);
    h2state_schedule(state);
}

bool h2stream_keep_trailers(struct h2state_trailers **to, const struct http_message *trailers) {
    *to = malloc(sizeof **to);
    if (!*to)
        return false;
    arena_init(&(*to)->arena, 1024, H2STATE_TRAILERS_MAX);
    if (http_message_copy(&(*to)->arena, trailers, &(*to)->message, 0))
        return true;
    drop_trailers(to);
    return false;
}

void h2stream_free_spare(struct h2state *state) {
    free_list(&state->spare);
    state->spare_count = 0;
}

void h2stream_free_all(struct h2state *state) {
    free_list(&state->streams);
    h2stream_free_spare(state);
}

static size_t most_unread(const struct h2state *state) {
    size_t window = state->limits.stream_window_bytes;
    return (window > FIRST_WINDOW_BYTES ? window : FIRST_WINDOW_BYTES) + FRAME_BYTES;
}

static void free_if_unused(struct h2stream *stream) {
    struct h2state *state = h2state_behind(stream);
    if (stream->owned || stream->id != 0)
        return;
    list_remove(&stream->link);
    list_remove(&stream->news);
    state->stream_count--;
    drop_trailers(&stream->trailers_in);
    drop_trailers(&stream->trailers_out);
    reset_buffers(stream);
    if (state->spare_count < H2STATE_SPARE_MAX) {
        state->spare_count++;
        list_append(&state->spare, &stream->link);
        return;
    }
    buf_fini(&stream->out);
    free(stream);
}

static void reset_buffers(struct h2stream *stream) {
    buf_fini(&stream->in);
    if (stream->out.cap > SPARE_BUF_BYTES)
        buf_fini(&stream->out);
    else
        buf_truncate(&stream->out, 0);
}

static void drop_trailers(struct h2state_trailers **trailers) {
    if (*trailers)
        arena_fini(&(*trailers)->arena);
    free(*trailers);
    *trailers = NULL;
}

static void free_list(struct list *head) {
    struct list *item, *following;
    list_each_safe(item, following, head) {
        struct h2stream *stream = list_entry(item, struct h2stream, link);
        list_remove(item);
        drop_trailers(&stream->trailers_in);
        drop_trailers(&stream->trailers_out);
        buf_fini(&stream->in);
        buf_fini(&stream->out);
        free(stream);
    }
}
