/* The worker's life: it shrinks its privileges, builds what it works with from messages, and serves. */
#include "bin/worker.h"

#include "base/log.h"
#include "base/text.h"
#include "bin/acceptor.h"
#include "bin/checkup.h"
#include "bin/confine.h"
#include "bin/pressure.h"
#include "ipc/channel.h"
#include "ipc/drain.h"
#include "ipc/outline.h"
#include "ipc/report.h"
#include "ipc/resolve.h"
#include "os/fd.h"
#include "os/sandbox.h"
#include "os/sealed.h"
#include "os/usage.h"
#include "pki/denylist.h"
#include "plan/bundle.h"
#include "proxy/asks.h"
#include "proxy/gate.h"
#include "tls/library.h"
#include "upstream/pool.h"
#include "upstream/resolved.h"

#include <stdio.h>
#include <stdlib.h>

/* BEAT_MS: how often the loop turns at least, for the heartbeat. CHAINS_MAX: chains remembered, some 6 KB each.
 * DESCRIPTORS_BESIDES: those that are open but not in the loop: the standard ones, epoll's, the wake-up's, and a
 * bundle's while it is built. */
enum {
    BEAT_MS = 1000,
    CHAINS_MAX = 4096,
    DESCRIPTORS_BESIDES = 8,
    SOCKETS_MAX = OUTLINE_LISTENS_MAX * OUTLINE_WORKERS_MAX
};

/* What was prepared: the snapshot, the generation's number, and the sockets that belong to its listeners. */
struct generation {
    uint64_t number;
    struct snapshot *snapshot;
    size_t count;
    uint32_t sockets[SOCKETS_MAX];
    uint32_t listeners[SOCKETS_MAX];
};

struct worker {
    struct loop *loop;
    struct channel *channel;
    struct loop_source channel_source;
    struct deadline beat;
    struct counters *counters;
    struct events *events;
    int wake_fd;
    struct chaincache *cache;
    struct tls_tickets *tickets;
    struct upstream *upstream;
    struct resolved *resolved;
    struct checkup *checkup;
    struct asks *asks;
    struct gate *gate;
    struct acceptor *acceptor;
    struct pressure *pressure;
    size_t descriptors_given;
    struct snapshot *running;
    bool serves;
    struct generation prepared;
    struct slice denials;
    int exit_code;
};

static bool set_up(struct worker *worker, const char *user);
static bool make_rooms(struct worker *worker);
static void tear_down(struct worker *worker);
static void on_channel(struct loop_source *source, uint32_t events);
static void on_beat(struct deadline *deadline);
static bool obey(struct worker *worker, struct channel_message *message);
static bool take_memory(struct worker *worker, struct wire_in *in);
static bool take_ticket_keys(struct worker *worker, struct wire_in *in);
static bool take_socket(struct worker *worker, struct wire_in *in);
static bool prepare(struct worker *worker, struct wire_in *in);
static bool read_list(struct generation *generation, struct wire_in *in);
static bool build(struct worker *worker, int bundle_fd, struct error_list *errors);
static bool check_list(const struct generation *generation);
static bool answer(struct worker *worker, enum catalog_message type, uint64_t generation);
static bool refuse(struct worker *worker, const struct error_list *errors);
static bool commit(struct worker *worker, struct wire_in *in);
static bool forget_prepared(struct worker *worker, struct wire_in *in);
static bool take_lent(struct worker *worker, struct wire_in *in);
static bool give_back(struct worker *worker, struct wire_in *in);
static bool take_answer(struct worker *worker, struct wire_in *in);
static bool take_denials(struct worker *worker, struct wire_in *in);
static bool take_addresses(struct worker *worker, struct wire_in *in);
static bool take_drained(struct worker *worker, struct wire_in *in);
static bool drain(struct worker *worker, struct wire_in *in);
static const char *listener_name(const struct snapshot *snapshot, uint32_t listener);
static void take_connection(void *owner, const char *listener, int fd, const struct addr *peer);
static void on_drained(void *owner);
static void look_at_pressure(struct worker *worker);
static void limit_descriptors(const struct worker *worker, size_t most);
static void on_shortage(void *owner, int cause);
static size_t count_descriptors(void *owner);
static size_t count_memory(void *owner);
static size_t relieve(void *owner, size_t count);
static void pause_accepting(void *owner, bool is_paused);
static void tell_paused(void *owner, enum reason reason, const char *detail);

static const struct pressure_hooks pressure_hooks = {
    .descriptors = count_descriptors,
    .memory_bytes = count_memory,
    .relieve = relieve,
    .pause = pause_accepting,
    .tell = tell_paused,
};

int worker_main(unsigned slot, const char *user) {
    static struct worker worker; /* large: the lists of sockets */
    char role[32];
    snprintf(role, sizeof(role), "worker %u", slot);
    log_open(role, LOG_LEVEL_INFO);
    worker.exit_code = EXIT_FAILURE;
    worker.wake_fd = -1;
    worker.descriptors_given = usage_descriptors_max();
    if (set_up(&worker, user) && loop_run(worker.loop))
        log_line(LOG_LEVEL_DEBUG, "ends");
    tear_down(&worker);
    return worker.exit_code;
}

static bool set_up(struct worker *worker, const char *user) {
    const struct sandbox sandbox = {
        .promises = SANDBOX_LOOP | SANDBOX_ACCEPT | SANDBOX_CONNECT | SANDBOX_PASS_FDS,
    };
    tls_library_start();
    if (!confine_process(user, &sandbox))
        return false;
    worker->loop = loop_new();
    worker->channel = channel_new(CHANNEL_CHILD_FD, CATALOG_ROLE_WORKER, CATALOG_ROLE_SUPERVISOR);
    if (!worker->loop || !worker->channel) {
        log_line(LOG_LEVEL_ERROR, "no memory to begin with");
        return false;
    }
    worker->channel_source = (struct loop_source){.fd = CHANNEL_CHILD_FD, .on_event = on_channel};
    deadline_init(&worker->beat, on_beat);
    return make_rooms(worker) && loop_add_level(worker->loop, &worker->channel_source);
}

/* The gate needs the shared memory, and comes with it. */
static bool make_rooms(struct worker *worker) {
    worker->cache = chaincache_new(CHAINS_MAX);
    worker->tickets = tls_tickets_new(0);
    worker->upstream = upstream_new();
    worker->resolved = resolved_new(REPORT_SOURCES_MAX);
    worker->asks = asks_new(worker->loop, worker->channel);
    return worker->cache && worker->tickets && worker->upstream && worker->resolved && worker->asks;
}

static void tear_down(struct worker *worker) {
    acceptor_free(&worker->acceptor);
    pressure_free(&worker->pressure);
    gate_free(&worker->gate);
    checkup_free(&worker->checkup);
    if (worker->upstream)
        upstream_each(worker->upstream, pool_clear);
    if (worker->loop && worker->channel)
        loop_remove(worker->loop, &worker->channel_source);
    loop_free(&worker->loop);
    asks_free(&worker->asks);
    snapshot_unref(&worker->prepared.snapshot);
    snapshot_unref(&worker->running);
    upstream_free(&worker->upstream);
    resolved_free(&worker->resolved);
    tls_tickets_free(&worker->tickets);
    chaincache_free(&worker->cache);
    sealed_unmap(&worker->denials);
    events_close(&worker->events);
    counters_close(&worker->counters);
    fd_close(&worker->wake_fd);
    channel_free(&worker->channel);
}

/* Without a supervisor nobody would restart us or stop us. */
static void on_channel(struct loop_source *source, uint32_t events) {
    (void)events;
    struct worker *worker = list_entry(source, struct worker, channel_source);
    struct channel_message message;
    enum channel_status status = channel_receive(worker->channel, &message);
    bool good = status == CHANNEL_EMPTY || (status == CHANNEL_MESSAGE && obey(worker, &message));
    if (good)
        return;
    if (status == CHANNEL_MESSAGE)
        log_line(LOG_LEVEL_ERROR, "the supervisor's message \"%s\" cannot be followed",
                 catalog_row(message.type)->label);
    else
        log_line(LOG_LEVEL_ERROR, "the supervisor %s",
                 status == CHANNEL_CLOSED ? "is gone" : channel_fault(worker->channel));
    loop_stop(worker->loop);
}

static void on_beat(struct deadline *deadline) {
    struct worker *worker = list_entry(deadline, struct worker, beat);
    int64_t longest_us = loop_take_longest_us(worker->loop);
    if (worker->serves)
        counters_peak(worker->counters, COUNTER_LONGEST_TURN, longest_us);
    worker->serves = worker->running != NULL;
    look_at_pressure(worker);
    counters_beat(worker->counters, loop_now_ms(worker->loop));
    deadline_set(loop_deadlines(worker->loop), &worker->beat, loop_now_ms(worker->loop) + BEAT_MS);
}

/* False ends the worker: it and its supervisor do not understand each other. */
static bool obey(struct worker *worker, struct channel_message *message) {
    static bool (*const actions[CATALOG_COUNT])(struct worker *, struct wire_in *) = {
        [CATALOG_MEMORY] = take_memory,
        [CATALOG_TICKET_KEYS] = take_ticket_keys,
        [CATALOG_SOCKET] = take_socket,
        [CATALOG_PREPARE] = prepare,
        [CATALOG_COMMIT] = commit,
        [CATALOG_ABORT] = forget_prepared,
        [CATALOG_LEND] = take_lent,
        [CATALOG_RECALL] = give_back,
        [CATALOG_DRAIN] = drain,
        [CATALOG_DENY] = take_denials,
        [CATALOG_ANSWER] = take_answer,
        [CATALOG_ADDRESSES] = take_addresses,
        [CATALOG_SERVER_SET] = take_drained,
    };
    bool (*action)(struct worker *, struct wire_in *) = actions[message->type];
    bool in_order = message->type == CATALOG_MEMORY ? worker->gate == NULL : worker->gate != NULL;
    return action && in_order && action(worker, &message->in);
}

static bool take_memory(struct worker *worker, struct wire_in *in) {
    int counters_fd = channel_take_fd(worker->channel, 0);
    int events_fd = channel_take_fd(worker->channel, 1);
    worker->wake_fd = channel_take_fd(worker->channel, 2);
    worker->counters = counters_open(counters_fd);
    worker->events = events_open_writer(events_fd, worker->wake_fd);
    fd_close(&counters_fd);
    fd_close(&events_fd);
    if (!wire_in_done(in) || !worker->counters || !worker->events)
        return false;
    const struct gate_context context = {
        .loop = worker->loop,
        .counters = worker->counters,
        .events = worker->events,
        .cache = worker->cache,
        .asks = worker->asks,
    };
    worker->gate = gate_new(&context);
    worker->checkup = checkup_new(worker->loop, worker->counters);
    worker->acceptor = acceptor_new(worker->loop, take_connection, on_shortage, worker);
    worker->pressure = pressure_new(worker->loop, worker->counters, &pressure_hooks, worker);
    if (!worker->gate || !worker->checkup || !worker->acceptor || !worker->pressure)
        return false;
    on_beat(&worker->beat);
    return true;
}

static bool take_ticket_keys(struct worker *worker, struct wire_in *in) {
    struct tls_ticket_key keys[TLS_TICKET_KEYS_MAX];
    uint32_t count = wire_get_count(in, TLS_TICKET_KEYS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        struct slice key = wire_get_bytes(in, sizeof(keys[i]));
        if (key.len != sizeof(keys[i]))
            return false;
        memcpy(&keys[i], key.data, sizeof(keys[i]));
    }
    bool good = wire_in_done(in) && tls_tickets_set(worker->tickets, keys, count);
    text_wipe(keys, sizeof(keys));
    return good;
}

static bool take_socket(struct worker *worker, struct wire_in *in) {
    uint32_t number = wire_get_u32(in);
    return wire_in_done(in) && acceptor_add(worker->acceptor, number, channel_take_fd(worker->channel, 0));
}

static bool prepare(struct worker *worker, struct wire_in *in) {
    struct generation *next = &worker->prepared;
    snapshot_unref(&next->snapshot);
    if (!read_list(next, in))
        return false;
    struct error_list errors;
    error_list_init(&errors);
    int bundle_fd = channel_take_fd(worker->channel, 0);
    bool built = build(worker, bundle_fd, &errors);
    fd_close(&bundle_fd);
    bool good = built && check_list(next) ? answer(worker, CATALOG_PREPARED, next->number) : refuse(worker, &errors);
    error_list_fini(&errors);
    return good;
}

static bool read_list(struct generation *generation, struct wire_in *in) {
    generation->number = wire_get_u64(in);
    generation->count = wire_get_count(in, SOCKETS_MAX);
    for (size_t i = 0; i < generation->count; i++) {
        generation->sockets[i] = wire_get_u32(in);
        generation->listeners[i] = wire_get_u32(in);
    }
    return wire_in_done(in);
}

static bool build(struct worker *worker, int bundle_fd, struct error_list *errors) {
    const struct snapshot_context context = {
        .cache = worker->cache,
        .tickets = worker->tickets,
        .upstream = worker->upstream,
        .resolved = worker->resolved,
        .now = TRUST_AT_ANY_TIME,
        .bundle_fd = &bundle_fd,
        .previous = worker->running,
    };
    struct error error;
    struct slice bundle;
    if (!sealed_map(bundle_fd, BUNDLE_BYTES_MAX, &bundle, &error))
        return error_add(errors, (struct error_place){0}, "%s", error.sentence);
    worker->prepared.snapshot = snapshot_new(bundle, &context, errors);
    sealed_unmap(&bundle);
    return worker->prepared.snapshot != NULL;
}

static bool check_list(const struct generation *generation) {
    for (size_t i = 0; i < generation->count; i++)
        if (!listener_name(generation->snapshot, generation->listeners[i]))
            return false;
    return true;
}

static bool answer(struct worker *worker, enum catalog_message type, uint64_t generation) {
    wire_put_u64(channel_begin(worker->channel, type), generation);
    return channel_send(worker->channel, NULL);
}

static bool refuse(struct worker *worker, const struct error_list *errors) {
    struct buf text;
    buf_init(&text, CATALOG_TEXT_MAX);
    if (!error_list_print(errors, &text) || buf_len(&text) == 0)
        log_line(LOG_LEVEL_WARNING, "not all errors fit into the answer");
    struct wire_out *out = channel_begin(worker->channel, CATALOG_REFUSED);
    wire_put_u64(out, worker->prepared.number);
    wire_put_bytes(out, buf_view(&text));
    snapshot_unref(&worker->prepared.snapshot);
    buf_fini(&text);
    return channel_send(worker->channel, NULL);
}

/* Sockets that go are emptied under the old snapshot, of which their listener is; then everything changes at once. */
static bool commit(struct worker *worker, struct wire_in *in) {
    struct generation *next = &worker->prepared;
    uint64_t number = wire_get_u64(in);
    if (!wire_in_done(in) || !next->snapshot || number != next->number)
        return false;
    acceptor_keep(worker->acceptor, next->sockets, next->count);
    tls_tickets_set_lifetime(worker->tickets, snapshot_ticket_lifetime_s(next->snapshot));
    gate_use(worker->gate, next->snapshot);
    limit_descriptors(worker, snapshot_limits(next->snapshot)->descriptors);
    for (size_t i = 0; i < next->count; i++) {
        const char *name = listener_name(next->snapshot, next->listeners[i]);
        if (!acceptor_listen(worker->acceptor, next->sockets[i], name))
            return false;
    }
    checkup_use(worker->checkup, next->snapshot);
    snapshot_unref(&worker->running);
    worker->running = next->snapshot;
    next->snapshot = NULL;
    look_at_pressure(worker);
    return answer(worker, CATALOG_COMMITTED, number);
}

/* Sockets that came for it go, too: the running list does not name them. */
static bool forget_prepared(struct worker *worker, struct wire_in *in) {
    uint64_t number = wire_get_u64(in);
    if (!wire_in_done(in) || number != worker->prepared.number)
        return false;
    snapshot_unref(&worker->prepared.snapshot);
    acceptor_drop_idle(worker->acceptor);
    return true;
}

static bool take_lent(struct worker *worker, struct wire_in *in) {
    uint32_t number = wire_get_u32(in);
    uint32_t listener = wire_get_u32(in);
    const char *name = worker->running ? listener_name(worker->running, listener) : NULL;
    return wire_in_done(in) && name && acceptor_add(worker->acceptor, number, channel_take_fd(worker->channel, 0)) &&
        acceptor_listen(worker->acceptor, number, name);
}

static bool give_back(struct worker *worker, struct wire_in *in) {
    uint32_t number = wire_get_u32(in);
    acceptor_drop(worker->acceptor, number);
    return wire_in_done(in);
}

static bool take_answer(struct worker *worker, struct wire_in *in) {
    return asks_take(worker->asks, in);
}

/* An index that cannot be used is no reason to end for one who serves: the list in force stays, and the supervisor
 * names us as late. Whoever has none to begin with lets nobody in. */
static bool take_denials(struct worker *worker, struct wire_in *in) {
    uint64_t generation = wire_get_u64(in);
    int fd = channel_take_fd(worker->channel, 0);
    struct error error;
    struct slice bytes = {0};
    struct denylist list;
    bool mapped = sealed_map(fd, DENYLIST_BYTES_MAX, &bytes, &error);
    bool good = mapped && denylist_open(&list, bytes) && list.generation == generation;
    fd_close(&fd);
    if (!wire_in_done(in))
        return false;
    if (!good) {
        log_line(LOG_LEVEL_ERROR, "the index of the deny-list cannot be used: %s",
                 mapped ? "it is broken" : error.sentence);
        sealed_unmap(&bytes);
        return worker->running != NULL;
    }
    uint32_t closed = (uint32_t)gate_deny(worker->gate, &list);
    sealed_unmap(&worker->denials);
    worker->denials = bytes;
    struct wire_out *out = channel_begin(worker->channel, CATALOG_DENIED);
    wire_put_u64(out, generation);
    wire_put_u32(out, closed);
    return channel_send(worker->channel, NULL);
}

/* Without memory for it, what was there stays. */
static bool take_addresses(struct worker *worker, struct wire_in *in) {
    char name[RESOLVE_NAME_MAX + 1];
    struct resolve_answer answer;
    wire_get_text(in, name, sizeof(name));
    resolve_get_answer(&answer, in);
    if (!wire_in_done(in) || name[0] == '\0')
        return false;
    struct slice addresses = slice_of(answer.addresses, (size_t)answer.count * RESOLVE_ADDRESS_BYTES);
    bool done = resolved_set(worker->resolved, slice_text(name), addresses);
    if (done && worker->running) {
        done = snapshot_renew(worker->running, name);
        checkup_use(worker->checkup, worker->running);
    }
    if (done && worker->prepared.snapshot)
        done = snapshot_renew(worker->prepared.snapshot, name);
    if (!done)
        log_line(LOG_LEVEL_ERROR, "no memory for the addresses of %s", name);
    return true;
}

/* Whoever has no memory for the operator's word would go against it. */
static bool take_drained(struct worker *worker, struct wire_in *in) {
    char name[DRAIN_NAME_MAX];
    struct upstream_meant meant;
    uint32_t request = wire_get_u32(in);
    bool is_drained = wire_get_bool(in);
    wire_get_text(in, name, sizeof(name));
    if (!wire_in_done(in) ||
        !upstream_drain(worker->upstream, slice_text(name), is_drained, loop_now_ms(worker->loop), &meant))
        return false;
    if (request == 0)
        return true;
    struct wire_out *out = channel_begin(worker->channel, CATALOG_SERVER_COUNTED);
    wire_put_u32(out, request);
    wire_put_u32(out, meant.servers);
    wire_put_u64(out, meant.active);
    return channel_send(worker->channel, NULL);
}

static bool drain(struct worker *worker, struct wire_in *in) {
    int64_t limit_ms = wire_get_i64(in);
    if (!wire_in_done(in) || limit_ms < 0)
        return false;
    acceptor_keep(worker->acceptor, NULL, 0);
    worker->exit_code = EXIT_SUCCESS;
    checkup_free(&worker->checkup);
    gate_drain(worker->gate, limit_ms, on_drained, worker);
    return true;
}

/* The limit of descriptors may be changed from outside at any time. */
static void look_at_pressure(struct worker *worker) {
    const struct plan_limits *plan = worker->running ? snapshot_limits(worker->running) : NULL;
    const struct pressure_limits limits = {
        .descriptors = usage_descriptors_max(),
        .memory_bytes = plan ? plan->memory_bytes : 0,
    };
    pressure_look(worker->pressure, &limits);
}

static void limit_descriptors(const struct worker *worker, size_t most) {
    if (!usage_limit_descriptors(most > 0 ? most : worker->descriptors_given))
        log_line(LOG_LEVEL_WARNING, "limits.descriptors cannot be set: %m");
}

static void on_shortage(void *owner, int cause) {
    struct worker *worker = owner;
    look_at_pressure(worker);
    pressure_refused(worker->pressure, cause);
}

static size_t count_descriptors(void *owner) {
    const struct worker *worker = owner;
    return loop_sources(worker->loop) + DESCRIPTORS_BESIDES;
}

static size_t count_memory(void *owner) {
    (void)owner;
    return usage_memory_bytes();
}

static size_t relieve(void *owner, size_t count) {
    const struct worker *worker = owner;
    return gate_relieve(worker->gate, count);
}

static void pause_accepting(void *owner, bool is_paused) {
    const struct worker *worker = owner;
    acceptor_pause(worker->acceptor, is_paused);
}

static void tell_paused(void *owner, enum reason reason, const char *detail) {
    const struct worker *worker = owner;
    gate_tell_paused(worker->gate, reason, detail);
}

static const char *listener_name(const struct snapshot *snapshot, uint32_t listener) {
    size_t count;
    const struct plan_listener *listeners = snapshot_listeners(snapshot, &count);
    return listener < count ? listeners[listener].name : NULL;
}

static void take_connection(void *owner, const char *listener, int fd, const struct addr *peer) {
    struct worker *worker = owner;
    gate_accept(worker->gate, listener, fd, peer);
    pressure_accepted(worker->pressure);
}

static void on_drained(void *owner) {
    struct worker *worker = owner;
    loop_stop(worker->loop);
}
