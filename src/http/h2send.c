/* The outgoing side. nghttp2 decides whose turn it is and how long a DATA frame may be; the bytes of bodies go from
 * where they lie to what is gathered without passing through it. */
#include "http/h2send.h"

#include "http/h2stream.h"

/* A frame's head (RFC 9113 section 4.1). */
enum { FRAME_HEAD_BYTES = 9 };

static void gather(struct h2state *state);
static void write_gathered(struct h2state *state);
static size_t keep(struct h2stream *stream, struct slice bytes);
static size_t send_through(struct h2stream *stream, struct slice bytes);
static size_t room_of(const struct h2stream *stream);
static void wake(struct h2stream *stream);
static bool end_body(struct h2stream *stream);
static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
                       nghttp2_data_source *source, void *context);
static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *frame_head, size_t len,
                        nghttp2_data_source *source, void *context);
static void take_from(struct h2stream *stream, size_t len);
static bool submit_trailers(struct h2stream *stream);
static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context);
static void note_goaway(struct h2state *state, uint32_t code);
static int on_frame_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int error, void *context);
static void note_end(struct h2stream *stream);

void h2send_set_callbacks(nghttp2_session_callbacks *callbacks) {
    nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_sent);
}

bool h2send_flush(struct h2state *state) {
    if (state->receiving)
        return false;
    for (;;) {
        write_gathered(state);
        if (state->blocked || state->write_failed || state->broken)
            break;
        gather(state);
        if (buf_len(&state->out) == 0)
            break;
    }
    if (state->write_failed)
        return true;
    return stream_flush(state->below) && buf_len(&state->out) == 0;
}

bool h2send_answer(struct h2stream *stream, const struct h2write_lines *lines, bool end) {
    struct h2state *state = h2state_behind(stream);
    nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = on_read};
    if (nghttp2_submit_response(state->session, stream->id, lines->lines, lines->count, end ? NULL : &provider) != 0)
        return false;
    stream->output_state = end ? H2STATE_OUTPUT_ENDING : H2STATE_OUTPUT_BODY;
    return true;
}

bool h2send_request(struct h2stream *stream, const struct h2write_lines *lines, bool end) {
    struct h2state *state = h2state_behind(stream);
    nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = on_read};
    int32_t id =
        nghttp2_submit_request(state->session, NULL, lines->lines, lines->count, end ? NULL : &provider, stream);
    if (id < 0)
        return false;
    h2stream_begun(stream, id);
    stream->output_state = end ? H2STATE_OUTPUT_ENDING : H2STATE_OUTPUT_BODY;
    return true;
}

bool h2send_interim(struct h2stream *stream, const struct h2write_lines *lines) {
    nghttp2_session *session = h2state_behind(stream)->session;
    return nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, stream->id, NULL, lines->lines, lines->count, NULL) == 0;
}

size_t h2send_body(struct h2stream *stream, struct slice bytes, bool end) {
    if (stream->output_state == H2STATE_OUTPUT_SILENT) {
        stream->output_state = end ? H2STATE_OUTPUT_ENDING : H2STATE_OUTPUT_SILENT;
        return bytes.len;
    }
    if (stream->output_state != H2STATE_OUTPUT_BODY || stream->id == 0)
        return 0;
    if (stream->has_out_length && bytes.len > stream->out_left)
        bytes.len = (size_t)stream->out_left;
    size_t taken = keep(stream, bytes);
    if (taken < bytes.len)
        taken += send_through(stream, slice_sub(bytes, taken, bytes.len));
    stream->out_left -= stream->has_out_length ? taken : 0;
    stream->wants_writable = taken < bytes.len;
    if (taken == bytes.len && end && !end_body(stream))
        return taken;
    if (taken > 0 || end)
        wake(stream);
    return taken;
}

bool h2send_trailers(struct h2stream *stream, const struct http_message *trailers) {
    bool is_possible = stream->output_state == H2STATE_OUTPUT_BODY && stream->id != 0 && trailers &&
        trailers->field_count > 0 && !(stream->has_out_length && stream->out_left > 0) && !stream->is_tunnel;
    if (is_possible && !h2stream_keep_trailers(&stream->trailers_out, trailers))
        return false;
    h2send_body(stream, (struct slice){0}, true);
    return stream->output_state >= H2STATE_OUTPUT_ENDING;
}

void h2send_reset(struct h2stream *stream, uint32_t code) {
    struct h2state *state = h2state_behind(stream);
    if (stream->id == 0 || state->broken || stream->reset_by_us)
        return;
    stream->reset_by_us = true;
    stream->output_state = H2STATE_OUTPUT_DONE;
    if (nghttp2_submit_rst_stream(state->session, NGHTTP2_FLAG_NONE, stream->id, code) != 0)
        h2state_end(state, REASON_MEMORY);
    h2state_schedule(state);
}

void h2send_reset_later(struct h2stream *stream, uint32_t code) {
    if (stream->output_state == H2STATE_OUTPUT_DONE) {
        h2send_reset(stream, code);
        return;
    }
    stream->reset_code = code;
    stream->is_reset_due = true;
}

void h2send_goodbye(struct h2state *state, uint32_t code) {
    uint32_t last = (uint32_t)nghttp2_session_get_last_proc_stream_id(state->session);
    const uint8_t frame[] = {
        0,
        0,
        8,
        NGHTTP2_GOAWAY,
        0,
        0,
        0,
        0,
        0,
        (uint8_t)(last >> 24),
        (uint8_t)(last >> 16),
        (uint8_t)(last >> 8),
        (uint8_t)last,
        (uint8_t)(code >> 24),
        (uint8_t)(code >> 16),
        (uint8_t)(code >> 8),
        (uint8_t)code,
    };
    state->broken = true;
    if (!buf_append(&state->out, slice_of(frame, sizeof frame)))
        state->write_failed = true;
}

/* Makes frames until nobody has any, or enough are gathered. */
static void gather(struct h2state *state) {
    state->is_full = false;
    while (!state->is_full && buf_len(&state->out) < H2STATE_GATHERED_MAX) {
        const uint8_t *bytes;
        ssize_t len = nghttp2_session_mem_send(state->session, &bytes);
        if (len == 0)
            return;
        if (len < 0 || !buf_append(&state->out, slice_of(bytes, (size_t)len))) {
            state->broken = true;
            state->end_reason = state->end_reason == REASON_NONE ? REASON_MEMORY : state->end_reason;
            return;
        }
    }
}

static void write_gathered(struct h2state *state) {
    while (!state->blocked && !state->write_failed && buf_len(&state->out) > 0) {
        struct slice gathered = buf_view(&state->out);
        struct stream_result result = stream_write(state->below, &gathered, 1);
        if (result.status == STREAM_FAILED) {
            state->write_failed = true;
            h2state_schedule(state);
        } else if (result.status == STREAM_AGAIN) {
            state->blocked = true;
        } else {
            buf_consume(&state->out, result.bytes);
            state->count.out_bytes += result.bytes;
        }
    }
}

/* Copies what there is room for behind what the stream holds. */
static size_t keep(struct h2stream *stream, struct slice bytes) {
    size_t room = room_of(stream);
    struct slice part = slice_sub(bytes, 0, room);
    if (!buf_append(&stream->out, part))
        return 0;
    h2state_behind(stream)->held_bytes += part.len;
    return part.len;
}

/* More than is kept goes out at once from where it lies, as far as windows and the stream below allow. */
static size_t send_through(struct h2stream *stream, struct slice bytes) {
    struct h2state *state = h2state_behind(stream);
    if (state->receiving || state->blocked || state->broken)
        return 0;
    stream->given = bytes;
    wake(stream);
    h2send_flush(state);
    size_t taken = bytes.len - stream->given.len;
    stream->given = (struct slice){0};
    return taken + keep(stream, slice_sub(bytes, taken, bytes.len));
}

/* Every stream may hold a little even when others hold much, or one that waits for its window could stop all. */
static size_t room_of(const struct h2stream *stream) {
    const struct h2state *state = h2state_behind(stream);
    size_t most = state->held_bytes < H2STATE_HELD_MAX ? H2STATE_STREAM_OUT_MAX : H2STATE_STREAM_OUT_LEAST;
    size_t len = buf_len(&stream->out);
    return most > len ? most - len : 0;
}

static void wake(struct h2stream *stream) {
    if (!stream->deferred)
        return;
    stream->deferred = false;
    nghttp2_session_resume_data(h2state_behind(stream)->session, stream->id);
}

/* A body shorter than its length stays open: releasing the stream then resets it. */
static bool end_body(struct h2stream *stream) {
    if (stream->has_out_length && stream->out_left > 0)
        return false;
    stream->output_state = H2STATE_OUTPUT_ENDING;
    return true;
}

/* nghttp2 asks how much of the stream's body can go into a DATA frame now. */
static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
                       nghttp2_data_source *source, void *context) {
    (void)session, (void)id, (void)to, (void)context;
    struct h2stream *stream = source->ptr;
    size_t waiting = buf_len(&stream->out) + stream->given.len;
    bool is_ending = stream->output_state == H2STATE_OUTPUT_ENDING;
    if (waiting == 0 && !is_ending) {
        stream->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (!is_ending || waiting > room)
        return (ssize_t)(waiting < room ? waiting : room);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (stream->trailers_out) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (!submit_trailers(stream))
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    return (ssize_t)waiting;
}

static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *frame_head, size_t len,
                        nghttp2_data_source *source, void *context) {
    (void)session;
    struct h2state *state = context;
    struct h2stream *stream = source->ptr;
    if (buf_len(&state->out) >= H2STATE_GATHERED_MAX) {
        state->is_full = true;
        return NGHTTP2_ERR_WOULDBLOCK;
    }
    struct slice held = slice_sub(buf_view(&stream->out), 0, len);
    bool is_gathered = buf_reserve(&state->out, FRAME_HEAD_BYTES + len) &&
        buf_append(&state->out, slice_of(frame_head, FRAME_HEAD_BYTES)) && buf_append(&state->out, held) &&
        buf_append(&state->out, slice_sub(stream->given, 0, len - held.len));
    if (!is_gathered)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    take_from(stream, len);
    h2guard_sent(&state->guard, len, frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
    return 0;
}

/* What went into a frame leaves the stream, and somebody may have waited for the room. */
static void take_from(struct h2stream *stream, size_t len) {
    struct h2state *state = h2state_behind(stream);
    size_t held = buf_len(&stream->out);
    size_t of_held = len < held ? len : held;
    buf_consume(&stream->out, of_held);
    state->held_bytes -= of_held;
    stream->given = slice_sub(stream->given, len - of_held, stream->given.len);
    if (!stream->wants_writable || !stream->owned || room_of(stream) == 0)
        return;
    stream->wants_writable = false;
    stream->writable_due = true;
    h2state_tell(stream);
}

[[gnu::noinline]] static bool submit_trailers(struct h2stream *stream) {
    struct h2write_lines lines;
    bool is_submitted = h2write_trailers(&lines, &stream->trailers_out->message) &&
        nghttp2_submit_trailer(h2state_behind(stream)->session, stream->id, lines.lines, lines.count) == 0;
    h2write_fini(&lines);
    return is_submitted;
}

static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context) {
    struct h2state *state = context;
    bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (may_end && frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
        struct h2stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
        if (stream)
            note_end(stream);
    }
    if (frame->hd.type == NGHTTP2_GOAWAY)
        note_goaway(state, frame->goaway.error_code);
    return 0;
}

/* Behind the notice of a drain goes a ping: who answers it has read the notice. */
static void note_goaway(struct h2state *state, uint32_t code) {
    if (code != NGHTTP2_NO_ERROR && state->end_reason == REASON_NONE)
        state->end_reason = state->kind->reason_protocol;
    else if (state->drain == H2STATE_DRAIN_NOTICED)
        nghttp2_submit_ping(state->session, NGHTTP2_FLAG_NONE, NULL);
}

/* A request that could not leave (the server said that it takes none any more) has not reached it. */
static int on_frame_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int error, void *context) {
    (void)error;
    struct h2state *state = context;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct list *item, *following;
    list_each_safe(item, following, &state->streams) {
        struct h2stream *stream = list_entry(item, struct h2stream, link);
        if (stream->id != frame->hd.stream_id)
            continue;
        nghttp2_session_set_stream_user_data(session, stream->id, NULL);
        h2stream_fail(stream, state->kind->reset(NGHTTP2_REFUSED_STREAM));
        h2stream_closed(stream);
        break;
    }
    return 0;
}

/* A peer that has ended its direction too needs no reset. */
static void note_end(struct h2stream *stream) {
    nghttp2_session *session = h2state_behind(stream)->session;
    stream->output_state = H2STATE_OUTPUT_DONE;
    if (stream->is_reset_due && nghttp2_session_get_stream_remote_close(session, stream->id) == 0)
        h2send_reset(stream, stream->reset_code);
}
