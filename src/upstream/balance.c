/* Two looks at the servers: which kind is the best that can be used, and which of that kind it is to be. */
#include "upstream/balance.h"

#include "upstream/rendezvous.h"

/* From the best to the worst; each EJECTED is one worse for a backup, too. */
enum balance_kind {
    BALANCE_USABLE,
    BALANCE_BACKUP,
    BALANCE_EJECTED,
    BALANCE_EJECTED_BACKUP,
    BALANCE_AVOIDED,
    BALANCE_UNUSABLE
};

/* A weight in parts, so that a small one can begin slowly, too. */
enum { BALANCE_PARTS = 100 };

/* One choice under way. kind: of those to choose from. least: among them, where those with the least to do are
 * wanted, one of these; otherwise NULL. */
struct balance_turn {
    struct backend *backend;
    const struct balance_ask *ask;
    int64_t now_ms;
    enum balance_kind kind;
    const struct backend_server *least;
};

static enum balance_kind balance_kind_of(const struct balance_turn *turn, const struct backend_server *entry) {
    const struct server *server = entry->server;
    if (server->is_down || server->is_drained)
        return BALANCE_UNUSABLE;
    if (server == turn->ask->avoid)
        return BALANCE_AVOIDED;
    if (server->ejected_until_ms > turn->now_ms)
        return entry->is_backup ? BALANCE_EJECTED_BACKUP : BALANCE_EJECTED;
    return entry->is_backup ? BALANCE_BACKUP : BALANCE_USABLE;
}

static enum balance_kind balance_best_kind(const struct balance_turn *turn) {
    enum balance_kind best = BALANCE_UNUSABLE;
    for (size_t i = 0; i < turn->backend->server_count && best != BALANCE_USABLE; i++) {
        enum balance_kind kind = balance_kind_of(turn, &turn->backend->servers[i]);
        best = kind < best ? kind : best;
    }
    return best;
}

/* A server that came back begins with little, and has its whole weight after the slow start. */
static unsigned balance_weight(const struct balance_turn *turn, const struct backend_server *entry) {
    const struct server *server = entry->server;
    unsigned whole = entry->weight * BALANCE_PARTS;
    int64_t back_ms = server->ejected_until_ms > server->back_ms ? server->ejected_until_ms : server->back_ms;
    int64_t since_ms = turn->now_ms - back_ms;
    if (back_ms == 0 || since_ms < 0 || since_ms >= turn->backend->slow_start_ms)
        return whole;
    unsigned part = (unsigned)(whole * since_ms / turn->backend->slow_start_ms);
    return part > 0 ? part : 1;
}

/* Negative when `a` has less to do for its weight than `b`, with one request more; 0 when they have the same. */
static int balance_compare_load(const struct balance_turn *turn, const struct backend_server *a,
                                const struct backend_server *b) {
    uint64_t of_a = (uint64_t)(a->server->active + 1) * balance_weight(turn, b);
    uint64_t of_b = (uint64_t)(b->server->active + 1) * balance_weight(turn, a);
    return of_a < of_b ? -1 : of_a > of_b;
}

static bool balance_is_full(const struct backend_server *entry) {
    return entry->active_max > 0 && entry->server->active >= entry->active_max;
}

static bool balance_is_wanted(const struct balance_turn *turn, const struct backend_server *entry) {
    return balance_kind_of(turn, entry) == turn->kind && !balance_is_full(entry) &&
        (!turn->least || balance_compare_load(turn, entry, turn->least) == 0);
}

/* Each gets its weight in credit, and who has most gives back what all got: a heavy server's turns are spread among
 * the others' instead of coming in a row. */
static struct server *balance_in_turn(const struct balance_turn *turn) {
    struct backend_server *best = NULL;
    int64_t total = 0;
    for (size_t i = 0; i < turn->backend->server_count; i++) {
        struct backend_server *entry = &turn->backend->servers[i];
        if (!balance_is_wanted(turn, entry))
            continue;
        unsigned weight = balance_weight(turn, entry);
        entry->credit += weight;
        total += weight;
        if (!best || entry->credit > best->credit)
            best = entry;
    }
    if (!best)
        return NULL;
    best->credit -= total;
    return best->server;
}

/* Those with equally little to do get their turns. */
static struct server *balance_least(struct balance_turn *turn) {
    const struct backend_server *least = NULL;
    for (size_t i = 0; i < turn->backend->server_count; i++) {
        const struct backend_server *entry = &turn->backend->servers[i];
        if (balance_is_wanted(turn, entry) && (!least || balance_compare_load(turn, entry, least) < 0))
            least = entry;
    }
    turn->least = least;
    return balance_in_turn(turn);
}

static struct server *balance_by_hash(const struct balance_turn *turn, struct slice key) {
    uint64_t drawn_for = rendezvous_key(key);
    const struct backend_server *best = NULL;
    double best_lot = 0;
    for (size_t i = 0; i < turn->backend->server_count; i++) {
        const struct backend_server *entry = &turn->backend->servers[i];
        if (!balance_is_wanted(turn, entry))
            continue;
        double lot = rendezvous_lot(entry->seed, drawn_for, balance_weight(turn, entry));
        if (!best || lot < best_lot) {
            best = entry;
            best_lot = lot;
        }
    }
    return best ? best->server : NULL;
}

/* The port changes with every connection of a client. */
static struct slice balance_key(const struct balance_turn *turn) {
    const struct addr_ip *client = turn->ask->client;
    if (turn->backend->hash_by != BACKEND_HASH_BY_ADDRESS)
        return turn->ask->key;
    bool has_address = client && (client->family == AF_INET || client->family == AF_INET6);
    return has_address ? slice_of(client->bytes, sizeof client->bytes) : slice_of(NULL, 0);
}

/* Whoever came to a backup stays there until it goes, too: what it left there may be needed. */
static struct server *balance_own(const struct balance_turn *turn) {
    for (size_t i = 0; turn->ask->sticky.len > 0 && i < turn->backend->server_count; i++) {
        const struct backend_server *entry = &turn->backend->servers[i];
        if (slice_equal(turn->ask->sticky, slice_of(entry->sticky_id, BACKEND_STICKY_ID_LEN)))
            return balance_kind_of(turn, entry) <= BALANCE_BACKUP && !balance_is_full(entry) ? entry->server : NULL;
    }
    return NULL;
}

struct server *balance_pick(struct backend *backend, const struct balance_ask *ask, int64_t now_ms) {
    struct balance_turn turn = {.backend = backend, .ask = ask, .now_ms = now_ms};
    struct server *own = balance_own(&turn);
    if (own)
        return own;
    turn.kind = balance_best_kind(&turn);
    if (turn.kind == BALANCE_UNUSABLE)
        return NULL;
    struct slice key = backend->balance == BACKEND_HASH ? balance_key(&turn) : slice_of(NULL, 0);
    if (key.len > 0)
        return balance_by_hash(&turn, key);
    return backend->balance == BACKEND_LEAST_CONNECTIONS ? balance_least(&turn) : balance_in_turn(&turn);
}

bool balance_has_room(struct backend *backend, const struct server *avoid, int64_t now_ms) {
    const struct balance_ask ask = {.avoid = avoid};
    struct balance_turn turn = {.backend = backend, .ask = &ask, .now_ms = now_ms};
    turn.kind = balance_best_kind(&turn);
    for (size_t i = 0; turn.kind != BALANCE_UNUSABLE && i < backend->server_count; i++)
        if (balance_is_wanted(&turn, &backend->servers[i]))
            return true;
    return false;
}

bool balance_may_wait(const struct backend *backend) {
    for (size_t i = 0; i < backend->server_count; i++)
        if (!backend->servers[i].server->is_down && !backend->servers[i].server->is_drained)
            return true;
    return false;
}
