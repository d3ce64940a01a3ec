/* The life of a request: route, clean, choose a server, connect, carry both bodies, account. Every handler ends with
 * a flush, because a flush may end the exchange. */
#include "proxy/exchange.h"

#include "base/now.h"
#include "proxy/account.h"
#include "proxy/answer.h"
#include "proxy/forward.h"
#include "proxy/page.h"
#include "upstream/balance.h"
#include "upstream/health.h"

#include <stdlib.h>

/* ARENA: a request head at its largest, with our fields (identity at its limits in three forms), twice over. BLOCK:
 * an ordinary head with a certificate. SPARE: kept for re-use in a worker.
 * ATTEMPTS: the first and one retry. */
enum {
    EXCHANGE_ARENA_MAX_BYTES = 512 * 1024,
    EXCHANGE_ARENA_BLOCK_BYTES = 8192,
    EXCHANGE_SPARE_MAX = 64,
    EXCHANGE_ATTEMPTS_MAX = 2,
};

static const struct http_stream_events exchange_front_events;
static const struct http_stream_events exchange_back_events;

static void exchange_try(struct exchange *exchange);
static void exchange_refuse(struct exchange *exchange, enum reason reason);
static void exchange_push_request(struct exchange *exchange);
static void exchange_push_answer(struct exchange *exchange);
static enum reason exchange_password_refused(struct exchange *exchange);

/* --- making and ending --- */

static void exchange_bury(struct loop_task *task) {
    struct exchange *exchange = list_entry(task, struct exchange, bury);
    struct session_room *room = exchange->room;
    if (room->spare_exchange_count >= EXCHANGE_SPARE_MAX) {
        arena_fini(&exchange->arena);
        free(exchange);
        return;
    }
    arena_reset(&exchange->arena);
    list_append(&room->spare_exchanges, &exchange->link);
    room->spare_exchange_count++;
}

static struct exchange *exchange_take_spare(struct session_room *room) {
    struct exchange *exchange = list_entry(list_first(&room->spare_exchanges), struct exchange, link);
    list_remove(&exchange->link);
    room->spare_exchange_count--;
    struct arena arena = exchange->arena;
    *exchange = (struct exchange){.arena = arena};
    return exchange;
}

static struct exchange *exchange_alloc(struct session_room *room) {
    if (!list_empty(&room->spare_exchanges))
        return exchange_take_spare(room);
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange)
        arena_init(&exchange->arena, EXCHANGE_ARENA_BLOCK_BYTES, EXCHANGE_ARENA_MAX_BYTES);
    return exchange;
}

void exchange_free_spare(struct session_room *room) {
    while (!list_empty(&room->spare_exchanges)) {
        struct exchange *exchange = exchange_take_spare(room);
        arena_fini(&exchange->arena);
        free(exchange);
    }
}

static void exchange_drop_backend(struct exchange *exchange, enum reason reason) {
    pool_cancel(&exchange->attempt);
    http_stream_release(&exchange->back, reason);
    if (exchange->conn)
        pool_give(&exchange->conn, exchange->route->backend);
    server_drop(&exchange->server);
}

/* Accounts for the exchange and lets go of all that it holds. The client's connection goes on with its next request,
 * or ends, by what was left open. */
static void exchange_end(struct exchange *exchange) {
    struct session *session = exchange->session;
    struct session_room *room = session->room;
    exchange->over = true;
    account_exchange(exchange);
    counters_add(room->counters, COUNTER_REQUESTS_NOW, -1);
    deadline_clear(loop_deadlines(room->loop), &exchange->deadline);
    passwords_end(&exchange->check);
    exchange_drop_backend(exchange, exchange->reason);
    list_remove(&exchange->link);
    snapshot_unref(&exchange->snapshot);
    loop_defer(room->loop, &exchange->bury);
    session_wait(session, session->listener->timeouts.body_idle_ms);
    http_stream_release(&exchange->front, exchange->reason);
}

void exchange_abort(struct exchange *exchange, enum reason reason) {
    exchange->reason = reason;
    if (exchange->status == 0)
        exchange->status = reason_row(REASON_CLIENT_GONE)->status;
    exchange_end(exchange);
}

/* Sends what was gathered for the client and ends, unless the sending itself ended everything. */
static void exchange_finish(struct exchange *exchange) {
    http_conn_flush(exchange->front->conn);
    if (!exchange->over)
        exchange_end(exchange);
}

/* --- deadlines --- */

static void exchange_wait(struct exchange *exchange, int64_t wait_ms) {
    struct loop *loop = exchange->session->room->loop;
    deadline_set(loop_deadlines(loop), &exchange->deadline, loop_now_ms(loop) + wait_ms);
}

/* The deadline within a body: of the side that has to move next. Put off when something moved or the turn changed. */
static void exchange_wait_in_body(struct exchange *exchange, bool is_clients_turn, bool moved) {
    if (!moved && exchange->is_clients_turn == is_clients_turn)
        return;
    exchange->is_clients_turn = is_clients_turn;
    exchange_wait(exchange,
                  is_clients_turn ? exchange->session->listener->timeouts.body_idle_ms
                                  : exchange->route->backend->body_idle_timeout_ms);
}

/* Who keeps the exchange waiting: the checker, the client's body, the backend's answer, or the client's reading. */
static enum reason exchange_waits_for(const struct exchange *exchange) {
    if (passwords_waits(&exchange->check))
        return REASON_PASSWORD_CHECKER;
    if (exchange->answer_begun)
        return http_stream_body(exchange->back).bytes.len ? REASON_CLIENT_STALLED : REASON_BACKEND_STALLED;
    if (!exchange->request_sent && http_stream_body(exchange->front).bytes.len == 0)
        return REASON_BODY_TIMEOUT;
    return REASON_BACKEND_TIMEOUT;
}

static void exchange_expire(struct deadline *deadline) {
    struct exchange *exchange = list_entry(deadline, struct exchange, deadline);
    enum reason reason = exchange_waits_for(exchange);
    if (reason == REASON_BACKEND_TIMEOUT || reason == REASON_BACKEND_STALLED)
        health_failed(exchange->server, exchange->route->backend, loop_now_ms(exchange->session->room->loop));
    exchange_refuse(exchange, reason);
}

/* --- refusing --- */

/* A page for people where the host asks for it; else the short text that programs read. */
static bool exchange_answer_refusal(struct exchange *exchange, enum reason reason) {
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
    };
    return answer_send(exchange->front, &answer);
}

static void exchange_refuse(struct exchange *exchange, enum reason reason) {
    exchange->reason = reason;
    if (exchange->answer_begun) {
        exchange_end(exchange);
        return;
    }
    if (session_check(exchange->session) != REASON_NONE) /* whoever may ask for nothing more has no use for it */
        http_conn_drain(exchange->front->conn);
    exchange->status = answer_status(reason);
    if (exchange_answer_refusal(exchange, reason)) {
        exchange->answer_begun = true;
        exchange_finish(exchange);
        return;
    }
    exchange_end(exchange);
}

/* --- the backend: choose, connect, try again --- */

static void exchange_count(struct exchange *exchange, enum counter counter) {
    counters_add(exchange->session->room->counters, counter, 1);
}

/* May the request be sent again? Only when nothing of an answer came, its body is whole, and it is idempotent or no
 * byte of it has left (RFC 9110 section 9.2.2). */
static bool exchange_may_retry(const struct exchange *exchange, enum reason reason, bool sent) {
    if (exchange->answer_begun || exchange->body_taken || !exchange->route->backend->retry)
        return false;
    if (exchange->attempts >= EXCHANGE_ATTEMPTS_MAX || reason_row(reason)->retry != REASON_RETRY_SAFE)
        return false;
    return !sent || http_method_is_idempotent(exchange->request.method);
}

/* `reused`: a kept connection that its server had closed meanwhile says nothing about the server. */
static void exchange_backend_failed(struct exchange *exchange, enum reason reason, bool sent, bool reused) {
    exchange_count(exchange, COUNTER_BACKEND_FAILURES);
    if (!reused)
        health_failed(exchange->server, exchange->route->backend, loop_now_ms(exchange->session->room->loop));
    if (!exchange_may_retry(exchange, reason, sent)) {
        exchange_refuse(exchange, reason);
        return;
    }
    http_stream_release(&exchange->back, reason);
    pool_drop(&exchange->conn);
    exchange->request_sent = false;
    deadline_clear(loop_deadlines(exchange->session->room->loop), &exchange->deadline);
    exchange_count(exchange, COUNTER_BACKEND_RETRIES);
    exchange_try(exchange);
}

static bool exchange_has_body(const struct exchange *exchange) {
    return exchange->request.body == HTTP_BODY_STREAM ||
        (exchange->request.body == HTTP_BODY_LENGTH && exchange->request.content_length > 0);
}

static void exchange_send(struct exchange *exchange, struct pool_conn *conn) {
    bool has_body = exchange_has_body(exchange);
    exchange->conn = conn;
    exchange->back = http_conn_open(pool_http(conn));
    if (!exchange->back) {
        exchange_backend_failed(exchange, REASON_BACKEND_CLOSED, false, pool_is_reused(conn));
        return;
    }
    http_stream_own(exchange->back, &exchange_back_events, exchange);
    if (!http_stream_send_head(exchange->back, &exchange->request, !has_body)) {
        exchange_refuse(exchange, REASON_REQUEST_FIELDS_TOO_LARGE);
        return;
    }
    exchange->request_sent = !has_body;
    if (has_body) {
        exchange_wait_in_body(exchange, true, true);
        exchange_push_request(exchange);
        return;
    }
    exchange_wait(exchange, exchange->route->backend->response_timeout_ms);
    http_conn_flush(pool_http(conn));
}

static void exchange_on_connected(void *owner, struct pool_conn *conn, enum reason reason) {
    struct exchange *exchange = owner;
    exchange->attempt = NULL;
    if (conn)
        exchange_send(exchange, conn);
    else
        exchange_backend_failed(exchange, reason, false, false);
}

static void exchange_connect(struct exchange *exchange) {
    exchange_count(exchange, COUNTER_BACKEND_CONNECTS);
    exchange->attempt = pool_open(exchange->session->room->loop, exchange->route->backend, exchange->server, NULL,
                                  exchange_on_connected, exchange);
    if (!exchange->attempt)
        exchange_backend_failed(exchange, REASON_BACKEND_CONNECT, false, false);
}

/* The first attempt takes a kept connection where there is one; a retry takes a new one, of another server if
 * possible. */
static void exchange_try(struct exchange *exchange) {
    struct backend *backend = exchange->route->backend;
    struct server *before = exchange->server;
    const struct balance_ask ask = {.avoid = before, .client = &exchange->session->client};
    struct server *server = balance_pick(backend, &ask, loop_now_ms(exchange->session->room->loop));
    if (!server) {
        exchange_refuse(exchange, REASON_BACKEND_NONE);
        return;
    }
    exchange->attempts++;
    exchange->server = server_take(server);
    server_drop(&before);
    struct pool_conn *conn = exchange->attempts == 1 ? pool_take(backend, server, NULL) : NULL;
    if (conn)
        exchange_send(exchange, conn);
    else
        exchange_connect(exchange);
}

/* --- the request's body --- */

static bool exchange_push_trailers(struct exchange *exchange, const struct http_message *trailers) {
    struct http_message copy;
    if (!http_message_copy(&exchange->arena, trailers, &copy, 0)) {
        exchange_refuse(exchange, REASON_MEMORY);
        return false;
    }
    enum reason reason = forward_trailers(&copy, exchange->route);
    if (reason == REASON_NONE && !http_stream_send_trailers(exchange->back, &copy))
        reason = REASON_REQUEST_FIELDS_TOO_LARGE;
    if (reason == REASON_NONE)
        return true;
    exchange_refuse(exchange, reason);
    return false;
}

static bool exchange_body_is_too_large(const struct exchange *exchange) {
    uint64_t max = exchange->session->listener->body_max_bytes;
    return max && exchange->in_bytes > max;
}

/* Carries one run of the body. False when nothing more can be done now, or the exchange was refused. */
static bool exchange_push_request_once(struct exchange *exchange) {
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
    exchange_wait_in_body(exchange, taken == view.bytes.len, taken > 0);
    if (exchange_body_is_too_large(exchange)) {
        exchange_refuse(exchange, REASON_BODY_TOO_LARGE);
        return false;
    }
    if (taken < view.bytes.len)
        return false;
    if (view.end && view.trailers && !exchange_push_trailers(exchange, view.trailers))
        return false;
    exchange->request_sent = view.end;
    return !view.end;
}

static void exchange_push_request(struct exchange *exchange) {
    if (exchange->over || !exchange->back || exchange->request_sent)
        return;
    while (exchange_push_request_once(exchange))
        continue;
    if (exchange->over)
        return;
    if (exchange->request_sent && !exchange->answer_begun)
        exchange_wait(exchange, exchange->route->backend->response_timeout_ms);
    http_conn_flush(pool_http(exchange->conn));
}

/* --- the answer --- */

static bool exchange_answer_ends_with_head(const struct exchange *exchange, const struct http_message *head) {
    return head->body == HTTP_BODY_NONE || (head->body == HTTP_BODY_LENGTH && head->content_length == 0) ||
        http_status_has_no_body(head->status, exchange->request.method);
}

static bool exchange_is_for_us(uint16_t status) {
    return status == 100 || status == 101;
}

/* Interim answers but 100 (we have said that ourselves) go on to clients that know them (RFC 9110 section 15.2). */
static void exchange_on_interim(struct exchange *exchange, const struct http_message *head) {
    if (exchange_is_for_us(head->status) || exchange->request.version_minor == 0)
        return;
    if (http_stream_send_head(exchange->front, head, false))
        http_conn_flush(exchange->front->conn);
}

static void exchange_on_head(void *owner, const struct http_message *head) {
    struct exchange *exchange = owner;
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message answer;
    if (head->status < 200) {
        exchange_on_interim(exchange, head);
        return;
    }
    health_succeeded(exchange->server);
    forward_answer(head, fields, &answer);
    answer.keep_alive = true;
    exchange->status = head->status;
    exchange->answer_begun = true;
    exchange_wait_in_body(exchange, false, true);
    if (!http_stream_send_head(exchange->front, &answer, exchange_answer_ends_with_head(exchange, head))) {
        exchange->reason = REASON_BACKEND_TOO_LARGE;
        exchange_end(exchange);
    }
}

/* Carries one run of the answer's body. False when nothing more can be done now. */
static bool exchange_push_answer_once(struct exchange *exchange, bool *finished) {
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
    exchange_wait_in_body(exchange, is_blocked, taken > 0);
    if (is_blocked)
        return false;
    *finished = view.end;
    if (view.end && view.trailers && !http_stream_send_trailers(exchange->front, view.trailers))
        exchange->reason = REASON_BACKEND_TOO_LARGE;
    return !view.end;
}

static void exchange_push_answer(struct exchange *exchange) {
    bool finished = false;
    if (exchange->over || !exchange->answer_begun || !exchange->back)
        return;
    while (exchange_push_answer_once(exchange, &finished))
        continue;
    if (finished)
        exchange_finish(exchange);
    else
        http_conn_flush(exchange->front->conn);
}

/* --- events of the two streams --- */

static void exchange_on_front_readable(void *owner) {
    exchange_push_request(owner);
}

static void exchange_on_front_writable(void *owner) {
    exchange_push_answer(owner);
}

static void exchange_on_front_failed(void *owner, enum reason reason) {
    struct exchange *exchange = owner;
    if (exchange->over)
        return;
    if (reason_row(reason)->status && reason != REASON_CLIENT_GONE)
        exchange_refuse(exchange, reason);
    else
        exchange_abort(exchange, REASON_CLIENT_GONE);
}

static void exchange_on_back_readable(void *owner) {
    exchange_push_answer(owner);
}

static void exchange_on_back_writable(void *owner) {
    exchange_push_request(owner);
}

static void exchange_on_back_failed(void *owner, enum reason reason) {
    struct exchange *exchange = owner;
    if (exchange->over)
        return;
    if (reason_row(reason)->fault != REASON_FAULT_BACKEND)
        reason = REASON_BACKEND_CLOSED;
    exchange_backend_failed(exchange, reason, true, pool_is_reused(exchange->conn));
}

static const struct http_stream_events exchange_front_events = {
    .readable = exchange_on_front_readable,
    .writable = exchange_on_front_writable,
    .failed = exchange_on_front_failed,
};

static const struct http_stream_events exchange_back_events = {
    .head = exchange_on_head,
    .readable = exchange_on_back_readable,
    .writable = exchange_on_back_writable,
    .failed = exchange_on_back_failed,
};

/* --- the beginning: the verdict, the request to send --- */

/* The request's host is kept for the record also when the request is refused. */
static enum reason exchange_judge(struct exchange *exchange, const struct http_message *head) {
    struct judge_case judged = session_case(exchange->session);
    struct judge_meter meter = session_meter(exchange->session);
    judged.request = head;
    judged.meter = &meter;
    judge_request(&judged, NULL, &exchange->verdict);
    exchange->route = judged.route;
    exchange->password = judged.password;
    if (judged.request_host.len == 0)
        return exchange->verdict.reason;
    exchange->host = arena_copy(&exchange->arena, judged.request_host);
    return exchange->host.data ? exchange->verdict.reason : REASON_MEMORY;
}

static enum reason exchange_prepare(struct exchange *exchange, const struct http_message *head) {
    const struct session *session = exchange->session;
    struct forward_client client = {.told = {.peer = session->peer, .failed = exchange->verdict.failed},
                                    .address = &session->client,
                                    .scheme = session_scheme(session),
                                    .password = exchange->password,
                                    .user = exchange->check.user};
    return forward_request(&exchange->arena, head, exchange->route, &client, &exchange->request);
}

/* The place and the words are those of the password that is asked for. */
static enum reason exchange_password_refused(struct exchange *exchange) {
    struct judge_verdict *verdict = &exchange->verdict;
    verdict->reason = exchange->check.reason;
    verdict->retry_after_ms = exchange->check.retry_after_ms;
    verdict->place = exchange->password->place;
    verdict->detail = NULL;
    return verdict->reason;
}

/* While the checker was asked the client may have lost what made it welcome. */
static void exchange_on_password(struct passwords_check *check) {
    struct exchange *exchange = list_entry(check, struct exchange, check);
    enum reason reason =
        check->reason == REASON_NONE ? session_check(exchange->session) : exchange_password_refused(exchange);
    deadline_clear(loop_deadlines(exchange->room->loop), &exchange->deadline);
    if (reason == REASON_NONE)
        exchange_try(exchange);
    else
        exchange_refuse(exchange, reason);
}

/* NONE: no password is asked for, it is right, or it waits to be checked. */
static enum reason exchange_ask_password(struct exchange *exchange, const struct http_message *head) {
    struct session *session = exchange->session;
    if (!exchange->password)
        return REASON_NONE;
    const struct passwords_request request = {.password = exchange->password,
                                              .head = head,
                                              .peer = session_proven_peer(session),
                                              .client = session_client_key(session),
                                              .arena = &exchange->arena};
    passwords_check_init(&exchange->check, exchange_on_password);
    enum passwords_step step = passwords_begin(exchange->room->passwords, &exchange->check, &request);
    return step == PASSWORDS_REFUSED ? exchange_password_refused(exchange) : REASON_NONE;
}

/* What is told about a request that goes no further: without a password that came for us. */
static bool exchange_keep_refused(struct exchange *exchange, const struct http_message *head) {
    if (exchange->request.method.data)
        return true;
    if (!http_message_copy(&exchange->arena, head, &exchange->request, 0))
        return false;
    if (exchange->password)
        forward_wipe_password(&exchange->request);
    return true;
}

static void exchange_init(struct exchange *exchange, struct session *session, struct http_stream *stream) {
    struct session_room *room = session->room;
    exchange->room = room;
    exchange->session = session;
    exchange->snapshot = snapshot_ref(session->snapshot);
    exchange->front = stream;
    exchange->id = session_room_id(room);
    exchange->began_us = now_us();
    deadline_init(&exchange->deadline, exchange_expire);
    loop_task_init(&exchange->bury, exchange_bury);
    list_init(&exchange->link);
    list_append(&session->exchanges, &exchange->link);
    http_stream_own(stream, &exchange_front_events, exchange);
    counters_add(room->counters, COUNTER_REQUESTS_NOW, 1);
}

void exchange_start(struct session *session, struct http_stream *stream, const struct http_message *head) {
    struct exchange *exchange = exchange_alloc(session->room);
    if (!exchange) {
        http_stream_release(&stream, REASON_MEMORY);
        return;
    }
    exchange_init(exchange, session, stream);
    enum reason reason = exchange_judge(exchange, head);
    if (reason == REASON_NONE)
        reason = exchange_ask_password(exchange, head);
    if (reason == REASON_NONE)
        reason = exchange_prepare(exchange, head);
    if (reason != REASON_NONE)
        exchange_refuse(exchange, exchange_keep_refused(exchange, head) ? reason : REASON_MEMORY);
    else if (passwords_waits(&exchange->check))
        exchange_wait(exchange, exchange->password->timeout_ms);
    else
        exchange_try(exchange);
}
