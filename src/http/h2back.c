/* The client side. What the server says that it has not processed may be tried again elsewhere, whatever the method
 * (RFC 9113 section 8.7). */
#include "http/h2back.h"

#include "http/h2send.h"
#include "http/h2stream.h"

static void on_head(struct h2stream *stream, const struct http_message *head, bool ends, enum reason reason);
static void begin_tunnel(struct h2stream *stream, struct http_message *answer);
static void begin_body(struct h2stream *stream, struct http_message *answer, bool ends);
static void on_malformed(struct h2stream *stream, enum reason reason);
static enum reason on_reset(uint32_t code);
static bool send_request(struct h2stream *stream, const struct http_message *request, bool end);

const struct h2state_kind h2back_kind = {
    .section = H2FIELDS_ANSWER,
    .head = on_head,
    .malformed = on_malformed,
    .reset = on_reset,
    .reason_protocol = REASON_BACKEND_PROTOCOL,
    .reason_gone = REASON_BACKEND_CLOSED,
};

unsigned h2back_capacity(const struct h2state *state) {
    bool is_open = state->phase == H2STATE_OPEN && state->drain == H2STATE_DRAIN_NONE && !state->broken &&
        !state->peer_ended && !state->write_failed && nghttp2_session_check_request_allowed(state->session);
    if (!is_open)
        return 0;
    uint32_t most = state->limits.streams;
    if (state->settings_known) {
        uint32_t allowed = nghttp2_session_get_remote_settings(state->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
        most = allowed < most ? allowed : most;
    }
    return most > state->stream_count ? most - state->stream_count : 0;
}

enum http_conn_upgrade h2back_can_upgrade(const struct h2state *state) {
    if (state->broken)
        return HTTP_CONN_UPGRADE_NO;
    if (!state->settings_known)
        return HTTP_CONN_UPGRADE_UNKNOWN;
    bool is_announced =
        nghttp2_session_get_remote_settings(state->session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
    return is_announced ? HTTP_CONN_UPGRADE_YES : HTTP_CONN_UPGRADE_NO;
}

bool h2back_send_head(struct h2stream *stream, const struct http_message *head, bool end) {
    bool is_bounded = !(end && head->body == HTTP_BODY_LENGTH && head->content_length > 0);
    stream->is_tunnel = http_message_upgrades(head);
    if (stream->id != 0 || stream->output_state != H2STATE_OUTPUT_HEAD || stream->failed_due || !is_bounded)
        return false;
    bool is_possible = stream->is_tunnel ? !end && h2back_can_upgrade(h2state_behind(stream)) == HTTP_CONN_UPGRADE_YES
                                         : head->body != HTTP_BODY_UNTIL_CLOSE;
    if (!is_possible)
        return false;
    stream->is_head = slice_equal(head->method, slice_text("HEAD"));
    stream->has_out_length = head->body == HTTP_BODY_LENGTH && !stream->is_tunnel;
    stream->out_left = head->content_length;
    return send_request(stream, head, end || (head->body == HTTP_BODY_NONE && !stream->is_tunnel));
}

void h2back_release(struct h2stream *stream, enum reason reason) {
    (void)reason;
    bool is_complete = stream->input_state == H2STATE_INPUT_DONE && stream->output_state >= H2STATE_OUTPUT_ENDING;
    if (!is_complete)
        h2send_reset(stream, NGHTTP2_CANCEL);
    h2stream_disown(stream);
}

static void on_head(struct h2stream *stream, const struct http_message *head, bool ends, enum reason reason) {
    if (reason != REASON_NONE) {
        on_malformed(stream, reason);
        return;
    }
    struct http_message answer = *head;
    bool is_final = head->status >= 200, is_success = is_final && head->status < 300;
    bool is_bodyless = stream->is_head || http_status_has_no_body(head->status, (struct slice){0});
    if (stream->is_tunnel && is_success && !ends && head->body == HTTP_BODY_STREAM) {
        begin_tunnel(stream, &answer);
    } else if (stream->is_tunnel && is_success) {
        h2send_reset(stream, NGHTTP2_PROTOCOL_ERROR);
        h2stream_fail(stream, REASON_BACKEND_UPGRADE);
        return;
    } else if (is_final && ends && !is_bodyless && head->content_length > 0) {
        on_malformed(stream, REASON_CONTENT_LENGTH);
        return;
    } else if (is_final) {
        begin_body(stream, &answer, ends);
    }
    stream->stream.events->head(stream->stream.owner, &answer);
}

/* From here each direction is a body that its sender's end ends. */
static void begin_tunnel(struct h2stream *stream, struct http_message *answer) {
    answer->status = 101;
    answer->upgrade = slice_text("websocket");
    answer->body = HTTP_BODY_NONE;
    stream->input_state = H2STATE_INPUT_BODY;
}

/* To HEAD and with 304, `body` says what a GET would have brought, and nothing comes. */
static void begin_body(struct h2stream *stream, struct http_message *answer, bool ends) {
    bool is_bodyless = stream->is_head || http_status_has_no_body(answer->status, (struct slice){0});
    if (stream->is_head && answer->body == HTTP_BODY_NONE && answer->status != 204 && answer->status != 304)
        answer->body = HTTP_BODY_STREAM;
    stream->is_tunnel = false;
    stream->has_length = is_bodyless || answer->body == HTTP_BODY_LENGTH;
    stream->in_left = is_bodyless ? 0 : answer->content_length;
    stream->input_state = ends ? H2STATE_INPUT_DONE : H2STATE_INPUT_BODY;
    if (ends) {
        stream->readable_due = true;
        h2state_tell(stream);
    }
}

static void on_malformed(struct h2stream *stream, enum reason reason) {
    bool is_large = reason == REASON_REQUEST_FIELDS_TOO_LARGE;
    h2send_reset(stream, NGHTTP2_PROTOCOL_ERROR);
    stream->input_state = H2STATE_INPUT_DONE;
    h2stream_fail(stream,
                  reason == REASON_MEMORY ? REASON_MEMORY
                      : is_large          ? REASON_BACKEND_TOO_LARGE
                                          : REASON_BACKEND_MALFORMED);
}

static enum reason on_reset(uint32_t code) {
    return code == NGHTTP2_REFUSED_STREAM ? REASON_BACKEND_REFUSED : REASON_BACKEND_RESET;
}

/* Out of line, as its lines would be in the frame of every caller. */
[[gnu::noinline]] static bool send_request(struct h2stream *stream, const struct http_message *request, bool end) {
    struct h2write_lines lines;
    bool is_sent = h2write_request(&lines, request) && h2send_request(stream, &lines, end);
    h2write_fini(&lines);
    return is_sent;
}
