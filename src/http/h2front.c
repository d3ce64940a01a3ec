/* The server side. A request that breaks HTTP is answered and its stream ended; the connection goes on with the others
 * (RFC 9113 section 8.1.1), as often as h2guard allows. */
#include "http/h2front.h"

#include "http/h2send.h"
#include "http/h2stream.h"

static void on_head(struct h2stream *stream, const struct http_message *head, bool ends, enum reason reason);
static void begin_exchange(struct h2stream *stream, const struct http_message *head, bool ends);
static void refuse(struct h2stream *stream, enum reason reason);
static void on_malformed(struct h2stream *stream, enum reason reason);
static void count_malformed(struct h2state *state);
static enum reason on_reset(uint32_t code);
static bool send_interim(struct h2stream *stream, const struct http_message *head);
static bool send_answer(struct h2stream *stream, const struct http_message *answer, bool end);
static bool send_refusal(struct h2stream *stream, enum reason reason);
static void begin_tunnel(struct h2stream *stream);
static uint32_t code_of(enum reason reason);

const struct h2state_kind h2front_kind = {
    .section = H2FIELDS_REQUEST,
    .head = on_head,
    .malformed = on_malformed,
    .reset = on_reset,
    .reason_protocol = REASON_HTTP2_PROTOCOL,
    .reason_gone = REASON_CLIENT_GONE,
};

/* An ordinary answer of 2xx to a request that upgrades would tell the client that it has its tunnel (RFC 8441 section
 * 5), so it cannot be sent. */
bool h2front_send_head(struct h2stream *stream, const struct http_message *head, bool end) {
    if (stream->id == 0 || stream->output_state != H2STATE_OUTPUT_HEAD)
        return false;
    bool is_grant = head->status == 101, is_success = head->status >= 200 && head->status < 300;
    if (is_grant ? !stream->is_tunnel || end : stream->is_tunnel && is_success)
        return false;
    if (head->status < 200 && !is_grant)
        return send_interim(stream, head);
    bool is_bodyless = stream->is_head || (!is_grant && http_status_has_no_body(head->status, (struct slice){0}));
    if (end && !is_bodyless && head->body == HTTP_BODY_LENGTH && head->content_length > 0)
        return false;
    stream->has_out_length = !is_bodyless && !is_grant && head->body == HTTP_BODY_LENGTH;
    stream->out_left = head->content_length;
    if (!send_answer(stream, head, end || is_bodyless))
        return false;
    if (is_bodyless && !end)
        stream->output_state = H2STATE_OUTPUT_SILENT;
    if (is_grant)
        begin_tunnel(stream);
    else
        stream->is_tunnel = false;
    return true;
}

/* Whoever asks for the body of a client that waits for 100 (RFC 9110 section 10.1.1) thereby tells it to send. */
struct http_body_view h2front_body(struct h2stream *stream) {
    bool sends_continue = stream->expect_pending && stream->output_state == H2STATE_OUTPUT_HEAD &&
        buf_len(&stream->in) + stream->passing.len == 0 && stream->id != 0;
    stream->expect_pending = false;
    if (sends_continue) {
        const struct http_message go_on = {.status = 100};
        if (send_interim(stream, &go_on))
            h2state_schedule(h2state_behind(stream));
    }
    return h2stream_view(stream);
}

/* The rest of a request that is answered already is not wanted (RFC 9113 section 8.1). */
void h2front_release(struct h2stream *stream, enum reason reason) {
    bool is_answered = stream->output_state >= H2STATE_OUTPUT_SILENT;
    if (!is_answered)
        h2send_reset(stream, code_of(reason));
    else if (stream->input_state != H2STATE_INPUT_DONE)
        h2send_reset_later(stream, NGHTTP2_NO_ERROR);
    h2stream_disown(stream);
}

static void on_head(struct h2stream *stream, const struct http_message *head, bool ends, enum reason reason) {
    if (reason == REASON_NONE)
        begin_exchange(stream, head, ends);
    else
        refuse(stream, reason);
}

static void begin_exchange(struct h2stream *stream, const struct http_message *head, bool ends) {
    struct h2state *state = h2state_behind(stream);
    struct http_message request = *head;
    request.scheme = state->scheme;
    stream->is_tunnel = http_message_upgrades(head);
    stream->input_state = ends ? H2STATE_INPUT_DONE : stream->is_tunnel ? H2STATE_INPUT_HELD : H2STATE_INPUT_BODY;
    stream->has_length = head->body == HTTP_BODY_LENGTH;
    stream->in_left = head->content_length;
    stream->is_head = slice_equal(head->method, slice_text("HEAD"));
    stream->expect_pending = head->expect_continue && !ends;
    state->conn.events->request(state->conn.owner, &stream->stream, &request);
}

/* Nobody has seen the request yet, so only the conn's owner hears of it. */
static void refuse(struct h2stream *stream, enum reason reason) {
    struct h2state *state = h2state_behind(stream);
    stream->input_state = H2STATE_INPUT_DONE;
    if (send_refusal(stream, reason))
        h2send_reset_later(stream, NGHTTP2_PROTOCOL_ERROR);
    else
        h2send_reset(stream, NGHTTP2_PROTOCOL_ERROR);
    h2stream_disown(stream);
    count_malformed(state);
    state->conn.events->refused(state->conn.owner, reason);
}

/* The client is told, unless an answer has begun. */
static void on_malformed(struct h2stream *stream, enum reason reason) {
    stream->input_state = H2STATE_INPUT_DONE;
    if (stream->output_state == H2STATE_OUTPUT_HEAD && send_refusal(stream, reason))
        h2send_reset_later(stream, NGHTTP2_PROTOCOL_ERROR);
    else
        h2send_reset(stream, NGHTTP2_PROTOCOL_ERROR);
    count_malformed(h2state_behind(stream));
    h2stream_fail(stream, reason);
}

static void count_malformed(struct h2state *state) {
    enum reason reason = h2guard_note(&state->guard, &state->limits, H2GUARD_MALFORMED, loop_now_ms(state->loop));
    if (reason != REASON_NONE && state->end_reason == REASON_NONE)
        state->end_reason = reason;
}

static enum reason on_reset(uint32_t code) {
    (void)code;
    return REASON_CLIENT_GONE;
}

[[gnu::noinline]] static bool send_interim(struct h2stream *stream, const struct http_message *head) {
    struct h2write_lines lines;
    bool is_sent = h2write_answer(&lines, head) && h2send_interim(stream, &lines);
    h2write_fini(&lines);
    return is_sent;
}

/* Out of line, as its lines would be in the frame of every caller. */
[[gnu::noinline]] static bool send_answer(struct h2stream *stream, const struct http_message *answer, bool end) {
    struct h2write_lines lines;
    bool is_sent = h2write_answer(&lines, answer) && h2send_answer(stream, &lines, end);
    h2write_fini(&lines);
    return is_sent;
}

/* A short answer that says why; nothing of the request is repeated in it. False when the reason has no status. */
static bool send_refusal(struct h2stream *stream, enum reason reason) {
    const struct reason_row *row = reason_row(reason);
    struct http_field type = {.name = slice_text("content-type"), .value = slice_text("text/plain")};
    struct http_message answer = {.status = row->status, .body = HTTP_BODY_LENGTH, .fields = &type, .field_count = 1};
    struct slice sentence = slice_text(row->sentence);
    answer.content_length = sentence.len;
    if (row->status == 0 || !send_answer(stream, &answer, stream->is_head))
        return false;
    return stream->is_head || h2send_body(stream, sentence, true) == sentence.len;
}

/* From here each direction is a body that its sender's end ends. */
static void begin_tunnel(struct h2stream *stream) {
    stream->has_length = false;
    if (stream->input_state == H2STATE_INPUT_HELD)
        stream->input_state = H2STATE_INPUT_BODY;
}

/* What a client is told of a stream that we end without its answer (RFC 9113 section 7). */
static uint32_t code_of(enum reason reason) {
    if (reason == REASON_DRAINING)
        return NGHTTP2_REFUSED_STREAM;
    return reason_row(reason)->fault == REASON_FAULT_CLIENT ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR;
}
