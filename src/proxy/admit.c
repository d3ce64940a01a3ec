/* Each phase before admission reads what is there, judges it, and either waits, refuses or goes on to the next
 * phase. */
#include "proxy/admit.h"

#include "io/proxyproto.h"
#include "io/tcp.h"
#include "proxy/account.h"

#include <stdlib.h>

static void admit_step(struct session *session);
static void admit_clear(struct session *session, struct slice bytes);
static void admit_unshaken(struct session *session, struct slice bytes);

static void admit_on_ready(void *owner, unsigned what) {
    (void)what;
    admit_step(owner);
}

void admit_start(struct session *session) {
    bool by_proxy = session_comes_by_proxy(session->listener, &session->client);
    stream_own(session->stream, session, admit_on_ready);
    if (!by_proxy && session->listener->is_clear) {
        admit_clear(session, slice_of(NULL, 0));
        return;
    }
    if (!by_proxy)
        session_enter(session, SESSION_HELLO);
    admit_step(session);
}

/* Without TLS the listener's own host is the only one. */
static void admit_clear(struct session *session, struct slice bytes) {
    session->host = session->listener->default_host;
    admit_unshaken(session, bytes);
}

/* There is no handshake with us; `bytes` came already, and are the server's or the application's. */
static void admit_unshaken(struct session *session, struct slice bytes) {
    bool is_kept = tcp_unread(session->stream, bytes);
    session_arrived(session);
    session_enter(session, SESSION_ADMIT);
    if (is_kept)
        admit_go_on(session);
    else
        admit_refuse(session, REASON_MEMORY);
}

/* A client that has seen no TLS from us yet is told in its own terms: a plain alert record (RFC 8446 section 6), or a
 * plain HTTP answer to plain HTTP. */
static void admit_tell(struct session *session, enum reason reason) {
    static const char plain_http[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
                                     "Content-Length: 37\r\n\r\nThis port speaks TLS: use https://...\n";
    const struct reason_row *row = reason_row(reason);
    uint8_t alert[] = {21, 3, 3, 0, 2, 2, row->alert};
    struct slice message = slice_of(alert, sizeof alert);
    if (reason == REASON_HELLO_PLAIN_HTTP)
        message = slice_of(plain_http, sizeof plain_http - 2);
    else if (row->alert == 0)
        return;
    stream_write(session->stream, &message, 1);
    stream_flush(session->stream);
}

void admit_refuse(struct session *session, enum reason reason) {
    account_handshake_refused(session, reason);
    if (session->phase == SESSION_HELLO)
        admit_tell(session, reason);
    session_close(session);
}

static enum reason admit_end_reason(const struct session *session, enum stream_status status) {
    if (status == STREAM_END)
        return REASON_TLS_CLIENT_CLOSED;
    return stream_failure(session->stream);
}

/* Reads once; `bytes` is everything that came and was not used yet. */
static struct stream_result admit_read(struct session *session, struct slice *bytes) {
    uint8_t *scratch = session->room->scratch;
    struct buf *waiting = &session->arrival->waiting;
    struct stream_result result = stream_read(session->stream, scratch, SESSION_SCRATCH_BYTES);
    *bytes = slice_of(scratch, result.bytes);
    if (result.status != STREAM_OK || buf_len(waiting) == 0)
        return result;
    if (!buf_append(waiting, *bytes))
        result.status = STREAM_FAILED;
    *bytes = buf_view(waiting);
    return result;
}

/* Keeps `rest` (the end of what admit_read gave) for the next turn. */
static bool admit_keep(struct session *session, struct slice rest) {
    struct buf *waiting = &session->arrival->waiting;
    if (buf_len(waiting) == 0)
        return buf_append(waiting, rest);
    buf_consume(waiting, buf_len(waiting) - rest.len);
    return true;
}

/* The client that the header names is counted like one that came by itself. */
static enum reason admit_count_client(struct session *session, const struct addr_ip *client) {
    unsigned limit = snapshot_limits(session->room->snapshot)->connections_per_address;
    if (!session_set_client(session, client))
        return REASON_MEMORY;
    return limit && session_address_count(session->room, client) > limit ? REASON_LIMIT_PER_ADDRESS : REASON_NONE;
}

/* Reads the PROXY header at the start of `bytes` and cuts it off. BAD: the session was refused. */
static enum proxyproto_status admit_proxy(struct session *session, struct slice *bytes) {
    struct proxyproto header;
    enum proxyproto_status status = proxyproto_parse(*bytes, &header);
    enum reason reason = REASON_NONE;
    if (status == PROXYPROTO_BAD)
        reason = REASON_PROXY_MALFORMED;
    else if (status == PROXYPROTO_MORE && !admit_keep(session, *bytes))
        reason = REASON_MEMORY;
    else if (status == PROXYPROTO_PROXIED)
        reason = admit_count_client(session, &header.source);
    if (status == PROXYPROTO_PROXIED)
        session->destination = header.destination;
    if (status == PROXYPROTO_PROXIED && reason == REASON_NONE && !claims_take(&header, &session->claims))
        reason = REASON_MEMORY;
    if (reason != REASON_NONE) {
        admit_refuse(session, reason);
        return PROXYPROTO_BAD;
    }
    if (status == PROXYPROTO_MORE)
        return status;
    *bytes = slice_sub(*bytes, header.header_bytes, SIZE_MAX);
    return status;
}

static bool admit_name(struct session *session) {
    char name[HELLO_NAME_MAX + 1];
    size_t len = hello_server_name(&session->arrival->hello, name);
    if (len == 0)
        return true;
    session->server_name = strndup(name, len);
    return session->server_name != NULL;
}

/* Kept where the host depends on it: after a reload it is looked for again. */
static bool admit_protocols(struct session *session) {
    struct slice offered = session->arrival->hello.alpn;
    if (offered.len == 0 || !snapshot_asks_alpn(session->listener))
        return true;
    uint8_t *copy = malloc(offered.len);
    if (!copy)
        return false;
    memcpy(copy, offered.data, offered.len);
    session->offered = slice_of(copy, offered.len);
    return true;
}

/* Asked within the handshake, so that the client learns of it by an alert. A newer snapshot is not looked at yet. */
static enum reason admit_on_chain(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    struct session *session = owner;
    struct judge_case judged = session_case(session);
    judged.is_current = true;
    judged.peer = peer;
    judge_client(&judged, NULL, &session->verdict);
    *depth = session->verdict.depth < 0 ? 0 : session->verdict.depth;
    *detail = session->verdict.detail;
    return session->verdict.reason;
}

static void admit_handshake(struct session *session, struct slice bytes) {
    struct loop *loop = session->room->loop;
    struct verify_judge hook = {.judge = admit_on_chain, .owner = session};
    if (!tcp_unread(session->stream, bytes)) {
        admit_refuse(session, REASON_MEMORY);
        return;
    }
    session_arrived(session);
    session->stream = tlsstream_accept(loop, session->stream, session->host->endpoint, hook);
    if (!session->stream) {
        admit_refuse(session, REASON_MEMORY);
        return;
    }
    stream_own(session->stream, session, admit_on_ready);
    session_enter(session, SESSION_HANDSHAKE);
    admit_step(session);
}

/* Asked before anything is calculated for the client. */
static bool admit_is_too_often(struct session *session) {
    struct session_room *room = session->room;
    return clients_begin_handshake(&room->clients, &session->host->limits, session->address, loop_now_ms(room->loop)) >
        0;
}

/* Whom rules keep out whatever certificate it has, is told so in the clear; where no handshake follows, whoever is. A
 * newer snapshot is not looked at yet. */
static enum reason admit_arrival(struct session *session) {
    struct judge_case judged = session_case(session);
    judged.is_current = true;
    if (session_has_tls(session))
        judge_arrival(&judged, &session->verdict);
    else
        judge_client(&judged, NULL, &session->verdict);
    return session->verdict.reason;
}

/* What can be said of a client before its certificate is seen. Only who may begin a handshake is counted at the host,
 * so that nobody who is turned away takes another's place. */
static enum reason admit_at_host(struct session *session) {
    if (admit_is_too_often(session))
        return REASON_LIMIT_ADDRESS_HANDSHAKES;
    enum reason reason = admit_arrival(session);
    return reason == REASON_NONE ? session_count_at_host(session) : reason;
}

/* The host is chosen here, once: its certificate, trust and client authentication hold for the whole connection. */
static void admit_hello_read(struct session *session, struct slice bytes) {
    if (!admit_name(session) || !admit_protocols(session)) {
        admit_refuse(session, REASON_MEMORY);
        return;
    }
    session->host = snapshot_host_of_hello(session->listener, session_server_name(session), session->offered);
    enum reason reason = session->host ? admit_at_host(session) : REASON_SNI_UNKNOWN;
    if (reason != REASON_NONE)
        admit_refuse(session, reason);
    else if (session_has_tls(session))
        admit_handshake(session, bytes);
    else
        admit_unshaken(session, bytes);
}

/* True when the hello is a good beginning and was kept: more is wanted. */
static bool admit_hello(struct session *session, struct slice bytes) {
    switch (hello_parse(bytes, &session->arrival->hello)) {
    case HELLO_MORE:
        if (admit_keep(session, bytes))
            return true;
        admit_refuse(session, REASON_MEMORY);
        return false;
    case HELLO_OK:
        admit_hello_read(session, bytes);
        return false;
    case HELLO_TOO_LARGE:
        admit_refuse(session, REASON_HELLO_TOO_LARGE);
        return false;
    case HELLO_PLAIN_HTTP:
        admit_refuse(session, REASON_HELLO_PLAIN_HTTP);
        return false;
    case HELLO_MALFORMED:
        admit_refuse(session, REASON_HELLO_MALFORMED);
        return false;
    }
    return false;
}

/* What `bytes`, the beginning of the connection, mean; true when more is wanted. */
static bool admit_begin(struct session *session, struct slice bytes) {
    if (session->phase == SESSION_PROXY) {
        enum proxyproto_status status = admit_proxy(session, &bytes);
        if (status == PROXYPROTO_MORE || status == PROXYPROTO_BAD)
            return status == PROXYPROTO_MORE;
        if (session->listener->is_clear) {
            admit_clear(session, bytes);
            return false;
        }
        session_enter(session, SESSION_HELLO);
    }
    if (bytes.len > 0)
        return admit_hello(session, bytes);
    buf_fini(&session->arrival->waiting);
    return true;
}

/* Reads until the socket has no more, or the session went on to another phase. */
static void admit_arrive(struct session *session) {
    struct slice bytes;
    struct stream_result result;
    do {
        result = admit_read(session, &bytes);
        if (result.status == STREAM_AGAIN)
            return;
        if (result.status != STREAM_OK) {
            admit_refuse(session, admit_end_reason(session, result.status));
            return;
        }
    } while (admit_begin(session, bytes) && !result.drained);
}

/* Who is to read a page is let in for that; each request is judged again. */
static enum reason admit_check(struct session *session) {
    enum reason reason = session_check(session);
    return session->verdict.concerns_client && session->host->refuses_by_page ? REASON_NONE : reason;
}

/* The last look before a client is let in. The newest snapshot counts: trust or client authentication that changed
 * while the handshake went on is not passed over. */
static enum reason admit_judge(struct session *session) {
    struct session_room *room = session->room;
    if (room->draining)
        return REASON_DRAINING;
    if (session->snapshot != room->snapshot && !session_rebind(session, room->snapshot))
        return REASON_DRAINING;
    if (session->host->limits.identity_connections > 0 && !session_identify(session))
        return REASON_MEMORY;
    return admit_check(session);
}

/* False when there is no memory to watch what responders say about the client. */
static bool admit_watch(struct session *session) {
    const struct plan_ocsp *rules = session->host->ocsp;
    if (session->watch || !rules || !session->peer)
        return true;
    session->watch = ocspwatch_new(&session->room->ocsp, rules, session->peer, session);
    return session->watch;
}

/* The question ends earlier than the wait, by an answer or without one; then admit_go_on comes. */
static void admit_wait(struct session *session) {
    counters_add(session->room->counters, COUNTER_OCSP_WAITS, 1);
    session_enter(session, SESSION_ADMIT);
    session_wait(session, ocspask_limit_ms(session->host->ocsp));
}

static void admit_in(struct session *session) {
    struct counters *counters = session->room->counters;
    enum reason missing = session->verdict.would_refuse;
    if (session_has_tls(session))
        counters_add(counters, COUNTER_HANDSHAKES, 1);
    if (session->facts.resumed)
        counters_add(counters, COUNTER_HANDSHAKES_RESUMED, 1);
    if (missing == REASON_OCSP_UNAVAILABLE || missing == REASON_OCSP_STALE)
        counters_add(counters, COUNTER_OCSP_UNANSWERED, 1);
    account_seen(session, session->verdict.would_refuse);
    session->room->handlers->admitted(session);
}

void admit_go_on(struct session *session) {
    enum reason reason = admit_watch(session) ? admit_judge(session) : REASON_MEMORY;
    if (reason == REASON_NONE && session->verdict.needs_ocsp) {
        ocspwatch_ask(session->watch);
        reason = admit_check(session);
    }
    if (reason != REASON_NONE)
        admit_refuse(session, reason);
    else if (!session->verdict.needs_ocsp)
        admit_in(session);
    else if (session->phase != SESSION_ADMIT)
        admit_wait(session);
}

static void admit_shaken(struct session *session) {
    struct verified_peer *peer = tlsstream_peer(session->stream);
    session->peer = peer ? verified_peer_ref(peer) : NULL;
    session->refused = tlsstream_take_verdict(session->stream);
    session->facts = tlsstream_facts(session->stream);
    admit_go_on(session);
}

static void admit_shake(struct session *session) {
    switch (tlsstream_handshake(session->stream)) {
    case STREAM_OK:
        admit_shaken(session);
        return;
    case STREAM_AGAIN:
        return;
    case STREAM_END:
    case STREAM_FAILED:
        admit_refuse(session, stream_failure(session->stream));
        return;
    }
}

/* What comes while a session waits for OCSP is read when it is admitted. */
static void admit_step(struct session *session) {
    if (session->phase == SESSION_HANDSHAKE)
        admit_shake(session);
    else if (session->phase != SESSION_ADMIT)
        admit_arrive(session);
}
