/* The server side. One request at a time: the next head is looked at when the stream of the one before is released
 * and its answer is sent. */
#include "http/h1front.h"

#include "http/h1body.h"
#include "http/h1send.h"
#include "http/h1upgrade.h"
#include "http/h1write.h"

static bool step(struct h1state *state);
static bool step_exchange(struct h1state *state);
static bool step_between(struct h1state *state);
static bool step_discard(struct h1state *state);
static bool step_idle(struct h1state *state);
static bool read_head(struct h1state *state);
static void begin_exchange(struct h1state *state, struct http_message *head, size_t head_bytes);
static bool wait_for_head(struct h1state *state);
static bool gather_refusal(struct h1state *state, enum reason reason);
static void break_exchange(struct h1state *state, enum reason reason);
static struct http_message answer_as_sent(struct h1state *state, const struct http_message *head, bool end);

const struct h1state_kind h1front_kind = {.step = step};

/* Framing and connection fields are ours: a body without a known length is chunked for HTTP/1.1 and ends by close
 * for HTTP/1.0, and the connection is kept when request, drain and framing allow it. A client whose 100 was never
 * sent may or may not send its body, so that connection ends. */
bool h1front_send_head(struct h1state *state, const struct http_message *head, bool end) {
    if (state->phase != H1STATE_OPEN || state->output_state != H1STATE_OUTPUT_HEAD)
        return false;
    if (head->status == 101)
        return h1upgrade_send_answer(state, head);
    if (head->status < 200)
        return state->version_minor == 0 || h1write_answer(&state->out, head);
    bool is_bodyless = state->is_head || http_status_has_no_body(head->status, (struct slice){0});
    if (end && !is_bodyless && head->body == HTTP_BODY_LENGTH && head->content_length > 0)
        return false;
    struct http_message answer = answer_as_sent(state, head, end && !is_bodyless);
    if (!h1write_answer(&state->out, &answer))
        return false;
    state->keep_alive = answer.keep_alive;
    state->upgrading = false;
    h1send_begin_body(state, &answer, end);
    if (is_bodyless && !end)
        state->output_state = H1STATE_OUTPUT_SILENT;
    return true;
}

/* Whoever asks for the body of a client that waits for 100 (RFC 9110 section 10.1.1) thereby tells it to send. */
struct http_body_view h1front_body(struct h1state *state) {
    bool sends_continue = state->expect_pending && state->output_state == H1STATE_OUTPUT_HEAD && state->input.len == 0;
    state->expect_pending = state->expect_pending && state->output_state != H1STATE_OUTPUT_HEAD;
    if (sends_continue && buf_append_text(&state->out, "HTTP/1.1 100 Continue\r\n\r\n"))
        h1send_flush(state);
    return h1body_view(state);
}

void h1front_release(struct h1state *state, enum reason reason) {
    if (state->phase == H1STATE_OPEN && state->output_state != H1STATE_OUTPUT_DONE) {
        h1send_flush(state);
        h1state_end(state, reason == REASON_NONE ? REASON_CLOSED : reason);
    }
    state->discarding = state->input_state != H1STATE_INPUT_DONE;
    state->dropped_bytes = 0;
}

void h1front_refuse(struct h1state *state, enum reason reason) {
    if (gather_refusal(state, reason))
        h1state_close_softly(state, reason, true);
    else
        h1state_end(state, reason);
    state->input = (struct slice){0};
    state->is_kept = false;
    buf_fini(&state->kept);
    state->conn.events->refused(state->conn.owner, reason);
}

static bool step(struct h1state *state) {
    if (state->write_failed) {
        h1state_end(state, state->stream_open ? REASON_CLIENT_GONE : REASON_CLOSED);
        return true;
    }
    return state->stream_open ? step_exchange(state) : step_between(state);
}

/* A client that ends its direction after a complete request still gets its answer. */
static bool step_exchange(struct h1state *state) {
    if (state->upgrading && state->input.len > 0) {
        break_exchange(state, REASON_UPGRADE_EARLY);
        return true;
    }
    if (h1body_has_news(state)) {
        state->news = false;
        state->stream.events->readable(state->stream.owner);
        return true;
    }
    if (state->body_reason != REASON_NONE) {
        break_exchange(state, state->body_reason);
        return true;
    }
    if (state->peer_ended && state->input_state != H1STATE_INPUT_DONE && state->input.len == 0) {
        h1state_end(state, REASON_CLIENT_GONE);
        return true;
    }
    return false;
}

static bool step_between(struct h1state *state) {
    if (!h1send_flush(state))
        return false;
    if (state->write_failed)
        return true;
    if (!state->keep_alive) {
        h1state_close_softly(state, REASON_CLOSED, state->discarding || state->input.len > 0);
        return true;
    }
    if (state->discarding)
        return step_discard(state);
    return state->input.len > 0 ? read_head(state) : step_idle(state);
}

/* Reads over the rest of a request that was answered early. */
static bool step_discard(struct h1state *state) {
    h1body_drop(state);
    if (state->input_state == H1STATE_INPUT_DONE) {
        h1body_fini(state);
        deadline_clear(loop_deadlines(state->loop), &state->deadline);
        state->discarding = false;
        return true;
    }
    if (state->dropped_bytes > H1STATE_LINGER_BYTES || state->body_reason != REASON_NONE || state->peer_ended) {
        h1state_close_softly(state, REASON_CLOSED, !state->peer_ended);
        return true;
    }
    if (!deadline_is_set(&state->deadline))
        deadline_set(loop_deadlines(state->loop), &state->deadline, loop_now_ms(state->loop) + H1STATE_LINGER_MS);
    return false;
}

static bool step_idle(struct h1state *state) {
    if (state->peer_ended || state->draining) {
        h1state_close_softly(state, state->peer_ended ? REASON_CLOSED : REASON_DRAINING, false);
        return true;
    }
    return h1state_tell_idle(state);
}

/* Out of line, as its fields would be in the frame of every step. */
[[gnu::noinline]] static bool read_head(struct h1state *state) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message head = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct h1parse_result result = h1parse_request(state->input, &state->limits, &state->scan, &head);
    switch (result.status) {
    case H1PARSE_MORE:
        return wait_for_head(state);
    case H1PARSE_BAD:
        h1front_refuse(state, result.reason);
        return true;
    case H1PARSE_DONE:
        break;
    }
    enum reason reason = head.upgrade.len > 0 ? h1upgrade_take_request(state, &head) : REASON_NONE;
    if (reason != REASON_NONE) {
        h1front_refuse(state, reason);
        return true;
    }
    begin_exchange(state, &head, result.used_bytes);
    state->conn.events->request(state->conn.owner, &state->stream, &head);
    return true;
}

static void begin_exchange(struct h1state *state, struct http_message *head, size_t head_bytes) {
    h1state_consume(state, head_bytes);
    h1body_begin(state, head, false);
    head->scheme = state->scheme;
    state->is_head = slice_equal(head->method, slice_text("HEAD"));
    state->version_minor = head->version_minor;
    state->keep_alive = head->keep_alive;
    state->expect_pending = head->expect_continue && state->input_state != H1STATE_INPUT_DONE;
    state->output_state = H1STATE_OUTPUT_HEAD;
    state->stream_open = true;
    state->idle_told = false;
    state->began_told = false;
    state->bulk = false;
    state->news = false;
}

static bool wait_for_head(struct h1state *state) {
    if (state->peer_ended) {
        h1state_end(state, REASON_CLOSED);
        return true;
    }
    if (!state->began_told) {
        state->began_told = true;
        state->conn.events->began(state->conn.owner);
    }
    return false;
}

/* A short answer that says why; nothing of the request is repeated in it. False when the reason has no status. */
static bool gather_refusal(struct h1state *state, enum reason reason) {
    const struct reason_row *row = reason_row(reason);
    struct http_field type = {.name = slice_text("Content-Type"), .value = slice_text("text/plain")};
    struct http_message answer = {.status = row->status, .body = HTTP_BODY_LENGTH, .fields = &type, .field_count = 1};
    answer.content_length = strlen(row->sentence) + 1;
    return h1write_answer(&state->out, &answer) && buf_append_text(&state->out, row->sentence) &&
        buf_append_byte(&state->out, '\n');
}

/* The request's body broke HTTP. The client is told, unless an answer has begun. */
static void break_exchange(struct h1state *state, enum reason reason) {
    if (state->output_state == H1STATE_OUTPUT_HEAD && gather_refusal(state, reason))
        h1state_close_softly(state, reason, true);
    else
        h1state_end(state, reason);
    state->failed_told = true;
    state->stream.events->failed(state->stream.owner, reason);
}

/* The head with our framing; `ends`: its body is empty. */
static struct http_message answer_as_sent(struct h1state *state, const struct http_message *head, bool ends) {
    struct http_message answer = *head;
    bool has_no_length = head->body == HTTP_BODY_STREAM || head->body == HTTP_BODY_UNTIL_CLOSE;
    if (ends)
        answer.body = HTTP_BODY_NONE;
    else if (has_no_length)
        answer.body = state->version_minor > 0 ? HTTP_BODY_STREAM : HTTP_BODY_UNTIL_CLOSE;
    answer.keep_alive =
        state->keep_alive && !state->draining && !state->expect_pending && answer.body != HTTP_BODY_UNTIL_CLOSE;
    return answer;
}
