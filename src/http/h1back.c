/* The client side. One exchange at a time, no pipelining. An answer may come before the request was sent completely,
 * and then counts. */
#include "http/h1back.h"

#include "http/h1body.h"
#include "http/h1send.h"
#include "http/h1upgrade.h"
#include "http/h1write.h"

static bool step(struct h1state *state);
static void give_up_sending(struct h1state *state);
static bool step_between(struct h1state *state);
static bool step_head(struct h1state *state);
static bool take_head(struct h1state *state, struct http_message *head, size_t head_bytes);
static bool write_request(struct h1state *state, const struct http_message *head, bool end);
static bool step_body(struct h1state *state);

const struct h1state_kind h1back_kind = {.step = step};

bool h1back_can_open(const struct h1state *state) {
    return state->phase == H1STATE_OPEN && !state->stream_open && !state->draining && !state->peer_ended &&
        !state->write_failed && state->input.len == 0;
}

void h1back_open(struct h1state *state) {
    state->stream_open = true;
    state->idle_told = false;
    state->bulk = false;
    state->output_state = H1STATE_OUTPUT_HEAD;
    state->input_state = H1STATE_INPUT_NONE;
}

/* Expect is not passed on: the front has it answered before the first byte of the body is asked for. */
bool h1back_send_head(struct h1state *state, const struct http_message *head, bool end) {
    bool is_bounded =
        head->body != HTTP_BODY_UNTIL_CLOSE && !(end && head->body == HTTP_BODY_LENGTH && head->content_length > 0);
    if (state->phase != H1STATE_OPEN || state->output_state != H1STATE_OUTPUT_HEAD || !is_bounded)
        return false;
    if (!(http_message_upgrades(head) ? h1upgrade_send_request(state, head) : write_request(state, head, end)))
        return false;
    h1send_begin_body(state, head, end || head->body == HTTP_BODY_NONE);
    state->is_head = slice_equal(head->method, slice_text("HEAD"));
    state->scan = (struct h1parse_scan){0};
    state->input_state = H1STATE_INPUT_HEAD;
    return true;
}

static bool write_request(struct h1state *state, const struct http_message *head, bool end) {
    struct http_message request = *head;
    request.keep_alive = !state->draining;
    if (end && request.body == HTTP_BODY_STREAM)
        request.body = HTTP_BODY_NONE;
    return h1write_request(&state->out, &request);
}

void h1back_release(struct h1state *state, enum reason reason) {
    bool is_complete = state->input_state == H1STATE_INPUT_DONE && state->output_state == H1STATE_OUTPUT_DONE;
    if (state->phase != H1STATE_OPEN)
        return;
    if (!is_complete || !state->keep_alive || state->peer_ended || state->write_failed)
        h1state_end(state, reason == REASON_NONE ? REASON_CLOSED : reason);
    state->input_state = H1STATE_INPUT_NONE;
    state->output_state = H1STATE_OUTPUT_NONE;
}

static bool step(struct h1state *state) {
    if (!state->stream_open)
        return step_between(state);
    if (state->write_failed && state->output_state != H1STATE_OUTPUT_SILENT &&
        state->output_state != H1STATE_OUTPUT_DONE) {
        give_up_sending(state);
        return true;
    }
    if (state->input_state == H1STATE_INPUT_HEAD && state->input.len > 0)
        return step_head(state);
    if (state->input_state == H1STATE_INPUT_NONE && state->input.len > 0) {
        h1state_end(state, REASON_BACKEND_MALFORMED);
        return true;
    }
    if (state->input_state == H1STATE_INPUT_NONE || state->input_state == H1STATE_INPUT_HEAD) {
        if (state->peer_ended)
            h1state_end(state, REASON_BACKEND_CLOSED);
        return state->peer_ended;
    }
    return step_body(state);
}

/* The backend no longer reads. Its answer may be on the way all the same (a 413, say), so the rest of the request is
 * taken and dropped. */
static void give_up_sending(struct h1state *state) {
    state->output_state = H1STATE_OUTPUT_SILENT;
    state->can_read = true;
    buf_fini(&state->out);
    state->wants_writable = false;
    state->stream.events->writable(state->stream.owner);
}

/* Nobody asked for anything: whatever comes now belongs to no request. */
static bool step_between(struct h1state *state) {
    bool is_sent = h1send_flush(state);
    if (state->peer_ended || state->input.len > 0 || state->write_failed) {
        h1state_end(state, state->input.len > 0 ? REASON_BACKEND_MALFORMED : REASON_CLOSED);
        return true;
    }
    if (state->draining) {
        h1state_close_softly(state, REASON_DRAINING, false);
        return true;
    }
    return is_sent && h1state_tell_idle(state);
}

/* Out of line, as its fields would be in the frame of every step. */
[[gnu::noinline]] static bool step_head(struct h1state *state) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message head = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct slice method = slice_text(state->is_head ? "HEAD" : "GET");
    struct h1parse_result result = h1parse_answer(state->input, method, &state->limits, &state->scan, &head);
    switch (result.status) {
    case H1PARSE_MORE:
        if (state->peer_ended)
            h1state_end(state, REASON_BACKEND_CLOSED);
        return state->peer_ended;
    case H1PARSE_BAD:
        h1state_end(state, result.reason);
        return true;
    case H1PARSE_DONE:
        break;
    }
    return take_head(state, &head, result.used_bytes);
}

/* 101 ends HTTP on this connection: only who was asked for that may say so. */
static bool take_head(struct h1state *state, struct http_message *head, size_t head_bytes) {
    bool was_asked = state->upgrading;
    if (head->status == 101 && !h1upgrade_take_answer(state, head)) {
        h1state_end(state, was_asked ? REASON_BACKEND_UPGRADE : REASON_BACKEND_MALFORMED);
        return true;
    }
    h1state_consume(state, head_bytes);
    state->scan = (struct h1parse_scan){0};
    if (head->status >= 200) {
        state->upgrading = false;
        bool has_none = state->is_head || http_status_has_no_body(head->status, (struct slice){0});
        h1body_begin(state, head, has_none);
        state->keep_alive = head->keep_alive;
        state->news = true;
    }
    state->stream.events->head(state->stream.owner, head);
    return true;
}

/* What came of a body that breaks off is passed on before the failure. */
static bool step_body(struct h1state *state) {
    if (h1body_has_news(state)) {
        state->news = false;
        state->stream.events->readable(state->stream.owner);
        return true;
    }
    if (state->body_reason != REASON_NONE) {
        h1state_end(state, state->body_reason == REASON_MEMORY ? REASON_MEMORY : REASON_BACKEND_MALFORMED);
        return true;
    }
    if (state->peer_ended && state->input_state != H1STATE_INPUT_DONE && state->input.len == 0 && !state->end_seen) {
        h1state_end(state, REASON_BACKEND_CLOSED);
        return true;
    }
    return false;
}
