/* The outgoing side. A large piece goes out together with what was gathered before it, in one write and without a
 * copy; the stream then says how much of it was taken, and so does the caller's answer. */
#include "http/h1send.h"

#include "http/h1write.h"

static size_t send_chunked(struct h1state *state, struct slice bytes, bool end);
static size_t send_chunk_part(struct h1state *state, struct slice bytes, bool end);
static bool open_chunk(struct h1state *state, size_t len);
static size_t send_raw(struct h1state *state, struct slice bytes, const char *tail);
static size_t write_through(struct h1state *state, struct slice bytes, struct slice tail);
static size_t write_parts(struct h1state *state, struct slice *parts, size_t count);
static size_t skip_written(struct slice *parts, size_t count, size_t len);
static bool end_body(struct h1state *state);

bool h1send_flush(struct h1state *state) {
    struct slice gathered = buf_view(&state->out);
    if (gathered.len > 0 && !state->blocked)
        buf_consume(&state->out, write_parts(state, &gathered, 1));
    if (state->write_failed)
        return true;
    bool is_out = buf_len(&state->out) == 0;
    if (is_out && state->is_upgraded && state->output_state == H1STATE_OUTPUT_DONE && !state->shut) {
        stream_shut(state->below);
        state->shut = true;
    }
    bool is_flushed = stream_flush(state->below) && is_out;
    state->unflushed = !is_flushed;
    return is_flushed;
}

void h1send_begin_body(struct h1state *state, const struct http_message *head, bool end) {
    static const uint8_t states[] = {
        [HTTP_BODY_NONE] = H1STATE_OUTPUT_LENGTH,
        [HTTP_BODY_LENGTH] = H1STATE_OUTPUT_LENGTH,
        [HTTP_BODY_STREAM] = H1STATE_OUTPUT_CHUNKS,
        [HTTP_BODY_UNTIL_CLOSE] = H1STATE_OUTPUT_UNTIL_CLOSE,
    };
    state->output_state = end ? H1STATE_OUTPUT_DONE : states[head->body];
    state->out_left = head->body == HTTP_BODY_LENGTH ? head->content_length : 0;
}

size_t h1send_body(struct h1state *state, struct slice bytes, bool end) {
    size_t taken = 0;
    switch ((enum h1state_output)state->output_state) {
    case H1STATE_OUTPUT_LENGTH:
        bytes = slice_sub(bytes, 0, state->out_left < bytes.len ? (size_t)state->out_left : bytes.len);
        taken = send_raw(state, bytes, "");
        state->out_left -= taken;
        break;
    case H1STATE_OUTPUT_CHUNKS:
        taken = send_chunked(state, bytes, end);
        break;
    case H1STATE_OUTPUT_UNTIL_CLOSE:
        taken = send_raw(state, bytes, "");
        break;
    case H1STATE_OUTPUT_SILENT:
        taken = bytes.len;
        break;
    case H1STATE_OUTPUT_NONE:
    case H1STATE_OUTPUT_HEAD:
    case H1STATE_OUTPUT_DONE:
        return 0;
    }
    if (state->write_failed && state->output_state != H1STATE_OUTPUT_SILENT)
        return taken;
    if (taken < bytes.len)
        state->wants_writable = true;
    else if (end && !end_body(state))
        state->wants_writable = true;
    return taken;
}

bool h1send_trailers(struct h1state *state, const struct http_message *trailers) {
    if (state->output_state != H1STATE_OUTPUT_CHUNKS || state->write_failed) {
        h1send_body(state, (struct slice){0}, true);
        return state->output_state == H1STATE_OUTPUT_DONE;
    }
    if (state->out_left > 0 || !h1write_last_chunk(&state->out, trailers))
        return false;
    state->output_state = H1STATE_OUTPUT_DONE;
    return true;
}

bool h1send_has_room(const struct h1state *state) {
    return !state->blocked && buf_len(&state->out) == 0;
}

/* out_left is what is missing of a chunk whose head is out already: its data comes first. */
static size_t send_chunked(struct h1state *state, struct slice bytes, bool end) {
    size_t taken = 0;
    if (state->out_left > 0 && bytes.len > 0) {
        struct slice part = slice_sub(bytes, 0, state->out_left < bytes.len ? (size_t)state->out_left : bytes.len);
        taken = send_chunk_part(state, part, end && part.len == bytes.len);
        if (taken < part.len)
            return taken;
        bytes = slice_sub(bytes, taken, bytes.len);
    }
    if (bytes.len == 0 || !open_chunk(state, bytes.len))
        return taken;
    return taken + send_chunk_part(state, bytes, end);
}

/* Sends data of the open chunk; when that completes it, its line end follows, and the last chunk when the body ends
 * here. */
static size_t send_chunk_part(struct h1state *state, struct slice bytes, bool end) {
    bool completes = bytes.len == state->out_left;
    bool ends = end && completes;
    size_t taken = send_raw(state, bytes, ends ? "\r\n0\r\n\r\n" : completes ? "\r\n" : "");
    state->out_left -= taken;
    if (ends && state->out_left == 0)
        state->output_state = H1STATE_OUTPUT_DONE;
    return taken;
}

/* Gathers the head of a chunk, unless there would be no room for anything behind it. */
static bool open_chunk(struct h1state *state, size_t len) {
    char head[H1WRITE_CHUNK_HEAD_MAX];
    if (state->blocked && buf_len(&state->out) + len > H1STATE_GATHERED_MAX)
        return false;
    size_t head_len = h1write_chunk_head(head, len);
    if (!buf_append(&state->out, slice_of(head, head_len)))
        return false;
    state->out_left = len;
    return true;
}

/* Sends bytes and, once all of them are taken, the tail, which is short and never waits. Returns how many of the
 * bytes were taken. */
static size_t send_raw(struct h1state *state, struct slice bytes, const char *tail) {
    bool is_small = bytes.len <= H1STATE_SMALL_MAX && buf_len(&state->out) + bytes.len <= H1STATE_GATHERED_MAX;
    if (is_small && buf_reserve(&state->out, bytes.len + strlen(tail)))
        return buf_append(&state->out, bytes) && buf_append_text(&state->out, tail) ? bytes.len : 0;
    return state->blocked ? 0 : write_through(state, bytes, slice_text(tail));
}

static size_t write_through(struct h1state *state, struct slice bytes, struct slice tail) {
    struct slice parts[] = {buf_view(&state->out), bytes, tail};
    size_t gathered_len = parts[0].len;
    size_t written = write_parts(state, parts, tail.len > 0 ? 3 : 2);
    if (state->write_failed)
        return 0;
    buf_consume(&state->out, written < gathered_len ? written : gathered_len);
    if (written < gathered_len + bytes.len)
        return written > gathered_len ? written - gathered_len : 0;
    struct slice rest = slice_sub(tail, written - gathered_len - bytes.len, tail.len);
    if (!buf_append(&state->out, rest))
        state->write_failed = true;
    return bytes.len;
}

/* Writes as much as the stream takes: until everything is out, or it says that it will call. */
static size_t write_parts(struct h1state *state, struct slice *parts, size_t count) {
    size_t written = 0;
    for (;;) {
        struct stream_result result = stream_write(state->below, parts, count);
        if (result.status == STREAM_FAILED) {
            state->write_failed = true;
            h1state_schedule(state);
            return 0;
        }
        state->blocked = result.status == STREAM_AGAIN;
        if (state->blocked)
            return written;
        written += result.bytes;
        state->count.out_bytes += result.bytes;
        size_t done = skip_written(parts, count, result.bytes);
        parts += done;
        count -= done;
        if (count == 0)
            return written;
    }
}

/* Cuts what was written off the parts; how many of them are done with. */
static size_t skip_written(struct slice *parts, size_t count, size_t len) {
    size_t done = 0;
    while (done < count && len >= parts[done].len)
        len -= parts[done++].len;
    if (done < count)
        parts[done] = slice_sub(parts[done], len, parts[done].len);
    return done;
}

/* Ends a body all of whose bytes were taken; false when it cannot end here. A body shorter than its length stays
 * open: releasing it then ends the connection. */
static bool end_body(struct h1state *state) {
    if (state->output_state == H1STATE_OUTPUT_DONE)
        return true;
    bool is_short = state->output_state != H1STATE_OUTPUT_SILENT && state->out_left > 0;
    if (is_short)
        return true;
    if (state->output_state == H1STATE_OUTPUT_CHUNKS && !h1write_last_chunk(&state->out, NULL))
        return false;
    state->output_state = H1STATE_OUTPUT_DONE;
    return true;
}
