/* The worker's door: limits at the accept, the sweep when the snapshot changes, the drain at the end. */
#include "proxy/gate.h"

#include "io/tcp.h"
#include "os/sock.h"
#include "proxy/account.h"
#include "proxy/admit.h"
#include "proxy/exchange.h"
#include "proxy/passwords.h"
#include "proxy/relief.h"
#include "proxy/session.h"
#include "proxy/tunnel.h"
#include "proxy/web.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* How often a drain looks whether the last session has left. */
enum { GATE_DRAIN_LOOK_MS = 50 };

struct gate {
    struct session_room room;
    struct chaincache *cache;
    struct chaincache_count cache_counted;
    struct deadline drain_look;
    struct loop_task bury;
    size_t swept;
    int64_t drain_ends_ms;
    void (*drained)(void *owner);
    void *drained_owner;
};

static bool gate_is_admitted(enum session_phase phase) {
    return phase >= SESSION_IDLE;
}

static void gate_on_expired(struct session *session) {
    if (session->tunnel)
        tunnel_expired(session);
    else if (gate_is_admitted(session->phase))
        web_expired(session);
    else
        admit_refuse(session, session_timeout_reason(session->phase));
}

/* Tells the counters what the chain cache did since the last handshake. */
static void gate_count_chains(struct gate *gate) {
    struct chaincache_count count = chaincache_count(gate->cache);
    struct counters *counters = gate->room.counters;
    counters_add(counters, COUNTER_CHAIN_LOOKUPS, (int64_t)(count.lookups - gate->cache_counted.lookups));
    counters_add(counters, COUNTER_CHAIN_HITS, (int64_t)(count.hits - gate->cache_counted.hits));
    gate->cache_counted = count;
}

static void gate_on_admitted(struct session *session) {
    gate_count_chains(list_entry(session->room, struct gate, room));
    if (session->host->mode == PLAN_MODE_HTTP)
        web_start(session);
    else
        tunnel_start(session);
}

/* Something else is known about the session's client: if it would be refused by now, it ends: at once, or after the
 * answer that it waits for, as its host wants it. */
static void gate_judge_again(struct session *session) {
    enum reason reason = session_check(session);
    if (reason == REASON_NONE)
        return;
    account_session_ended(session, reason);
    list_entry(session->room, struct gate, room)->swept++;
    if (session->tunnel) {
        tunnel_close(session, reason);
        return;
    }
    if (session->host->close_at_once && session->phase != SESSION_IDLE) { /* an idle one ends at once, in order */
        web_close(session, reason);
        return;
    }
    web_end_upgraded(session, reason);
    web_sweep(session);
}

static struct ocspask_subject gate_ocsp_about(void *owner) {
    const struct session *session = owner;
    return (struct ocspask_subject){.snapshot = session->snapshot, .host = session->host, .peer = session->peer};
}

static void gate_ocsp_changed(void *owner) {
    struct session *session = owner;
    if (session_is_admitted(session))
        gate_judge_again(session);
    else if (session->phase == SESSION_ADMIT)
        admit_go_on(session);
}

static const struct ocspwatch_events gate_ocsp_events = {.about = gate_ocsp_about, .changed = gate_ocsp_changed};
static const struct session_handlers gate_handlers = {.admitted = gate_on_admitted, .expired = gate_on_expired};

static void gate_each(struct gate *gate, void (*visit)(struct session *session)) {
    for (size_t phase = 0; phase < SESSION_PHASES; phase++) {
        struct list *item;
        struct list *following;
        list_each_safe(item, following, &gate->room.phases[phase]) visit(list_entry(item, struct session, link));
    }
}

static void gate_end_session(struct session *session) {
    if (session->tunnel)
        tunnel_close(session, REASON_DRAINING);
    else if (session->http)
        web_close(session, REASON_DRAINING);
    else
        session_close(session);
}

static void gate_drain_session(struct session *session) {
    if (session->tunnel)
        tunnel_drain(session);
    else if (session->http)
        web_drain(session);
    else if (session->phase != SESSION_HANDSHAKE)
        session_close(session);
}

static void gate_drain_look(struct deadline *deadline) {
    struct gate *gate = list_entry(deadline, struct gate, drain_look);
    struct loop *loop = gate->room.loop;
    if (loop_now_ms(loop) >= gate->drain_ends_ms)
        gate_each(gate, gate_end_session);
    if (session_room_count(&gate->room) == 0)
        gate->drained(gate->drained_owner);
    else
        deadline_set(loop_deadlines(loop), deadline, loop_now_ms(loop) + GATE_DRAIN_LOOK_MS);
}

/* Runs after the tasks that bury the gate's sessions and exchanges: those were queued before it. */
static void gate_bury(struct loop_task *task) {
    struct gate *gate = list_entry(task, struct gate, bury);
    exchange_free_spare(&gate->room);
    passwords_free(&gate->room.passwords);
    session_room_fini(&gate->room);
    free(gate);
}

struct gate *gate_new(const struct gate_context *context) {
    uint64_t seed;
    struct gate *gate = calloc(1, sizeof *gate);
    if (!gate || getrandom(&seed, sizeof seed, 0) != sizeof seed || !session_room_init(&gate->room, seed)) {
        free(gate);
        return NULL;
    }
    gate->room.loop = context->loop;
    gate->room.asks = context->asks;
    gate->room.counters = context->counters;
    gate->room.events = context->events;
    gate->room.handlers = &gate_handlers;
    gate->room.passwords = passwords_new(context->loop, context->asks, &gate->room.clients, context->counters);
    gate->cache = context->cache;
    deadline_init(&gate->drain_look, gate_drain_look);
    loop_task_init(&gate->bury, gate_bury);
    if (gate->room.passwords &&
        ocspwatch_open(&gate->room.ocsp, context->loop, context->asks, context->counters, gate_ocsp_events, seed))
        return gate;
    gate_bury(&gate->bury);
    return NULL;
}

void gate_free(struct gate **held) {
    struct gate *gate = *held;
    if (!gate)
        return;
    *held = NULL;
    gate_each(gate, gate_end_session);
    ocspwatch_close(&gate->room.ocsp);
    deadline_clear(loop_deadlines(gate->room.loop), &gate->drain_look);
    loop_defer(gate->room.loop, &gate->bury);
}

/* A session that may not go on under the new snapshot is drained; what it still sends is refused by its old one. One
 * whose client would be refused by now ends, too, after the answer that it waits for. */
static void gate_sweep_session(struct session *session) {
    if (!session_is_admitted(session))
        return;
    if (session_rebind(session, session->room->snapshot))
        gate_judge_again(session);
    else if (session->tunnel)
        tunnel_sweep(session);
    else
        web_sweep(session);
}

void gate_use(struct gate *gate, struct snapshot *snapshot) {
    struct snapshot *before = gate->room.snapshot;
    gate->room.snapshot = snapshot_ref(snapshot);
    gate_each(gate, gate_sweep_session);
    snapshot_unref(&before);
}

/* Handshakes under way are judged when they are done. */
static void gate_deny_session(struct session *session) {
    if (session_is_admitted(session)) {
        gate_judge_again(session);
    } else if (session->phase == SESSION_ADMIT) {
        enum reason reason = session_check(session);
        if (reason == REASON_NONE)
            return;
        list_entry(session->room, struct gate, room)->swept++;
        admit_refuse(session, reason);
    }
}

size_t gate_deny(struct gate *gate, const struct denylist *denials) {
    gate->room.denials = *denials;
    gate->swept = 0;
    gate_each(gate, gate_deny_session);
    return gate->swept;
}

/* Whoever begins a handshake and dallies has to make room for those who come. */
static bool gate_has_room_to_shake(struct gate *gate, unsigned limit) {
    return limit == 0 || session_room_arriving(&gate->room) < limit || relief_of_arriving(&gate->room);
}

/* A proxy's own address is not limited: it brings many clients, who are counted when its headers name them. */
static enum reason gate_full(struct gate *gate, const struct plan_listener *listener, const struct addr_ip *client) {
    const struct plan_limits *limits = snapshot_limits(gate->room.snapshot);
    if (gate->room.draining)
        return REASON_DRAINING;
    if (limits->connections && session_room_count(&gate->room) >= limits->connections)
        return REASON_LIMIT_CONNECTIONS;
    if (!gate_has_room_to_shake(gate, limits->handshakes))
        return REASON_LIMIT_HANDSHAKES;
    if (limits->connections_per_address && !session_comes_by_proxy(listener, client) &&
        session_address_count(&gate->room, client) >= limits->connections_per_address)
        return REASON_LIMIT_PER_ADDRESS;
    return REASON_NONE;
}

static void gate_refuse(struct gate *gate, const struct plan_listener *listener, int fd, const struct addr_ip *client,
                        enum reason reason) {
    account_connection_refused(&gate->room, listener, client, reason);
    close(fd);
}

static void gate_admit(struct gate *gate, const struct plan_listener *listener, int fd, const struct addr_ip *client) {
    struct addr local;
    bool is_known = sock_local_addr(fd, &local);
    struct stream *stream = tcp_new(gate->room.loop, fd);
    struct session *session = stream ? session_new(&gate->room, listener, stream, client) : NULL;
    if (session && is_known)
        session->destination = addr_ip_of(&local);
    if (session)
        admit_start(session);
    else
        account_connection_refused(&gate->room, listener, client, REASON_MEMORY);
}

void gate_accept(struct gate *gate, const char *name, int fd, const struct addr *peer) {
    const struct plan_listener *listener = session_listener(gate->room.snapshot, name);
    struct addr_ip client = addr_ip_of(peer);
    if (!listener) {
        close(fd);
        return;
    }
    counters_add(gate->room.counters, COUNTER_ACCEPTED, 1);
    enum reason reason = gate_full(gate, listener, &client);
    if (reason == REASON_NONE)
        gate_admit(gate, listener, fd, &client);
    else
        gate_refuse(gate, listener, fd, &client, reason);
}

void gate_drain(struct gate *gate, int64_t limit_ms, void (*done)(void *owner), void *owner) {
    struct loop *loop = gate->room.loop;
    gate->room.draining = true;
    gate->drained = done;
    gate->drained_owner = owner;
    gate->drain_ends_ms = loop_now_ms(loop) + limit_ms;
    gate_each(gate, gate_drain_session);
    deadline_set(loop_deadlines(loop), &gate->drain_look, loop_now_ms(loop));
}

size_t gate_relieve(struct gate *gate, size_t count) {
    return relief_make(&gate->room, count);
}

void gate_tell_paused(struct gate *gate, enum reason reason, const char *detail) {
    account_accept_paused(&gate->room, reason, detail);
}

size_t gate_sessions(const struct gate *gate) {
    return session_room_count(&gate->room);
}
