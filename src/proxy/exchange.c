/* The beginning of a request's life: judged, asked for a password, made ready to be sent. */
#include "proxy/exchange.h"

#include "base/now.h"
#include "proxy/exchangeback.h"
#include "proxy/exchangebody.h"
#include "proxy/exchangeend.h"
#include "proxy/forward.h"
#include "proxy/grpc.h"
#include "proxy/pacing.h"

#include <stdlib.h>

/* ARENA: a request head at its largest, with our fields (identity at its limits in three forms), twice over. BLOCK:
 * an ordinary head with a certificate. SPARE: kept for re-use in a worker. RETRY_AFTER: requests that are in progress
 * now are mostly answered by then. */
enum {
    EXCHANGE_ARENA_MAX_BYTES = 512 * 1024,
    EXCHANGE_ARENA_BLOCK_BYTES = 8192,
    EXCHANGE_SPARE_MAX = 64,
    EXCHANGE_RETRY_AFTER_MS = 1000,
};

static enum reason exchange_password_refused(struct exchange *exchange);

/* --- making --- */

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

/* --- the beginning: the verdict, the request to send --- */

/* Too many requests at a time are answered before anything is thought about them. */
static bool exchange_is_too_many(struct exchange *exchange) {
    const struct plan_limits *limits = snapshot_limits(exchange->snapshot);
    if (limits->requests == 0 || exchange->room->requests <= limits->requests)
        return false;
    exchange->verdict = (struct judge_verdict){.reason = REASON_LIMIT_REQUESTS,
                                               .depth = -1,
                                               .retry_after_ms = EXCHANGE_RETRY_AFTER_MS,
                                               .place = limits->place};
    return true;
}

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
    pacing_begin(exchange, head);
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
        exchangeback_begin(exchange);
    else
        exchangeend_refuse(exchange, reason);
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
    deadline_init(&exchange->deadline, exchangeend_expired);
    deadline_init(&exchange->call_deadline, exchangeend_call_expired);
    queue_place_init(&exchange->place, exchangeback_go_on);
    loop_task_init(&exchange->bury, exchange_bury);
    list_init(&exchange->link);
    list_append(&session->exchanges, &exchange->link);
    http_stream_own(stream, &exchangebody_front_events, exchange);
    counters_add(room->counters, COUNTER_REQUESTS_NOW, 1);
    room->requests++;
}

/* A client that waits for longer than a day has no limit. */
static void exchange_bound_call(struct exchange *exchange, const struct http_message *head) {
    enum { CALL_MAX_MS = 24 * 60 * 60 * 1000 };
    struct loop *loop = exchange->room->loop;
    bool is_call = exchange->session->is_http2 && grpc_is_request(head);
    int64_t wait_ms = is_call ? grpc_timeout_ms(head) : 0;
    if (wait_ms > 0 && wait_ms <= CALL_MAX_MS)
        deadline_set(loop_deadlines(loop), &exchange->call_deadline, loop_now_ms(loop) + wait_ms);
}

void exchange_start(struct session *session, struct http_stream *stream, const struct http_message *head) {
    struct exchange *exchange = exchange_alloc(session->room);
    if (!exchange) {
        http_stream_release(&stream, REASON_MEMORY);
        return;
    }
    exchange_init(exchange, session, stream);
    exchange_bound_call(exchange, head);
    enum reason reason = exchange_is_too_many(exchange) ? exchange->verdict.reason : exchange_judge(exchange, head);
    if (reason == REASON_NONE)
        reason = exchange_ask_password(exchange, head);
    if (reason == REASON_NONE)
        reason = exchange_prepare(exchange, head);
    if (reason != REASON_NONE)
        exchangeend_refuse(exchange, exchange_keep_refused(exchange, head) ? reason : REASON_MEMORY);
    else if (passwords_waits(&exchange->check))
        exchangeend_wait(exchange, exchange->password->timeout_ms);
    else
        exchangeback_begin(exchange);
}
