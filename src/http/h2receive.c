/* The incoming side. Each callback of nghttp2 looks up its stream by itself; one that its owner has released only
 * gets its credit counted. */
#include "http/h2receive.h"

#include "http/h2stream.h"

/* A head may be so many times larger than allowed before it ends the connection: below, the request alone is refused
 * (RFC 9113 section 10.5.1). */
enum { HEAD_BOMB_FACTOR = 4 };

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head, void *context);
static enum reason count_frame(struct h2state *state, const nghttp2_frame_hd *head);
static enum reason count_head(struct h2state *state, const nghttp2_frame_hd *head);
static enum reason note(struct h2state *state, enum h2guard_kind kind);
static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *context);
static struct h2stream *begin_stream(struct h2state *state, int32_t id);
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name, nghttp2_rcbuf *value,
                     uint8_t flags, void *context);
static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context);
static int take_frame(struct h2state *state, const nghttp2_frame *frame);
static void note_settings(struct h2state *state);
static void end_head(struct h2state *state, bool ends);
static void end_trailers(struct h2stream *stream, const struct http_message *trailers, bool ends, enum reason reason);
static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *context);
static enum reason early_reason(const struct h2stream *stream);
static void take_data(struct h2stream *stream, struct slice bytes);
static void end_body(struct h2stream *stream);
static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *context);
static bool is_given_up(const struct h2stream *stream);
static void tell_close(struct h2stream *stream, uint32_t code);
static bool is_over(const struct h2state *state);
static int give_up(struct h2state *state, enum reason reason);
static enum reason reason_of_error(const struct h2state *state, ssize_t error);

void h2receive_set_callbacks(nghttp2_session_callbacks *callbacks) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
}

bool h2receive(struct h2state *state, struct slice bytes) {
    state->receiving = true;
    ssize_t taken = nghttp2_session_mem_recv(state->session, bytes.data, bytes.len);
    state->receiving = false;
    if (taken >= 0)
        return true;
    if (state->end_reason == REASON_NONE)
        state->end_reason = reason_of_error(state, taken);
    return false;
}

/* --- what only costs us work --- */

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head, void *context) {
    (void)session;
    struct h2state *state = context;
    enum reason reason = count_frame(state, head);
    return reason == REASON_NONE ? 0 : give_up(state, reason);
}

static enum reason count_frame(struct h2state *state, const nghttp2_frame_hd *head) {
    bool is_ack = head->flags & NGHTTP2_FLAG_ACK;
    switch (head->type) {
    case NGHTTP2_DATA:
        return head->length == 0 && !(head->flags & NGHTTP2_FLAG_END_STREAM) ? note(state, H2GUARD_EMPTY_FRAME)
                                                                             : REASON_NONE;
    case NGHTTP2_HEADERS:
        return count_head(state, head);
    case NGHTTP2_CONTINUATION: {
        enum reason reason = head->length == 0 ? note(state, H2GUARD_EMPTY_FRAME) : REASON_NONE;
        return reason == REASON_NONE ? h2guard_continuation(&state->guard, &state->limits) : reason;
    }
    case NGHTTP2_SETTINGS:
        return is_ack ? REASON_NONE : note(state, H2GUARD_SETTINGS);
    case NGHTTP2_PING:
        return is_ack ? REASON_NONE : note(state, H2GUARD_PING);
    case NGHTTP2_WINDOW_UPDATE:
        return note(state, H2GUARD_WINDOW_UPDATE);
    case NGHTTP2_RST_STREAM:
    case NGHTTP2_GOAWAY:
    case NGHTTP2_PUSH_PROMISE:
        return REASON_NONE;
    default: /* PRIORITY, and extensions, which mean nothing here */
        return note(state, H2GUARD_PRIORITY);
    }
}

/* A head, and whether the peer may send one: it has to know our settings by now, and to keep to them. */
static enum reason count_head(struct h2state *state, const nghttp2_frame_hd *head) {
    int64_t now_ms = loop_now_ms(state->loop);
    h2guard_head(&state->guard);
    h2guard_asked(&state->guard);
    if (state->settings_sent_ms > 0 && now_ms - state->settings_sent_ms > H2STATE_SETTINGS_MS)
        return REASON_HTTP2_SETTINGS_TIMEOUT;
    bool is_new = state->kind->section == H2FIELDS_REQUEST &&
        head->stream_id > nghttp2_session_get_last_proc_stream_id(state->session) &&
        !nghttp2_session_find_stream(state->session, head->stream_id);
    if (is_new && state->live_count >= state->limits.streams && state->settings_sent_ms == 0)
        return REASON_HTTP2_STREAMS;
    return head->length == 0 ? note(state, H2GUARD_EMPTY_FRAME) : REASON_NONE;
}

static enum reason note(struct h2state *state, enum h2guard_kind kind) {
    return h2guard_note(&state->guard, &state->limits, kind, loop_now_ms(state->loop));
}

/* --- heads and trailers --- */

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *context) {
    struct h2state *state = context;
    int32_t id = frame->hd.stream_id;
    struct h2stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (!stream && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        stream = begin_stream(state, id);
    if (!state->fields)
        state->fields = h2fields_new(&state->head_limits);
    if (!stream || !state->fields)
        return give_up(state, REASON_MEMORY);
    state->reading = stream;
    bool is_head = stream->input_state == H2STATE_INPUT_HEAD;
    h2fields_begin(state->fields, is_head ? state->kind->section : H2FIELDS_TRAILERS);
    return 0;
}

static struct h2stream *begin_stream(struct h2state *state, int32_t id) {
    struct h2stream *stream = h2stream_new(state);
    if (!stream)
        return NULL;
    h2stream_begun(stream, id);
    nghttp2_session_set_stream_user_data(state->session, id, stream);
    return stream;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name, nghttp2_rcbuf *value,
                     uint8_t flags, void *context) {
    (void)session, (void)frame;
    struct h2state *state = context;
    if (!state->reading)
        return 0;
    nghttp2_vec name_bytes = nghttp2_rcbuf_get_buf(name), value_bytes = nghttp2_rcbuf_get_buf(value);
    h2fields_add(state->fields, slice_of(name_bytes.base, name_bytes.len), slice_of(value_bytes.base, value_bytes.len),
                 flags & NGHTTP2_NV_FLAG_NO_INDEX);
    if (state->fields->size_bytes > HEAD_BOMB_FACTOR * state->head_limits.head_bytes)
        return give_up(state, REASON_HTTP2_HEAD_BYTES);
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context) {
    (void)session;
    struct h2state *state = context;
    int result = take_frame(state, frame);
    return is_over(state) ? NGHTTP2_ERR_CALLBACK_FAILURE : result;
}

static int take_frame(struct h2state *state, const nghttp2_frame *frame) {
    bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM, is_ack = frame->hd.flags & NGHTTP2_FLAG_ACK;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        if (state->reading)
            end_head(state, ends);
        break;
    case NGHTTP2_DATA: {
        struct h2stream *stream = nghttp2_session_get_stream_user_data(state->session, frame->hd.stream_id);
        if (ends && stream && stream->owned && stream->input_state < H2STATE_INPUT_DONE)
            end_body(stream);
        bool is_padding = frame->hd.length > 0 && frame->hd.length == frame->data.padlen;
        enum reason reason = is_padding && !ends ? note(state, H2GUARD_EMPTY_FRAME) : REASON_NONE;
        return reason == REASON_NONE ? 0 : give_up(state, reason);
    }
    case NGHTTP2_SETTINGS:
        if (is_ack)
            state->settings_sent_ms = 0;
        else
            note_settings(state);
        break;
    case NGHTTP2_PING:
        if (is_ack && state->drain == H2STATE_DRAIN_NOTICED)
            state->drain = H2STATE_DRAIN_KNOWN;
        break;
    default:
        break;
    }
    return 0;
}

/* Who wants to upgrade has waited to be told whether the server takes that. */
static void note_settings(struct h2state *state) {
    struct list *item, *following;
    bool is_news = !state->settings_known && state->kind->section == H2FIELDS_ANSWER;
    state->settings_known = true;
    if (!is_news)
        return;
    list_each_safe(item, following, &state->streams) {
        struct h2stream *stream = list_entry(item, struct h2stream, link);
        bool is_unsent = stream->owned && stream->id == 0 && stream->output_state == H2STATE_OUTPUT_HEAD;
        stream->writable_due |= is_unsent;
        if (is_unsent)
            h2state_tell(stream);
    }
}

static void end_head(struct h2state *state, bool ends) {
    struct h2stream *stream = state->reading;
    const struct http_message *message = NULL;
    state->reading = NULL;
    state->began_told = false;
    enum reason reason = h2fields_finish(state->fields, ends, &message);
    if (!stream->owned)
        return;
    if (stream->input_state == H2STATE_INPUT_HEAD)
        state->kind->head(stream, message, ends, reason);
    else
        end_trailers(stream, message, ends, reason);
}

/* RFC 9113 section 8.1: what comes behind a body ends the message. */
static void end_trailers(struct h2stream *stream, const struct http_message *trailers, bool ends, enum reason reason) {
    if (stream->input_state != H2STATE_INPUT_BODY)
        return;
    if (reason == REASON_NONE && !ends)
        reason = REASON_TRAILERS;
    if (reason == REASON_NONE && trailers->field_count > 0 && !h2stream_keep_trailers(&stream->trailers_in, trailers))
        reason = REASON_MEMORY;
    if (reason == REASON_NONE)
        end_body(stream);
    else
        h2state_behind(stream)->kind->malformed(stream, reason);
}

/* --- bodies --- */

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len,
                   void *context) {
    (void)flags;
    struct h2state *state = context;
    struct h2stream *stream = nghttp2_session_get_stream_user_data(session, id);
    bool is_wanted = stream && stream->owned && stream->input_state == H2STATE_INPUT_BODY && !stream->failed_due;
    if (is_wanted && (!stream->has_length || len <= stream->in_left)) {
        take_data(stream, slice_of(data, len));
        return is_over(state) ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
    }
    h2stream_refund(state, id, len);
    if (stream && stream->owned && stream->input_state != H2STATE_INPUT_DONE && !stream->failed_due)
        state->kind->malformed(stream, early_reason(stream));
    return is_over(state) ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* Why a piece of a body, or its end, may not come: there is too much of it, or it is too early. */
static enum reason early_reason(const struct h2stream *stream) {
    return stream->input_state == H2STATE_INPUT_HELD ? REASON_UPGRADE_EARLY : REASON_CONTENT_LENGTH;
}

/* The owner may pass the bytes on before they are copied. */
static void take_data(struct h2stream *stream, struct slice bytes) {
    stream->in_left -= stream->has_length ? bytes.len : 0;
    stream->passing = bytes;
    stream->readable_due = true;
    if (stream->stream.events && buf_len(&stream->in) == 0) {
        stream->readable_due = false;
        stream->stream.events->readable(stream->stream.owner);
    }
    if (!stream->owned || stream->passing.len == 0)
        return;
    if (!h2stream_keep_passing(stream))
        h2stream_fail(stream, REASON_MEMORY);
    if (stream->readable_due)
        h2state_tell(stream);
}

static void end_body(struct h2stream *stream) {
    if (stream->input_state != H2STATE_INPUT_BODY || (stream->has_length && stream->in_left > 0)) {
        h2state_behind(stream)->kind->malformed(stream, early_reason(stream));
        return;
    }
    stream->input_state = H2STATE_INPUT_DONE;
    stream->readable_due = true;
    h2state_tell(stream);
}

/* --- ends --- */

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *context) {
    struct h2state *state = context;
    struct h2stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (!stream)
        return 0;
    bool is_provoked = !stream->reset_by_us && (code != NGHTTP2_NO_ERROR || is_given_up(stream));
    tell_close(stream, code);
    h2stream_closed(stream);
    enum reason reason = is_provoked ? note(state, H2GUARD_RESET) : REASON_NONE;
    return reason == REASON_NONE ? 0 : give_up(state, reason);
}

/* A client that wants no answer any more has given its request up, whatever code it says. */
static bool is_given_up(const struct h2stream *stream) {
    return h2state_behind(stream)->kind->section == H2FIELDS_REQUEST && stream->output_state < H2STATE_OUTPUT_DONE;
}

/* A server that has said all, and wants to hear no more, is not at fault (RFC 9113 section 8.1): what else is sent is
 * dropped. */
static void tell_close(struct h2stream *stream, uint32_t code) {
    bool is_heard = stream->input_state == H2STATE_INPUT_DONE, is_said = stream->output_state >= H2STATE_OUTPUT_ENDING;
    if (is_heard && is_said && code == NGHTTP2_NO_ERROR)
        return;
    if (is_heard && code == NGHTTP2_NO_ERROR && !is_given_up(stream)) {
        stream->output_state = H2STATE_OUTPUT_SILENT;
        stream->writable_due = stream->wants_writable;
        stream->wants_writable = false;
        h2state_tell(stream);
        return;
    }
    h2stream_fail(stream, h2state_behind(stream)->kind->reset(code));
}

/* True when nothing more is to be read: an event or a count ended the connection. */
static bool is_over(const struct h2state *state) {
    return state->closed || state->end_reason != REASON_NONE;
}

/* Ends the connection from inside of nghttp2. */
static int give_up(struct h2state *state, enum reason reason) {
    if (state->end_reason == REASON_NONE)
        state->end_reason =
            state->kind->section == H2FIELDS_REQUEST || reason == REASON_MEMORY ? reason : state->kind->reason_protocol;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static enum reason reason_of_error(const struct h2state *state, ssize_t error) {
    bool is_front = state->kind->section == H2FIELDS_REQUEST;
    if (error == NGHTTP2_ERR_NOMEM)
        return REASON_MEMORY;
    if (error == NGHTTP2_ERR_FLOODED && is_front)
        return REASON_HTTP2_UNREAD;
    return state->kind->reason_protocol;
}
