/* The incoming body: its framing is read where it lies, and the data is shown without a copy. */
#include "http/h1body.h"

#include "base/bug.h"

#include <stdlib.h>

static void advance(struct h1state *state);
static void read_chunk_framing(struct h1state *state);
static void read_trailers(struct h1state *state);
static bool keep_trailers(struct h1state *state, const struct http_message *trailers);
static struct http_body_view see(const struct h1state *state);
static struct http_body_view see_chunk(const struct h1state *state);
static struct slice first_bytes(struct slice bytes, uint64_t len);

void h1body_begin(struct h1state *state, const struct http_message *head, bool has_none) {
    static const uint8_t states[] = {
        [HTTP_BODY_NONE] = H1STATE_INPUT_DONE,
        [HTTP_BODY_LENGTH] = H1STATE_INPUT_LENGTH,
        [HTTP_BODY_STREAM] = H1STATE_INPUT_CHUNKS,
        [HTTP_BODY_UNTIL_CLOSE] = H1STATE_INPUT_UNTIL_CLOSE,
    };
    state->input_state = has_none ? H1STATE_INPUT_DONE : states[head->body];
    state->in_left = head->content_length;
    if (state->input_state == H1STATE_INPUT_LENGTH && state->in_left == 0)
        state->input_state = H1STATE_INPUT_DONE;
    state->chunk = (struct h1chunk){0};
    state->scan = (struct h1parse_scan){0};
    state->body_reason = REASON_NONE;
    state->end_seen = false;
}

struct http_body_view h1body_view(struct h1state *state) {
    advance(state);
    if (state->body_reason != REASON_NONE)
        h1state_schedule(state);
    struct http_body_view view = see(state);
    state->news = false;
    state->end_seen = view.end;
    return view;
}

void h1body_consume(struct h1state *state, size_t len) {
    h1state_consume(state, len);
    if (state->input_state == H1STATE_INPUT_LENGTH) {
        bug_on(len > state->in_left);
        state->in_left -= len;
        if (state->in_left == 0)
            state->input_state = H1STATE_INPUT_DONE;
    } else if (state->input_state == H1STATE_INPUT_CHUNKS) {
        h1chunk_consumed(&state->chunk, len);
    }
    if (len > 0)
        state->news = true;
    advance(state);
    bool has_room = state->can_read && state->input.len < H1STATE_KEPT_MAX;
    if (has_room || state->body_reason != REASON_NONE || h1body_has_news(state))
        h1state_schedule(state);
}

bool h1body_has_news(struct h1state *state) {
    if (!state->news || state->end_seen)
        return false;
    advance(state);
    struct http_body_view view = see(state);
    return view.bytes.len > 0 || view.end;
}

void h1body_drop(struct h1state *state) {
    for (;;) {
        struct http_body_view view = h1body_view(state);
        if (view.bytes.len == 0)
            return;
        state->dropped_bytes += view.bytes.len;
        h1body_consume(state, view.bytes.len);
    }
}

void h1body_fini(struct h1state *state) {
    if (!state->trailers)
        return;
    arena_fini(&state->trailers->arena);
    free(state->trailers);
    state->trailers = NULL;
}

/* Moves over framing, so that data, the end or nothing is at the start of the input. */
static void advance(struct h1state *state) {
    if (state->body_reason != REASON_NONE)
        return;
    if (state->input_state == H1STATE_INPUT_CHUNKS)
        read_chunk_framing(state);
    if (state->input_state == H1STATE_INPUT_TRAILERS)
        read_trailers(state);
    if (state->input_state == H1STATE_INPUT_UNTIL_CLOSE && state->peer_ended && state->input.len == 0)
        state->input_state = H1STATE_INPUT_DONE;
}

static void read_chunk_framing(struct h1state *state) {
    struct slice data;
    bool last;
    struct h1parse_result result = h1chunk_next(&state->chunk, state->input, &data, &last);
    if (result.status == H1PARSE_BAD) {
        state->body_reason = result.reason;
        return;
    }
    h1state_consume(state, result.used_bytes);
    if (last)
        state->input_state = H1STATE_INPUT_TRAILERS;
}

/* Out of line, as its fields would be in the frame of every step. */
[[gnu::noinline]] static void read_trailers(struct h1state *state) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message trailers = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct h1parse_result result = h1parse_trailers(state->input, &state->limits, &state->scan, &trailers);
    if (result.status == H1PARSE_MORE)
        return;
    if (result.status == H1PARSE_BAD) {
        state->body_reason = result.reason;
        return;
    }
    if (trailers.field_count > 0 && !keep_trailers(state, &trailers)) {
        state->body_reason = REASON_MEMORY;
        return;
    }
    h1state_consume(state, result.used_bytes);
    state->input_state = H1STATE_INPUT_DONE;
}

static bool keep_trailers(struct h1state *state, const struct http_message *trailers) {
    h1body_fini(state);
    state->trailers = calloc(1, sizeof *state->trailers);
    if (!state->trailers)
        return false;
    enum { FIELDS_BYTES = HTTP_FIELDS_MAX * sizeof(struct http_field), BLOCK_BYTES = 1024 };
    arena_init(&state->trailers->arena, BLOCK_BYTES, state->limits.head_bytes + FIELDS_BYTES + BLOCK_BYTES);
    return http_message_copy(&state->trailers->arena, trailers, &state->trailers->message, 0);
}

/* Nothing of a malformed body is shown. */
static struct http_body_view see(const struct h1state *state) {
    if (state->body_reason != REASON_NONE)
        return (struct http_body_view){0};
    switch ((enum h1state_input)state->input_state) {
    case H1STATE_INPUT_LENGTH:
        return (struct http_body_view){.bytes = first_bytes(state->input, state->in_left),
                                       .end = state->in_left <= state->input.len};
    case H1STATE_INPUT_CHUNKS:
        return see_chunk(state);
    case H1STATE_INPUT_UNTIL_CLOSE:
        return (struct http_body_view){.bytes = state->input, .end = state->peer_ended};
    case H1STATE_INPUT_DONE:
        return (struct http_body_view){.end = true, .trailers = state->trailers ? &state->trailers->message : NULL};
    case H1STATE_INPUT_NONE:
    case H1STATE_INPUT_HEAD:
    case H1STATE_INPUT_TRAILERS:
        break;
    }
    return (struct http_body_view){0};
}

/* The run of data at the start, and whether it is the last: so that data and end are passed on in one write. Ends
 * with trailers are seen when they are reached. */
static struct http_body_view see_chunk(const struct h1state *state) {
    static const char ending[] = "\r\n0\r\n\r\n";
    struct slice data = first_bytes(state->input, state->chunk.left_bytes);
    struct slice rest = slice_sub(state->input, data.len, state->input.len);
    bool is_whole = data.len > 0 && data.len == state->chunk.left_bytes;
    return (struct http_body_view){.bytes = data, .end = is_whole && slice_starts(rest, slice_text(ending))};
}

static struct slice first_bytes(struct slice bytes, uint64_t len) {
    return slice_sub(bytes, 0, len < bytes.len ? (size_t)len : bytes.len);
}
