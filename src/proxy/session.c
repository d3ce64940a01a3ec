/* The phases of a session as a table, and the lists that the table's rows head. */
#include "proxy/session.h"

#include "base/bug.h"

#include <stddef.h>
#include <stdlib.h>

enum { SESSION_NO_MEMORY_WAIT_MS = 1000 };

static int64_t session_address_wait_ms(void *owner, const struct plan_client_limits *limits);
static int64_t session_identity_wait_ms(void *owner, const struct plan_client_limits *limits);

/* timeout: where in struct plan_timeouts the phase's time is; reason: why a session ends when that time is over. */
struct session_phase_row {
    size_t timeout;
    enum reason reason;
};

#define TIMEOUT(member) offsetof(struct plan_timeouts, member)

static const struct session_phase_row session_phases[SESSION_PHASES] = {
    [SESSION_PROXY] = {TIMEOUT(proxy_header_ms), REASON_PROXY_TIMEOUT},
    [SESSION_HELLO] = {TIMEOUT(client_hello_ms), REASON_HELLO_TIMEOUT},
    [SESSION_HANDSHAKE] = {TIMEOUT(handshake_ms), REASON_TLS_TIMEOUT},
    [SESSION_ADMIT] = {TIMEOUT(handshake_ms), REASON_OCSP_UNAVAILABLE},
    [SESSION_IDLE] = {TIMEOUT(idle_ms), REASON_IDLE},
    [SESSION_HEAD] = {TIMEOUT(request_head_ms), REASON_REQUEST_TIMEOUT},
    [SESSION_BUSY] = {TIMEOUT(body_idle_ms), REASON_CLIENT_STALLED},
    [SESSION_LEAVING] = {TIMEOUT(body_idle_ms), REASON_CLIENT_STALLED},
    [SESSION_TUNNEL] = {TIMEOUT(tunnel_ms), REASON_IDLE},
};

static const enum counter session_gauges[SESSION_PHASES] = {
    [SESSION_PROXY] = COUNTER_HANDSHAKES_NOW,
    [SESSION_HELLO] = COUNTER_HANDSHAKES_NOW,
    [SESSION_HANDSHAKE] = COUNTER_HANDSHAKES_NOW,
    [SESSION_ADMIT] = COUNTER_COUNT,
    [SESSION_IDLE] = COUNTER_COUNT,
    [SESSION_HEAD] = COUNTER_COUNT,
    [SESSION_BUSY] = COUNTER_COUNT,
    [SESSION_LEAVING] = COUNTER_COUNT,
    [SESSION_TUNNEL] = COUNTER_TUNNELS,
};

bool session_room_init(struct session_room *room, uint64_t seed) {
    for (size_t i = 0; i < SESSION_PHASES; i++)
        list_init(&room->phases[i]);
    list_init(&room->spare_exchanges);
    room->id_seed = seed;
    limitcount_init(&room->hosts, seed);
    return clients_init(&room->clients, seed);
}

void session_room_fini(struct session_room *room) {
    clients_fini(&room->clients);
    limitcount_fini(&room->hosts);
    snapshot_unref(&room->snapshot);
}

/* A bijection of the counter (the finalizer of SplitMix64), so that numbers do not repeat and say nothing of the
 * load. */
uint64_t session_room_id(struct session_room *room) {
    uint64_t id = room->id_seed + ++room->next_id * 0x9E3779B97F4A7C15U;
    id = (id ^ (id >> 30)) * 0xBF58476D1CE4E5B9U;
    id = (id ^ (id >> 27)) * 0x94D049BB133111EBU;
    return id ^ (id >> 31);
}

unsigned session_room_count(const struct session_room *room) {
    unsigned count = 0;
    for (size_t i = 0; i < SESSION_PHASES; i++)
        count += room->counts[i];
    return count;
}

unsigned session_room_arriving(const struct session_room *room) {
    return room->counts[SESSION_PROXY] + room->counts[SESSION_HELLO] + room->counts[SESSION_HANDSHAKE];
}

unsigned session_address_count(const struct session_room *room, const struct addr_ip *client) {
    return clients_of_address(&room->clients, client, &snapshot_limits(room->snapshot)->prefixes);
}

bool session_has_tls(const struct session *session) {
    return session->host->endpoint;
}

struct slice session_scheme(const struct session *session) {
    return slice_text(session_has_tls(session) ? "https" : "http");
}

bool session_comes_by_proxy(const struct plan_listener *listener, const struct addr_ip *client) {
    for (size_t i = 0; i < listener->proxy_network_count; i++)
        if (addr_net_has(&listener->proxy_networks[i], client))
            return true;
    return false;
}

static struct limitcount_key *session_count_address(struct session_room *room, const struct addr_ip *client) {
    return clients_take_address(&room->clients, client, &snapshot_limits(room->snapshot)->prefixes);
}

static void session_leave_phase(struct session *session) {
    list_remove(&session->link);
    session->room->counts[session->phase]--;
    if (session_gauges[session->phase] != COUNTER_COUNT)
        counters_add(session->room->counters, session_gauges[session->phase], -1);
}

static void session_join_phase(struct session *session, enum session_phase phase) {
    session->phase = phase;
    session->entered_ms = loop_now_ms(session->room->loop);
    list_append(&session->room->phases[phase], &session->link);
    session->room->counts[phase]++;
    if (session_gauges[phase] != COUNTER_COUNT)
        counters_add(session->room->counters, session_gauges[phase], 1);
}

static int64_t session_phase_ms(const struct session *session) {
    const char *timeouts = (const char *)&session->listener->timeouts;
    int64_t wait_ms;
    memcpy(&wait_ms, timeouts + session_phases[session->phase].timeout, sizeof wait_ms);
    return wait_ms;
}

void session_wait(struct session *session, int64_t wait_ms) {
    struct loop *loop = session->room->loop;
    deadline_set(loop_deadlines(loop), &session->deadline, loop_now_ms(loop) + wait_ms);
}

void session_enter(struct session *session, enum session_phase phase) {
    session_leave_phase(session);
    session_join_phase(session, phase);
    session_wait(session, session_phase_ms(session));
}

struct judge_case session_case(const struct session *session) {
    return (struct judge_case){
        .is_current = session->snapshot == session->room->snapshot,
        .listener = session->listener,
        .host = session->host,
        .peer = session->peer,
        .refused = session->refused,
        .client = &session->client,
        .server_name = session_server_name(session),
        .now = loop_unix_ms(session->room->loop) / 1000,
        .identity_connections = session->phase < SESSION_IDLE && session->identity ? session->identity->count : 0,
        .denials = session->passed_denials == session->room->denials.generation ? NULL : &session->room->denials,
        .ocsp = session->room->ocsp.cache,
        .may_wait = session->phase < SESSION_IDLE,
    };
}

const struct verified_peer *session_proven_peer(const struct session *session) {
    enum tls_client_auth mode = session->host->client_auth;
    return mode == TLS_CLIENT_AUTH_OPTIONAL || mode == TLS_CLIENT_AUTH_REQUIRED ? session->peer : NULL;
}

struct slice session_client_key(struct session *session) {
    bool is_counted = session_identify(session) && session->identity;
    const struct limitcount_key *key = is_counted ? session->identity : session->address;
    return slice_of(key->bytes, key->len);
}

struct judge_meter session_meter(struct session *session) {
    return (struct judge_meter){.address_wait_ms = session_address_wait_ms,
                                .identity_wait_ms = session_identity_wait_ms,
                                .owner = session};
}

static int64_t session_address_wait_ms(void *owner, const struct plan_client_limits *limits) {
    struct session *session = owner;
    return clients_request_of_address(&session->room->clients, limits, session->address,
                                      loop_now_ms(session->room->loop));
}

/* Without memory to count in, nobody passes. */
static int64_t session_identity_wait_ms(void *owner, const struct plan_client_limits *limits) {
    struct session *session = owner;
    if (!session_identify(session))
        return SESSION_NO_MEMORY_WAIT_MS;
    if (!session->identity)
        return 0;
    return clients_request_of_identity(&session->room->clients, limits, session->identity,
                                       loop_now_ms(session->room->loop));
}

enum reason session_check(struct session *session) {
    struct judge_case judged = session_case(session);
    judge_client(&judged, NULL, &session->verdict);
    if (session->verdict.reason == REASON_NONE && session->verdict.failed == REASON_NONE)
        session->passed_denials = session->room->denials.generation;
    return session->verdict.reason;
}

enum reason session_timeout_reason(enum session_phase phase) {
    return session_phases[phase].reason;
}

static void session_expire(struct deadline *deadline) {
    struct session *session = list_entry(deadline, struct session, deadline);
    session->room->handlers->expired(session);
}

static void session_bury(struct loop_task *task) {
    free(list_entry(task, struct session, bury));
}

static struct session_arrival *session_arrival_new(void) {
    struct session_arrival *arrival = malloc(sizeof *arrival);
    if (!arrival)
        return NULL;
    hello_init(&arrival->hello);
    buf_init(&arrival->waiting, SESSION_ARRIVAL_BYTES_MAX);
    return arrival;
}

void session_arrived(struct session *session) {
    if (!session->arrival)
        return;
    hello_fini(&session->arrival->hello);
    buf_fini(&session->arrival->waiting);
    free(session->arrival);
    session->arrival = NULL;
}

struct session *session_new(struct session_room *room, const struct plan_listener *listener, struct stream *stream,
                            const struct addr_ip *client) {
    struct session *session = calloc(1, sizeof *session);
    struct session_arrival *arrival = session_arrival_new();
    struct limitcount_key *address = session && arrival ? session_count_address(room, client) : NULL;
    if (!address) {
        free(arrival);
        free(session);
        stream_close(&stream);
        return NULL;
    }
    session->arrival = arrival;
    session->room = room;
    session->address = address;
    session->snapshot = snapshot_ref(room->snapshot);
    session->listener = listener;
    session->client = *client;
    session->stream = stream;
    session->id = session_room_id(room);
    list_init(&session->exchanges);
    list_init(&session->link);
    deadline_init(&session->deadline, session_expire);
    loop_task_init(&session->bury, session_bury);
    session_join_phase(session, SESSION_PROXY);
    session_wait(session, session_phase_ms(session));
    counters_add(room->counters, COUNTER_CONNECTIONS, 1);
    return session;
}

void session_close(struct session *session) {
    struct session_room *room = session->room;
    bug_on(!list_empty(&session->exchanges));
    bug_on(session->tunnel);
    session_leave_phase(session);
    deadline_clear(loop_deadlines(room->loop), &session->deadline);
    http_conn_close(&session->http);
    stream_close(&session->stream);
    if (session->scope)
        pool_scope_clear(session->scope);
    free(session->scope);
    ocspwatch_free(&session->watch);
    verified_peer_unref(&session->peer);
    free(session->refused);
    snapshot_unref(&session->snapshot);
    session_arrived(session);
    free(session->server_name);
    free((void *)(uintptr_t)session->offered.data);
    free(session->claims);
    limitcount_drop(&room->clients.addresses, &session->address);
    limitcount_drop(&room->clients.identities, &session->identity);
    limitcount_drop(&room->hosts, &session->at_host);
    counters_add(room->counters, COUNTER_CONNECTIONS, -1);
    loop_defer(room->loop, &session->bury);
}

bool session_set_client(struct session *session, const struct addr_ip *client) {
    struct limitcount_key *address = session_count_address(session->room, client);
    if (!address)
        return false;
    limitcount_drop(&session->room->clients.addresses, &session->address);
    session->address = address;
    session->client = *client;
    return true;
}

bool session_identify(struct session *session) {
    if (session->identity || !session_proven_peer(session))
        return true;
    session->identity =
        clients_take_identity(&session->room->clients, session->peer, session->host->limits.identity_by);
    return session->identity != NULL;
}

enum reason session_count_at_host(struct session *session) {
    const struct plan_host *host = session->host;
    struct slice key = slice_of(&host->count_key, sizeof host->count_key);
    bug_on(session->at_host);
    session->at_host = limitcount_take(&session->room->hosts, key);
    if (!session->at_host)
        return REASON_MEMORY;
    if (host->connections == 0 || session->at_host->count <= host->connections)
        return REASON_NONE;
    session->verdict =
        (struct judge_verdict){.reason = REASON_LIMIT_HOST_CONNECTIONS, .depth = -1, .place = host->limits_place};
    return REASON_LIMIT_HOST_CONNECTIONS;
}

bool session_is_admitted(const struct session *session) {
    return session->http || session->tunnel || session->phase == SESSION_IDLE;
}

struct slice session_server_name(const struct session *session) {
    return slice_text(session->server_name);
}

const struct plan_listener *session_listener(const struct snapshot *snapshot, const char *name) {
    size_t count;
    const struct plan_listener *listeners = snapshot_listeners(snapshot, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(listeners[i].name, name) == 0)
            return &listeners[i];
    return NULL;
}

static const struct plan_host *session_host_in(const struct session *session, const struct plan_listener *listener) {
    return snapshot_host_of_hello(listener, session_server_name(session), session->offered);
}

bool session_rebind(struct session *session, struct snapshot *snapshot) {
    const struct plan_listener *listener = session_listener(snapshot, session->listener->name);
    const struct plan_host *host = listener ? session_host_in(session, listener) : NULL;
    if (!host)
        return false;
    if (session->host && memcmp(host->policy_digest, session->host->policy_digest, sizeof host->policy_digest) != 0)
        return false;
    snapshot_ref(snapshot);
    snapshot_unref(&session->snapshot);
    session->snapshot = snapshot;
    session->verdict = (struct judge_verdict){.depth = -1}; /* the old one's place went with the old snapshot */
    session->listener = listener;
    if (session->host)
        session->host = host;
    return true;
}
