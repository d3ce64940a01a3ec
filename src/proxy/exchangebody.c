/* Each side's body goes to the other as far as that takes it. Every handler ends with a flush, because a flush may end
 * the exchange. */
#include "proxy/exchangebody.h"

#include "proxy/exchangeend.h"
#include "proxy/forward.h"
#include "proxy/pacing.h"

static bool exchangebody_push_trailers(struct exchange *exchange, const struct http_message *trailers);
static bool exchangebody_is_too_large(const struct exchange *exchange);
static bool exchangebody_push_request_once(struct exchange *exchange);
static bool exchangebody_push_answer_once(struct exchange *exchange, bool *finished);
static void exchangebody_on_front_readable(void *owner);
static void exchangebody_on_front_writable(void *owner);
static void exchangebody_on_front_failed(void *owner, enum reason reason);

void exchangebody_push_request(struct exchange *exchange) {
    if (exchange->over || !exchange->back || exchange->request_sent)
        return;
    while (exchangebody_push_request_once(exchange))
        continue;
    if (exchange->over)
        return;
    if (exchange->request_sent && !exchange->answer_begun)
        exchangeend_wait(exchange, exchange->route->backend->response_timeout_ms);
    http_conn_flush(pool_http(exchange->conn));
}

void exchangebody_push_answer(struct exchange *exchange) {
    bool finished = false;
    if (exchange->over || !exchange->answer_begun || !exchange->back)
        return;
    while (exchangebody_push_answer_once(exchange, &finished))
        continue;
    if (finished)
        exchangeend_finish(exchange);
    else
        http_conn_flush(exchange->front->conn);
}

const struct http_stream_events exchangebody_front_events = {
    .readable = exchangebody_on_front_readable,
    .writable = exchangebody_on_front_writable,
    .failed = exchangebody_on_front_failed,
};

static bool exchangebody_push_trailers(struct exchange *exchange, const struct http_message *trailers) {
    struct http_message copy;
    if (!http_message_copy(&exchange->arena, trailers, &copy, 0)) {
        exchangeend_refuse(exchange, REASON_MEMORY);
        return false;
    }
    enum reason reason = forward_trailers(&copy, exchange->route);
    if (reason == REASON_NONE && !http_stream_send_trailers(exchange->back, &copy))
        reason = REASON_REQUEST_FIELDS_TOO_LARGE;
    if (reason == REASON_NONE)
        return true;
    exchangeend_refuse(exchange, reason);
    return false;
}

static bool exchangebody_is_too_large(const struct exchange *exchange) {
    uint64_t max = exchange->session->listener->body_max_bytes;
    return max && exchange->in_bytes > max;
}

/* Carries one run of the body. False when nothing more can be done now, or the exchange was refused. */
static bool exchangebody_push_request_once(struct exchange *exchange) {
    struct http_body_view view = http_stream_body(exchange->front);
    bool plain_end = view.end && !view.trailers;
    if (view.bytes.len == 0 && !view.end)
        return false;
    size_t taken = http_stream_send_body(exchange->back, view.bytes, plain_end);
    if (taken > 0) {
        http_stream_consume(exchange->front, taken);
        exchange->body_taken = true;
        exchange->in_bytes += taken;
    }
    pacing_carried(exchange, taken, taken == view.bytes.len);
    if (exchangebody_is_too_large(exchange)) {
        exchangeend_refuse(exchange, REASON_BODY_TOO_LARGE);
        return false;
    }
    if (taken < view.bytes.len)
        return false;
    if (view.end && view.trailers && !exchangebody_push_trailers(exchange, view.trailers))
        return false;
    exchange->request_sent = view.end;
    return !view.end;
}

/* Carries one run of the answer's body. False when nothing more can be done now. */
static bool exchangebody_push_answer_once(struct exchange *exchange, bool *finished) {
    struct http_body_view view = http_stream_body(exchange->back);
    bool plain_end = view.end && !view.trailers;
    if (view.bytes.len == 0 && !view.end)
        return false;
    size_t taken = http_stream_send_body(exchange->front, view.bytes, plain_end);
    if (taken > 0) {
        http_stream_consume(exchange->back, taken);
        exchange->out_bytes += taken;
    }
    bool is_blocked = taken < view.bytes.len;
    pacing_carried(exchange, taken, is_blocked);
    if (is_blocked)
        return false;
    *finished = view.end;
    if (view.end && view.trailers && !http_stream_send_trailers(exchange->front, view.trailers))
        exchange->reason = REASON_BACKEND_TOO_LARGE;
    return !view.end;
}

static void exchangebody_on_front_readable(void *owner) {
    exchangebody_push_request(owner);
}

static void exchangebody_on_front_writable(void *owner) {
    exchangebody_push_answer(owner);
}

static void exchangebody_on_front_failed(void *owner, enum reason reason) {
    struct exchange *exchange = owner;
    if (exchange->over)
        return;
    if (reason_row(reason)->status && reason != REASON_CLIENT_GONE)
        exchangeend_refuse(exchange, reason);
    else
        exchangeend_abort(exchange, REASON_CLIENT_GONE);
}
