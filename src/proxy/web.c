/* Moves a session between IDLE, HEAD and BUSY as its connection tells. */
#include "proxy/web.h"

#include "http/h1conn.h"
#include "http/h2conn.h"
#include "io/tcp.h"
#include "proxy/account.h"
#include "proxy/exchange.h"
#include "proxy/exchangeend.h"

/* What an HTTP/2 connection begins with, whatever the client wants (RFC 9113 section 3.4). */
static const char web_preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static void web_begin(struct session *session, bool is_http2);
static void web_on_arrival(void *owner, unsigned what);

static void web_on_request(void *owner, struct http_stream *stream, const struct http_message *head) {
    struct session *session = owner;
    if (session->phase != SESSION_BUSY)
        session_enter(session, SESSION_BUSY);
    exchange_start(session, stream, head);
}

static void web_on_began(void *owner) {
    struct session *session = owner;
    if (list_empty(&session->exchanges))
        session_enter(session, SESSION_HEAD);
}

static void web_on_idle(void *owner) {
    struct session *session = owner;
    if (!list_empty(&session->exchanges))
        return;
    session_enter(session, SESSION_IDLE);
    http_conn_quiet(session->http);
}

/* An HTTP/2 connection goes on with its other requests. */
static void web_on_refused(void *owner, enum reason reason) {
    struct session *session = owner;
    account_request_unread(session, reason);
    if (!session->is_http2)
        session_enter(session, SESSION_LEAVING);
}

/* What HTTP/2 alone knows ends the whole connection: a flood, a broken protocol; the rows of it stand together. All
 * else was told before, or happens every day. */
static bool web_is_telling(enum reason reason) {
    return reason >= REASON_HTTP2_PROTOCOL && reason <= REASON_HTTP2_UNREAD;
}

static void web_on_ended(void *owner, enum reason reason) {
    struct session *session = owner;
    if (web_is_telling(reason))
        account_session_ended(session, reason);
    web_close(session, reason);
}

static const struct http_conn_events web_events = {
    .request = web_on_request,
    .began = web_on_began,
    .idle = web_on_idle,
    .refused = web_on_refused,
    .ended = web_on_ended,
};

/* Under TLS the client has agreed to a protocol; without it the first bytes tell. */
void web_start(struct session *session) {
    session_enter(session, SESSION_IDLE);
    if (session_has_tls(session)) {
        web_begin(session, slice_equal(session->facts.alpn, slice_text("h2")));
    } else if (session->listener->knows_http2) {
        stream_own(session->stream, session, web_on_arrival);
        web_on_arrival(session, STREAM_READABLE);
    } else {
        web_begin(session, false);
    }
}

void web_drain(struct session *session) {
    http_conn_drain(session->http);
}

/* The first sweep counts: nothing that comes later gives a client more time. */
void web_sweep(struct session *session) {
    if (!session->http) { /* it has not said a word yet */
        session_close(session);
        return;
    }
    http_conn_drain(session->http);
    if (session->is_swept || list_empty(&session->exchanges))
        return;
    session->is_swept = true;
    session_wait(session, snapshot_drain_ms(session->room->snapshot));
}

void web_end_idle(struct session *session) {
    if (!session->http) { /* it has not said a word yet */
        session_close(session);
        return;
    }
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

static void web_begin(struct session *session, bool is_http2) {
    const struct plan_listener *listener = session->listener;
    struct loop *loop = session->room->loop;
    struct slice scheme = session_scheme(session);
    struct stream *stream = session->stream;
    session->stream = NULL;
    session->is_http2 = is_http2;
    session->http = is_http2 ? h2conn_new_front(loop, stream, &listener->request_limits, &listener->http2, scheme)
                             : h1conn_new_front(loop, stream, &listener->request_limits, scheme);
    if (session->http)
        http_conn_own(session->http, &web_events, session);
    else
        session_close(session);
}

/* Reads as much as the preface has, and puts it back for whoever it is for. */
static void web_on_arrival(void *owner, unsigned what) {
    struct session *session = owner;
    struct stream_result result = {.status = STREAM_OK};
    uint8_t bytes[sizeof web_preface - 1];
    size_t len = 0;
    (void)what;
    while (result.status == STREAM_OK && len < sizeof bytes) {
        result = stream_read(session->stream, bytes + len, sizeof bytes - len);
        len += result.status == STREAM_OK ? result.bytes : 0;
    }
    bool may_be_http2 = memcmp(bytes, web_preface, len) == 0;
    if (!tcp_unread(session->stream, slice_of(bytes, len)) || (len == 0 && result.status != STREAM_AGAIN))
        session_close(session);
    else if (len == sizeof bytes || !may_be_http2 || result.status != STREAM_AGAIN)
        web_begin(session, may_be_http2 && len == sizeof bytes);
}
