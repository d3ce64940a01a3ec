/* Choose a server, connect, pump. The pump looks after idle time; the session's deadline is for looking at the client
 * again. */
#include "proxy/tunnel.h"

#include "base/now.h"
#include "proxy/account.h"
#include "proxy/affinity.h"
#include "proxy/scope.h"
#include "upstream/balance.h"
#include "upstream/health.h"

#include <stdlib.h>

/* ATTEMPTS: servers tried for one client, who waits meanwhile. LOOK: how often the client is judged again; its
 * certificate's end is met exactly. */
enum { TUNNEL_ATTEMPTS_MAX = 3, TUNNEL_LOOK_MS = 30000 };

static void tunnel_try(struct tunnel *tunnel);

static void tunnel_bury(struct loop_task *task) {
    free(list_entry(task, struct tunnel, bury));
}

/* Accounts for the tunnel, lets go of all that it holds, and ends the session. */
static void tunnel_end(struct tunnel *tunnel, enum reason reason, const struct pump_count *count) {
    struct session *session = tunnel->session;
    account_tunnel(tunnel, reason, count);
    session->tunnel = NULL;
    server_drop(&tunnel->server);
    snapshot_unref(&tunnel->snapshot);
    loop_defer(session->room->loop, &tunnel->bury);
    session_close(session);
}

void tunnel_close(struct session *session, enum reason reason) {
    struct tunnel *tunnel = session->tunnel;
    struct pump_count count = {.ended_by = PUMP_NOBODY};
    if (tunnel->pump)
        count = pump_count(tunnel->pump);
    count.ended_by = PUMP_NOBODY;
    dial_cancel(&tunnel->dial);
    pump_stop(&tunnel->pump);
    tunnel_end(tunnel, reason, &count);
}

static void tunnel_refuse(struct tunnel *tunnel, enum reason reason, const struct dial_facts *facts) {
    account_tunnel_refused(tunnel, reason, facts);
    tunnel_close(tunnel->session, reason);
}

static void tunnel_wait(struct session *session) {
    int64_t wait_ms = TUNNEL_LOOK_MS;
    if (session->peer) {
        int64_t left_ms = verified_peer_expires(session->peer) * 1000 - loop_unix_ms(session->room->loop);
        wait_ms = left_ms < wait_ms ? left_ms : wait_ms;
    }
    session_wait(session, wait_ms > 0 ? wait_ms : 0);
}

static void tunnel_on_pumped(void *owner, enum reason reason, struct pump_count count) {
    struct tunnel *tunnel = owner;
    tunnel->pump = NULL;
    if (reason != REASON_CLOSED)
        counters_reason(tunnel->session->room->counters, reason);
    tunnel_end(tunnel, reason, &count);
}

static void tunnel_join(struct tunnel *tunnel, struct stream *to_server) {
    struct session *session = tunnel->session;
    struct stream *to_client = session->stream;
    session->stream = NULL;
    tunnel->pump = pump_start(session->room->loop, to_client, to_server, session->listener->timeouts.tunnel_ms,
                              tunnel_on_pumped, tunnel);
    if (!tunnel->pump) {
        tunnel_refuse(tunnel, REASON_MEMORY, NULL);
        return;
    }
    counters_add(session->room->counters, COUNTER_TUNNELS_OPENED, 1);
    if (!tunnel->is_draining)
        tunnel_wait(session);
}

static bool tunnel_may_retry(const struct tunnel *tunnel, enum reason reason) {
    return tunnel->backend->retries_max > 0 && reason_row(reason)->retry == REASON_RETRY_SAFE &&
        tunnel->attempts < tunnel->backend->server_count && tunnel->attempts < TUNNEL_ATTEMPTS_MAX;
}

static void tunnel_failed(struct tunnel *tunnel, enum reason reason, const struct dial_facts *facts) {
    struct session_room *room = tunnel->session->room;
    counters_add(room->counters, COUNTER_BACKEND_FAILURES, 1);
    health_failed(tunnel->server, tunnel->backend, loop_now_ms(room->loop));
    if (!tunnel_may_retry(tunnel, reason)) {
        tunnel_refuse(tunnel, reason, facts);
        return;
    }
    counters_add(room->counters, COUNTER_BACKEND_RETRIES, 1);
    tunnel_try(tunnel);
}

static void tunnel_on_dialled(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason) {
    struct tunnel *tunnel = owner;
    tunnel->dial = NULL;
    if (!stream) {
        tunnel_failed(tunnel, reason, facts);
        return;
    }
    health_succeeded(tunnel->server, tunnel->backend, loop_now_ms(tunnel->session->room->loop));
    tunnel_join(tunnel, stream);
}

static void tunnel_try(struct tunnel *tunnel) {
    struct session *session = tunnel->session;
    struct loop *loop = session->room->loop;
    const struct dial_scope scope = scope_tell(session);
    struct server *before = tunnel->server;
    struct balance_ask ask = {.avoid = before, .client = &session->client};
    affinity_ask(tunnel->backend, session->peer, NULL, &ask);
    struct server *server = balance_pick(tunnel->backend, &ask, loop_now_ms(loop));
    if (!server) {
        bool is_full = balance_may_wait(tunnel->backend);
        tunnel_refuse(tunnel, is_full ? REASON_BACKEND_QUEUE_FULL : REASON_BACKEND_NONE, NULL);
        return;
    }
    tunnel->attempts++;
    tunnel->server = server_take(server);
    server_drop(&before);
    counters_add(session->room->counters, COUNTER_BACKEND_CONNECTS, 1);
    tunnel->dial = dial_start(loop, tunnel->backend, server, &scope, tunnel_on_dialled, tunnel);
    if (!tunnel->dial)
        tunnel_failed(tunnel, REASON_BACKEND_CONNECT, NULL);
}

/* What the client says meanwhile waits in its socket. */
static void tunnel_ignore(void *owner, unsigned what) {
    (void)owner;
    (void)what;
}

void tunnel_start(struct session *session) {
    struct tunnel *tunnel = calloc(1, sizeof *tunnel);
    if (!tunnel) {
        account_handshake_refused(session, REASON_MEMORY);
        session_close(session);
        return;
    }
    *tunnel = (struct tunnel){.session = session,
                              .snapshot = snapshot_ref(session->snapshot),
                              .backend = session->host->backend,
                              .began_us = now_us()};
    loop_task_init(&tunnel->bury, tunnel_bury);
    session->tunnel = tunnel;
    stream_own(session->stream, session, tunnel_ignore);
    stream_flush(session->stream); /* the end of a handshake, which need not wait for the server */
    session_enter(session, SESSION_TUNNEL);
    tunnel_try(tunnel);
}

void tunnel_drain(struct session *session) {
    if (!session->tunnel->pump)
        tunnel_close(session, REASON_DRAINING);
}

void tunnel_sweep(struct session *session) {
    if (session->tunnel->is_draining)
        return;
    session->tunnel->is_draining = true;
    session_wait(session, snapshot_drain_ms(session->room->snapshot));
}

void tunnel_expired(struct session *session) {
    enum reason reason = session->tunnel->is_draining ? REASON_DRAINING : session_check(session);
    if (reason == REASON_NONE) {
        tunnel_wait(session);
        return;
    }
    if (reason != REASON_DRAINING)
        account_session_ended(session, reason);
    tunnel_close(session, reason);
}
