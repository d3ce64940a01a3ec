/* Every way in which an exchange comes to its end, and the deadline that brings one. */
#include "proxy/exchangeend.h"

#include "proxy/account.h"
#include "proxy/answer.h"
#include "proxy/grpc.h"
#include "proxy/pacing.h"
#include "proxy/page.h"
#include "upstream/health.h"

static void exchangeend_drop_backend(struct exchange *exchange, enum reason reason);
static enum reason exchangeend_waits_for(const struct exchange *exchange);
static bool exchangeend_answer_refusal(struct exchange *exchange, enum reason reason);

void exchangeend_end(struct exchange *exchange) {
    struct session *session = exchange->session;
    struct session_room *room = session->room;
    exchange->over = true;
    account_exchange(exchange);
    counters_add(room->counters, COUNTER_REQUESTS_NOW, -1);
    room->requests--;
    deadline_clear(loop_deadlines(room->loop), &exchange->deadline);
    deadline_clear(loop_deadlines(room->loop), &exchange->call_deadline);
    passwords_end(&exchange->check);
    queue_leave(&exchange->place);
    exchangeend_drop_backend(exchange, exchange->reason);
    list_remove(&exchange->link);
    snapshot_unref(&exchange->snapshot);
    loop_defer(room->loop, &exchange->bury);
    if (!session->is_swept)
        session_wait(session, session->listener->timeouts.body_idle_ms);
    http_stream_release(&exchange->front, exchange->reason);
}

void exchangeend_abort(struct exchange *exchange, enum reason reason) {
    exchange->reason = reason;
    if (exchange->status == 0)
        exchange->status = reason_row(REASON_CLIENT_GONE)->status;
    exchangeend_end(exchange);
}

void exchangeend_finish(struct exchange *exchange) {
    http_conn_flush(exchange->front->conn);
    if (!exchange->over)
        exchangeend_end(exchange);
}

void exchangeend_refuse(struct exchange *exchange, enum reason reason) {
    exchange->reason = reason;
    if (exchange->answer_begun) {
        exchangeend_end(exchange);
        return;
    }
    if (session_check(exchange->session) != REASON_NONE) /* whoever may ask for nothing more has no use for it */
        http_conn_drain(exchange->front->conn);
    exchange->status = answer_status(reason);
    if (exchangeend_answer_refusal(exchange, reason)) {
        exchange->answer_begun = true;
        exchangeend_finish(exchange);
        return;
    }
    exchangeend_end(exchange);
}

void exchangeend_wait(struct exchange *exchange, int64_t wait_ms) {
    pacing_wait(exchange, wait_ms);
}

void exchangeend_expired(struct deadline *deadline) {
    struct exchange *exchange = list_entry(deadline, struct exchange, deadline);
    enum reason reason = exchangeend_waits_for(exchange);
    int64_t now_ms = loop_now_ms(exchange->room->loop);
    if (exchange->server && (reason == REASON_BACKEND_TIMEOUT || reason == REASON_BACKEND_STALLED))
        health_failed(exchange->server, exchange->route->backend, now_ms);
    if (exchange->total_end_ms > 0 && now_ms >= exchange->total_end_ms)
        reason = REASON_BACKEND_TOTAL_TIMEOUT;
    exchangeend_refuse(exchange, reason);
}

void exchangeend_call_expired(struct deadline *deadline) {
    exchangeend_refuse(list_entry(deadline, struct exchange, call_deadline), REASON_CALL_TIMEOUT);
}

void exchangeend_count(struct exchange *exchange, enum counter counter) {
    counters_add(exchange->session->room->counters, counter, 1);
}

static void exchangeend_drop_backend(struct exchange *exchange, enum reason reason) {
    pool_cancel(&exchange->attempt);
    http_stream_release(&exchange->back, reason);
    if (reason == REASON_BACKEND_TIMEOUT || reason == REASON_BACKEND_STALLED) /* others would wait for it, too */
        pool_drop(&exchange->conn);
    else if (exchange->conn)
        pool_give(&exchange->conn, exchange->route->backend);
    server_drop(&exchange->server);
    server_release(&exchange->failed);
}

/* Who keeps the exchange waiting: the checker, the client's body, the backend's answer, or the client's reading. */
static enum reason exchangeend_waits_for(const struct exchange *exchange) {
    bool is_slow = pacing_is_too_slow(exchange);
    if (passwords_waits(&exchange->check))
        return REASON_PASSWORD_CHECKER;
    if (queue_waits(&exchange->place))
        return REASON_BACKEND_QUEUE_TIMEOUT;
    if (exchange->is_upgraded)
        return REASON_TUNNEL_IDLE;
    if (exchange->answer_begun && http_stream_body(exchange->back).bytes.len > 0)
        return is_slow ? REASON_CLIENT_TOO_SLOW : REASON_CLIENT_STALLED;
    if (exchange->answer_begun)
        return REASON_BACKEND_STALLED;
    if (!exchange->request_sent && http_stream_body(exchange->front).bytes.len == 0)
        return is_slow ? REASON_BODY_TOO_SLOW : REASON_BODY_TIMEOUT;
    return REASON_BACKEND_TIMEOUT;
}

/* A page for people where the host asks for it; else the short text that programs read. */
static bool exchangeend_answer_refusal(struct exchange *exchange, enum reason reason) {
    const struct plan_host *host = exchange->session->host;
    struct slice accepted = http_message_find(&exchange->request, slice_text("accept"));
    struct page page = {.help_link = host->help_link, .is_html = page_accepts_html(accepted)};
    bool is_page = host->refuses_by_page && exchange->status == 403;
    const struct answer answer = {
        .reason = reason,
        .id = exchange->id,
        .method = exchange->request.method,
        .retry_after_ms = reason == exchange->verdict.reason ? exchange->verdict.retry_after_ms : 0,
        .realm = exchange->status == 401 ? exchange->password->realm : NULL,
        .page = is_page ? &page : NULL,
        .is_grpc = exchange->session->is_http2 && grpc_is_request(&exchange->request),
    };
    return answer_send(exchange->front, &answer);
}
