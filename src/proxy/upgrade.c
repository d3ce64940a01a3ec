/* Each direction is a body without a known length: what one side cannot take is not read from the other. */
#include "proxy/upgrade.h"

#include "proxy/exchangeend.h"
#include "proxy/forward.h"

static void upgrade_forth(void *owner);
static void upgrade_back(void *owner);
static void upgrade_on_front_failed(void *owner, enum reason reason);
static void upgrade_on_back_failed(void *owner, enum reason reason);
static bool upgrade_carry(struct http_stream *from, struct http_stream *to, uint64_t *bytes, bool *moved);
static void upgrade_moved(struct exchange *exchange);

static const struct http_stream_events upgrade_front_events = {
    .readable = upgrade_forth,
    .writable = upgrade_back,
    .failed = upgrade_on_front_failed,
};

static const struct http_stream_events upgrade_back_events = {
    .readable = upgrade_back,
    .writable = upgrade_forth,
    .failed = upgrade_on_back_failed,
};

void upgrade_begin(struct exchange *exchange, const struct http_message *head) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message answer;
    forward_answer(head, fields, &answer);
    exchange->status = head->status;
    exchange->answer_begun = true;
    exchange->is_upgraded = true;
    exchange->request_sent = false;
    if (!http_stream_send_head(exchange->front, &answer, false)) {
        exchange->reason = REASON_UPGRADE_EARLY;
        exchangeend_end(exchange);
        return;
    }
    http_stream_own(exchange->front, &upgrade_front_events, exchange);
    http_stream_own(exchange->back, &upgrade_back_events, exchange);
    upgrade_moved(exchange);
    http_conn_flush(exchange->front->conn);
}

static void upgrade_forth(void *owner) {
    struct exchange *exchange = owner;
    bool moved = false;
    if (exchange->over || exchange->request_sent)
        return;
    exchange->request_sent = upgrade_carry(exchange->front, exchange->back, &exchange->in_bytes, &moved);
    if (moved)
        upgrade_moved(exchange);
    http_conn_flush(exchange->back->conn);
    if (!exchange->over && exchange->request_sent && exchange->answer_sent)
        exchangeend_finish(exchange);
}

static void upgrade_back(void *owner) {
    struct exchange *exchange = owner;
    bool moved = false;
    if (exchange->over || exchange->answer_sent)
        return;
    exchange->answer_sent = upgrade_carry(exchange->back, exchange->front, &exchange->out_bytes, &moved);
    if (moved)
        upgrade_moved(exchange);
    http_conn_flush(exchange->front->conn);
    if (!exchange->over && exchange->request_sent && exchange->answer_sent)
        exchangeend_finish(exchange);
}

static void upgrade_on_front_failed(void *owner, enum reason reason) {
    (void)reason;
    struct exchange *exchange = owner;
    if (!exchange->over)
        exchangeend_abort(exchange, REASON_CLIENT_GONE);
}

static void upgrade_on_back_failed(void *owner, enum reason reason) {
    struct exchange *exchange = owner;
    if (!exchange->over)
        exchangeend_refuse(exchange,
                           reason_row(reason)->fault == REASON_FAULT_BACKEND ? reason : REASON_BACKEND_CLOSED);
}

/* Carries what can be carried now; true at the end of this direction. */
static bool upgrade_carry(struct http_stream *from, struct http_stream *to, uint64_t *bytes, bool *moved) {
    for (;;) {
        struct http_body_view view = http_stream_body(from);
        if (view.bytes.len == 0 && !view.end)
            return false;
        size_t taken = http_stream_send_body(to, view.bytes, view.end);
        if (taken > 0)
            http_stream_consume(from, taken);
        *bytes += taken;
        *moved = *moved || taken > 0 || view.end;
        if (taken < view.bytes.len)
            return false;
        if (view.end)
            return true;
    }
}

static void upgrade_moved(struct exchange *exchange) {
    exchangeend_wait(exchange, exchange->session->listener->timeouts.tunnel_ms);
}
