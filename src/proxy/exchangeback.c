/* An attempt: a server, a connection to it, the request; and what comes back. */
#include "proxy/exchangeback.h"

#include "proxy/affinity.h"
#include "proxy/exchangebody.h"
#include "proxy/exchangeend.h"
#include "proxy/forward.h"
#include "proxy/pacing.h"
#include "proxy/scope.h"
#include "proxy/upgrade.h"
#include "upstream/balance.h"
#include "upstream/health.h"

/* More interim answers than any server has to say before its answer; they may wait for a client that does not read. */
enum { EXCHANGEBACK_INTERIMS_MAX = 16 };

static const struct http_stream_events exchangeback_events;

static void exchangeback_try(struct exchange *exchange);
static bool exchangeback_choose(struct exchange *exchange);
static void exchangeback_line_up(struct exchange *exchange, struct queue *queue);
static void exchangeback_attempt(struct exchange *exchange, struct server *server);
static bool exchangeback_may_retry(const struct exchange *exchange, enum reason reason, bool sent);
static void exchangeback_backend_failed(struct exchange *exchange, enum reason reason, bool sent, bool reused);
static bool exchangeback_has_body(const struct exchange *exchange);
static void exchangeback_send(struct exchange *exchange, struct pool_conn *conn);
static void exchangeback_send_upgrade(struct exchange *exchange);
static void exchangeback_send_head(struct exchange *exchange);
static void exchangeback_on_connected(void *owner, struct pool_conn *conn, const struct dial_facts *facts,
                                      enum reason reason);
static struct pool_scope *exchangeback_scope(const struct exchange *exchange);
static void exchangeback_connect(struct exchange *exchange);
static bool exchangeback_answer_ends_with_head(const struct exchange *exchange, const struct http_message *head);
static bool exchangeback_is_for_us(uint16_t status);
static void exchangeback_on_interim(struct exchange *exchange, const struct http_message *head);
static void exchangeback_on_head(void *owner, const struct http_message *head);
static void exchangeback_on_back_readable(void *owner);
static void exchangeback_on_back_writable(void *owner);
static void exchangeback_on_back_failed(void *owner, enum reason reason);

void exchangeback_begin(struct exchange *exchange) {
    struct backend *backend = exchange->route->backend;
    if (backend->total_timeout_ms > 0)
        exchange->total_end_ms = loop_now_ms(exchange->room->loop) + backend->total_timeout_ms;
    retrybudget_earn(&backend->retries);
    exchangeback_try(exchange);
}

/* Whoever comes while others wait goes behind them, whether there is room or not. */
static void exchangeback_try(struct exchange *exchange) {
    const struct backend *backend = exchange->route->backend;
    if (backend->server_count == 0) {
        exchangeend_refuse(exchange, REASON_BACKEND_UNRESOLVED);
        return;
    }
    struct queue *queue = backend->servers[0].server->queue;
    bool others_wait = queue->count > 0;
    if (others_wait || !exchangeback_choose(exchange))
        exchangeback_line_up(exchange, queue);
    if (others_wait)
        queue_stir(queue);
}

/* False when no server may be given the request now. */
static bool exchangeback_choose(struct exchange *exchange) {
    struct backend *backend = exchange->route->backend;
    struct balance_ask ask = {.avoid = exchange->failed, .client = &exchange->session->client};
    affinity_ask(backend, exchange->session->peer, &exchange->request, &ask);
    struct server *server = balance_pick(backend, &ask, loop_now_ms(exchange->room->loop));
    if (server)
        exchangeback_attempt(exchange, server);
    return server != NULL;
}

static void exchangeback_line_up(struct exchange *exchange, struct queue *queue) {
    struct backend *backend = exchange->route->backend;
    if (!balance_may_wait(backend))
        exchangeend_refuse(exchange, REASON_BACKEND_NONE);
    else if (queue_join(queue, &exchange->place, exchange->room->loop, backend->queue.max))
        exchangeend_wait(exchange, backend->queue.timeout_ms);
    else
        exchangeend_refuse(exchange, REASON_BACKEND_QUEUE_FULL);
}

/* Leaves the queue before anything else: what comes of it may be the end of the exchange. */
bool exchangeback_go_on(struct queue_place *place) {
    struct exchange *exchange = list_entry(place, struct exchange, place);
    struct backend *backend = exchange->route->backend;
    if (!balance_may_wait(backend)) {
        queue_leave(place);
        exchangeend_refuse(exchange, REASON_BACKEND_NONE);
        return true;
    }
    if (!balance_has_room(backend, exchange->failed, loop_now_ms(exchange->room->loop)))
        return false;
    queue_leave(place);
    deadline_clear(loop_deadlines(exchange->room->loop), &exchange->deadline);
    if (!exchangeback_choose(exchange))
        exchangeend_refuse(exchange, REASON_BACKEND_NONE);
    return true;
}

/* The first attempt takes a kept connection where there is one; a retry takes a new one. */
static void exchangeback_attempt(struct exchange *exchange, struct server *server) {
    exchange->attempts++;
    exchange->server = server_take(server);
    struct pool_scope *scope = exchangeback_scope(exchange);
    struct pool_conn *conn = exchange->attempts == 1 ? pool_take(exchange->route->backend, server, scope) : NULL;
    if (conn)
        exchangeback_send(exchange, conn);
    else
        exchangeback_connect(exchange);
}

/* May the request be sent again? Only when nothing of an answer came, its body is whole, and it is idempotent, or no
 * byte of it has left, or the server says that it did not look at it (RFC 9110 section 9.2.2, RFC 9113 section 8.7). */
static bool exchangeback_may_retry(const struct exchange *exchange, enum reason reason, bool sent) {
    if (exchange->answer_begun || exchange->body_taken)
        return false;
    enum reason_retry retry = reason_row(reason)->retry;
    unsigned retries_max = exchange->route->backend->retries_max;
    if (retry == REASON_RETRY_NO || retries_max == 0 || exchange->attempts > retries_max + exchange->was_stale)
        return false;
    return !sent || retry == REASON_RETRY_UNPROCESSED || http_method_is_idempotent(exchange->request.method);
}

/* `reused`: a kept connection that its server had closed meanwhile says nothing about the server: that may be asked
 * again, and the attempt does not count. */
static void exchangeback_backend_failed(struct exchange *exchange, enum reason reason, bool sent, bool reused) {
    exchangeend_count(exchange, COUNTER_BACKEND_FAILURES);
    if (!reused)
        health_failed(exchange->server, exchange->route->backend, loop_now_ms(exchange->session->room->loop));
    exchange->was_stale = exchange->was_stale || reused;
    bool may_retry = exchangeback_may_retry(exchange, reason, sent) &&
        (reused || retrybudget_spend(&exchange->route->backend->retries));
    if (!may_retry) {
        exchangeend_refuse(exchange, reason);
        return;
    }
    http_stream_release(&exchange->back, reason);
    if (exchange->conn)
        pool_give(&exchange->conn, exchange->route->backend);
    server_release(&exchange->failed);
    exchange->failed = reused ? NULL : server_ref(exchange->server);
    server_drop(&exchange->server);
    exchange->request_sent = false;
    exchange->waits_to_upgrade = false;
    deadline_clear(loop_deadlines(exchange->session->room->loop), &exchange->deadline);
    exchangeend_count(exchange, COUNTER_BACKEND_RETRIES);
    exchangeback_try(exchange);
}

static bool exchangeback_has_body(const struct exchange *exchange) {
    return exchange->request.body == HTTP_BODY_STREAM ||
        (exchange->request.body == HTTP_BODY_LENGTH && exchange->request.content_length > 0);
}

static void exchangeback_send(struct exchange *exchange, struct pool_conn *conn) {
    exchange->conn = conn;
    exchange->back = http_conn_open(pool_http(conn));
    if (!exchange->back) {
        exchangeback_backend_failed(exchange, REASON_BACKEND_CLOSED, false, pool_is_reused(conn));
        return;
    }
    http_stream_own(exchange->back, &exchangeback_events, exchange);
    if (http_message_upgrades(&exchange->request))
        exchangeback_send_upgrade(exchange);
    else
        exchangeback_send_head(exchange);
}

/* A server of HTTP/2 has to say first that it takes such requests: its SETTINGS are `writable`. */
static void exchangeback_send_upgrade(struct exchange *exchange) {
    enum http_conn_upgrade can_upgrade = http_conn_can_upgrade(pool_http(exchange->conn));
    exchange->waits_to_upgrade = can_upgrade == HTTP_CONN_UPGRADE_UNKNOWN;
    if (can_upgrade == HTTP_CONN_UPGRADE_NO) {
        exchangeend_refuse(exchange, REASON_BACKEND_UPGRADE);
    } else if (can_upgrade == HTTP_CONN_UPGRADE_YES) {
        exchangeback_send_head(exchange);
    } else {
        exchange->request_sent = true; /* a client that speaks now is too early */
        exchangeend_wait(exchange, exchange->route->backend->response_timeout_ms);
        http_conn_flush(pool_http(exchange->conn));
    }
}

static void exchangeback_send_head(struct exchange *exchange) {
    bool has_body = exchangeback_has_body(exchange);
    if (!http_stream_send_head(exchange->back, &exchange->request,
                               !has_body && !http_message_upgrades(&exchange->request))) {
        exchangeend_refuse(exchange, REASON_REQUEST_FIELDS_TOO_LARGE);
        return;
    }
    exchange->request_sent = !has_body;
    if (has_body) {
        pacing_turn(exchange, true);
        exchangebody_push_request(exchange);
        return;
    }
    exchangeend_wait(exchange, exchange->route->backend->response_timeout_ms);
    http_conn_flush(pool_http(exchange->conn));
}

static void exchangeback_on_connected(void *owner, struct pool_conn *conn, const struct dial_facts *facts,
                                      enum reason reason) {
    struct exchange *exchange = owner;
    exchange->attempt = NULL;
    exchange->not_dialled = conn ? NULL : dial_keep_facts(facts, &exchange->arena);
    if (conn)
        exchangeback_send(exchange, conn);
    else
        exchangeback_backend_failed(exchange, reason, false, false);
}

/* NULL where all clients share connections. */
static struct pool_scope *exchangeback_scope(const struct exchange *exchange) {
    return exchange->route->backend->tells_client ? scope_of(exchange->session) : NULL;
}

static void exchangeback_connect(struct exchange *exchange) {
    exchangeend_count(exchange, COUNTER_BACKEND_CONNECTS);
    if (exchange->total_end_ms > 0)
        exchangeend_wait(exchange, exchange->route->backend->total_timeout_ms);
    exchange->attempt = pool_open(exchange->session->room->loop, exchange->route->backend, exchange->server,
                                  exchangeback_scope(exchange), exchangeback_on_connected, exchange);
    if (!exchange->attempt)
        exchangeback_backend_failed(exchange, REASON_BACKEND_CONNECT, false, false);
}

static bool exchangeback_answer_ends_with_head(const struct exchange *exchange, const struct http_message *head) {
    return head->body == HTTP_BODY_NONE || (head->body == HTTP_BODY_LENGTH && head->content_length == 0) ||
        http_status_has_no_body(head->status, exchange->request.method);
}

static bool exchangeback_is_for_us(uint16_t status) {
    return status == 100;
}

/* Interim answers but 100 (we have said that ourselves) go on to clients that know them (RFC 9110 section 15.2). */
static void exchangeback_on_interim(struct exchange *exchange, const struct http_message *head) {
    if (exchangeback_is_for_us(head->status) || (!exchange->session->is_http2 && exchange->request.version_minor == 0))
        return;
    if (exchange->interims == EXCHANGEBACK_INTERIMS_MAX)
        return;
    exchange->interims++;
    if (http_stream_send_head(exchange->front, head, false))
        http_conn_flush(exchange->front->conn);
}

static void exchangeback_on_head(void *owner, const struct http_message *head) {
    struct exchange *exchange = owner;
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message answer;
    if (head->status < 200 && head->status != 101) {
        exchangeback_on_interim(exchange, head);
        return;
    }
    health_answered(exchange->server, exchange->route->backend, head->status, loop_now_ms(exchange->room->loop));
    if (head->status == 101) {
        exchange->total_end_ms = 0; /* a conversation takes as long as it takes */
        upgrade_begin(exchange, head);
        return;
    }
    forward_answer(head, fields, &answer);
    affinity_tell(exchange->route->backend, exchange->server, &exchange->request, &exchange->arena, &answer);
    answer.keep_alive = true;
    exchange->status = head->status;
    exchange->answer_begun = true;
    pacing_turn(exchange, false);
    if (!http_stream_send_head(exchange->front, &answer, exchangeback_answer_ends_with_head(exchange, head))) {
        exchange->reason = REASON_BACKEND_TOO_LARGE;
        exchangeend_end(exchange);
    }
}

static void exchangeback_on_back_readable(void *owner) {
    exchangebody_push_answer(owner);
}

static void exchangeback_on_back_writable(void *owner) {
    struct exchange *exchange = owner;
    if (exchange->waits_to_upgrade)
        exchangeback_send_upgrade(exchange);
    else
        exchangebody_push_request(exchange);
}

static void exchangeback_on_back_failed(void *owner, enum reason reason) {
    struct exchange *exchange = owner;
    if (exchange->over)
        return;
    if (reason_row(reason)->fault != REASON_FAULT_BACKEND)
        reason = REASON_BACKEND_CLOSED;
    if (reason == REASON_BACKEND_CLOSED && exchange->answer_begun)
        reason = REASON_BACKEND_CUT;
    exchangeback_backend_failed(exchange, reason, true, pool_is_reused(exchange->conn));
}

static const struct http_stream_events exchangeback_events = {
    .head = exchangeback_on_head,
    .readable = exchangeback_on_back_readable,
    .writable = exchangeback_on_back_writable,
    .failed = exchangeback_on_back_failed,
};
