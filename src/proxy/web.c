/* Moves a session between IDLE, HEAD and BUSY as its connection tells. */
#include "proxy/web.h"

#include "http/h1conn.h"
#include "proxy/account.h"
#include "proxy/exchange.h"
#include "proxy/exchangeend.h"

static void web_on_request(void *owner, struct http_stream *stream, const struct http_message *head) {
    struct session *session = owner;
    session_enter(session, SESSION_BUSY);
    exchange_start(session, stream, head);
}

static void web_on_began(void *owner) {
    session_enter(owner, SESSION_HEAD);
}

static void web_on_idle(void *owner) {
    struct session *session = owner;
    if (!list_empty(&session->exchanges))
        return;
    session_enter(session, SESSION_IDLE);
    http_conn_quiet(session->http);
}

static void web_on_refused(void *owner, enum reason reason) {
    struct session *session = owner;
    account_request_unread(session, reason);
    session_enter(session, SESSION_LEAVING);
}

static void web_on_ended(void *owner, enum reason reason) {
    web_close(owner, reason);
}

static const struct http_conn_events web_events = {
    .request = web_on_request,
    .began = web_on_began,
    .idle = web_on_idle,
    .refused = web_on_refused,
    .ended = web_on_ended,
};

void web_start(struct session *session) {
    struct stream *stream = session->stream;
    session->stream = NULL;
    session->http =
        h1conn_new_front(session->room->loop, stream, &session->listener->request_limits, session_scheme(session));
    if (!session->http) {
        session_close(session);
        return;
    }
    http_conn_own(session->http, &web_events, session);
    session_enter(session, SESSION_IDLE);
}

void web_drain(struct session *session) {
    http_conn_drain(session->http);
}

void web_sweep(struct session *session) {
    http_conn_drain(session->http);
    if (!list_empty(&session->exchanges))
        session_wait(session, snapshot_drain_ms(session->room->snapshot));
}

void web_end_idle(struct session *session) {
    session_enter(session, SESSION_LEAVING);
    http_conn_drain(session->http);
}

/* The end of one exchange may bring the end of another of the session: both may be with one backend. */
void web_end_upgraded(struct session *session, enum reason reason) {
    struct list *item = session->exchanges.next;
    while (item != &session->exchanges) {
        struct exchange *exchange = list_entry(item, struct exchange, link);
        if (exchange->is_upgraded)
            exchangeend_abort(exchange, reason);
        item = exchange->is_upgraded ? session->exchanges.next : item->next;
    }
}

void web_close(struct session *session, enum reason reason) {
    while (!list_empty(&session->exchanges))
        exchangeend_abort(list_entry(list_first(&session->exchanges), struct exchange, link), reason);
    session_close(session);
}

/* A request may take as long as it moves on; only who asked has to be somebody who may still ask. */
static void web_expired_within_request(struct session *session) {
    enum reason reason = session_check(session);
    if (reason == REASON_NONE)
        session_wait(session, session->listener->timeouts.body_idle_ms);
    else
        web_close(session, reason);
}

/* A head that does not come is answered with 408; the connection tells of it by `refused`. A connection that waits
 * for nothing is ended in order. */
void web_expired(struct session *session) {
    enum reason reason = session_timeout_reason(session->phase);
    if (!list_empty(&session->exchanges)) {
        web_expired_within_request(session);
    } else if (session->phase == SESSION_HEAD) {
        http_conn_refuse(session->http, reason);
    } else if (session->phase == SESSION_IDLE) {
        web_end_idle(session);
    } else {
        web_close(session, reason);
    }
}
