/* How nghttp2 is set up. It keeps to the frames and their states; what messages mean, when window is returned, and
 * what is too much, is ours. */
#include "http/h2session.h"

#include "http/h2receive.h"
#include "http/h2send.h"

static bool make(struct h2state *state, nghttp2_session_callbacks *callbacks, nghttp2_option *option);
static void set_options(const struct h2state *state, nghttp2_option *option);
static bool introduce(struct h2state *state);

bool h2session_start(struct h2state *state) {
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *option = NULL;
    bool is_made = nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0 &&
        make(state, callbacks, option) && introduce(state);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    return is_made;
}

void h2session_drain(struct h2state *state) {
    int error = 0;
    if (state->drain == H2STATE_DRAIN_ASKED) {
        error = nghttp2_submit_shutdown_notice(state->session);
        state->drain = H2STATE_DRAIN_NOTICED;
        deadline_set(loop_deadlines(state->loop), &state->deadline, loop_now_ms(state->loop) + H2STATE_DRAIN_MS);
    } else if (state->drain == H2STATE_DRAIN_KNOWN) {
        int32_t last = nghttp2_session_get_last_proc_stream_id(state->session);
        error = nghttp2_submit_goaway(state->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0);
        state->drain = H2STATE_DRAIN_SAID;
        deadline_clear(loop_deadlines(state->loop), &state->deadline);
    }
    if (error != 0)
        h2state_end(state, REASON_MEMORY);
}

static bool make(struct h2state *state, nghttp2_session_callbacks *callbacks, nghttp2_option *option) {
    h2receive_set_callbacks(callbacks);
    h2send_set_callbacks(callbacks);
    set_options(state, option);
    int error = state->kind->section == H2FIELDS_REQUEST
        ? nghttp2_session_server_new2(&state->session, callbacks, state, option)
        : nghttp2_session_client_new2(&state->session, callbacks, state, option);
    return error == 0;
}

/* no_http_messaging: heads are read by h2fields, which is stricter and knows why. The limits that nghttp2 has of its
 * own stand behind ours. */
static void set_options(const struct h2state *state, nghttp2_option *option) {
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_http_messaging(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, H2STATE_QUEUED_MAX);
    nghttp2_option_set_max_continuations(option, (size_t)state->limits.continuations + 1);
    nghttp2_option_set_peer_max_concurrent_streams(option, state->limits.streams);
}

/* Window is announced beyond what the protocol starts with (RFC 9113 section 6.9.2). Priorities of RFC 7540 are
 * declined: they cost more than they bring. */
static bool introduce(struct h2state *state) {
    bool is_front = state->kind->section == H2FIELDS_REQUEST;
    const nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, state->limits.stream_window_bytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)state->head_limits.head_bytes},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
        {is_front ? NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS : NGHTTP2_SETTINGS_ENABLE_PUSH,
         is_front ? state->limits.streams : 0},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
    };
    size_t count = sizeof entries / sizeof entries[0] - (is_front ? 0 : 1);
    state->settings_sent_ms = loop_now_ms(state->loop);
    return nghttp2_submit_settings(state->session, NGHTTP2_FLAG_NONE, entries, count) == 0 &&
        nghttp2_session_set_local_window_size(state->session, NGHTTP2_FLAG_NONE, 0,
                                              (int32_t)state->limits.window_bytes) == 0;
}
