/* Idle connections hang in a list of their server's, or of the client whom alone they serve, the latest used first,
 * each with its own deadline. A connection of HTTP/2 that is in use hangs in the list beside, for others to join. */
#include "upstream/pool.h"

#include "http/h1conn.h"
#include "http/h2conn.h"

#include <stdlib.h>

/* scope: of the client whom it serves, or NULL. peer: the proof of the server, or NULL. transport: how it was opened
 * (backend.transport). users: who took it and did not give it back; more than one with HTTP/2 only. retired: nobody
 * new gets it. */
struct pool_conn {
    struct list link;
    struct loop *loop;
    struct server *server;
    struct pool_scope *scope;
    struct http_conn *http;
    struct verified_peer *peer;
    uint8_t transport[BACKEND_TRANSPORT_BYTES];
    struct deadline idle;
    struct loop_task bury;
    unsigned users;
    bool is_http2;
    bool reused;
    bool ended;
    bool retired;
};

/* One connection that is being opened, and the attempts that wait for it: with HTTP/2 all that it will have room for.
 * It hangs in its server's list while others may join. */
struct pool_dial {
    struct list link;
    struct loop *loop;
    const struct backend *backend;
    struct server *server;
    struct pool_scope *scope;
    struct dial *dial;
    struct list waiting;
    unsigned waiting_count;
    struct loop_task bury;
};

struct pool_attempt {
    struct list link;
    struct pool_dial *dial;
    pool_done *done;
    void *owner;
};

static void pool_end(struct pool_conn *conn);
static void pool_leave(struct pool_conn *conn);
static void pool_dial_wait(struct pool_dial *dial, struct pool_attempt *attempt);
static bool pool_dial_start(struct pool_attempt *attempt, struct loop *loop, const struct backend *backend,
                            struct server *server, struct pool_scope *scope);

static void pool_on_idle(void *owner) {
    (void)owner;
}

/* In the pool: close at once. Out of it: whoever holds it hears `failed` on its stream and gives it back. */
static void pool_on_ended(void *owner, enum reason reason) {
    (void)reason;
    struct pool_conn *conn = owner;
    conn->ended = true;
    if (conn->users == 0)
        pool_end(conn);
}

static const struct http_conn_events pool_events = {.idle = pool_on_idle, .ended = pool_on_ended};

static void pool_on_idle_timeout(struct deadline *deadline) {
    pool_end(list_entry(deadline, struct pool_conn, idle));
}

static void pool_bury(struct loop_task *task) {
    free(list_entry(task, struct pool_conn, bury));
}

static struct pool_conn *pool_conn_new(const struct pool_dial *dial, struct http_conn *http, bool is_http2,
                                       const struct dial_facts *facts) {
    struct pool_conn *conn = calloc(1, sizeof *conn);
    if (!conn) {
        http_conn_close(&http);
        return NULL;
    }
    list_init(&conn->link);
    conn->loop = dial->loop;
    conn->server = server_ref(dial->server);
    conn->scope = dial->scope;
    memcpy(conn->transport, dial->backend->transport, sizeof conn->transport);
    conn->http = http;
    conn->is_http2 = is_http2;
    if (facts->peer)
        conn->peer = verified_peer_ref(facts->peer);
    deadline_init(&conn->idle, pool_on_idle_timeout);
    loop_task_init(&conn->bury, pool_bury);
    http_conn_own(http, &pool_events, conn);
    return conn;
}

static void pool_end(struct pool_conn *conn) {
    pool_leave(conn);
    http_conn_close(&conn->http);
    verified_peer_unref(&conn->peer);
    server_release(&conn->server);
    loop_defer(conn->loop, &conn->bury);
}

/* --- waiting for the next request --- */

static struct list *pool_idle_of(struct pool_conn *conn) {
    return conn->scope ? &conn->scope->idle : &conn->server->idle;
}

static struct list *pool_shared_of(struct pool_conn *conn) {
    return conn->scope ? &conn->scope->shared : &conn->server->shared;
}

static unsigned *pool_idle_count_of(struct pool_conn *conn) {
    return conn->scope ? &conn->scope->idle_count : &conn->server->idle_count;
}

/* Out of whichever list it hangs in. */
static void pool_leave(struct pool_conn *conn) {
    if (!list_empty(&conn->link)) {
        list_remove(&conn->link);
        if (conn->users == 0)
            --*pool_idle_count_of(conn);
    }
    deadline_clear(loop_deadlines(conn->loop), &conn->idle);
}

static bool pool_is_for(const struct pool_conn *conn, const struct backend *backend, const struct server *server) {
    return conn->server == server && memcmp(conn->transport, backend->transport, sizeof conn->transport) == 0;
}

void pool_scope_init(struct pool_scope *scope) {
    *scope = (struct pool_scope){.idle_count = 0};
    list_init(&scope->idle);
    list_init(&scope->shared);
}

/* One more user, who may not be the last. */
static struct pool_conn *pool_use(struct pool_conn *conn) {
    pool_leave(conn);
    conn->users++;
    if (conn->is_http2)
        list_prepend(pool_shared_of(conn), &conn->link);
    return conn;
}

/* No new request goes this way any more; those in progress are answered. */
static void pool_retire(struct pool_conn *conn) {
    conn->retired = true;
    if (conn->users == 0) {
        pool_end(conn);
        return;
    }
    pool_leave(conn);
    http_conn_drain(conn->http);
}

/* The first one of `conns` that takes a request; those whose server is not good any more are retired on the way. */
static struct pool_conn *pool_find(const struct list *conns, const struct backend *backend,
                                   const struct server *server) {
    struct list *item;
    struct list *following;
    list_each_safe(item, following, conns) {
        struct pool_conn *conn = list_entry(item, struct pool_conn, link);
        if (!pool_is_for(conn, backend, server) || http_conn_capacity(conn->http) == 0)
            continue;
        if (dial_check(backend, conn->peer, loop_unix_ms(conn->loop) / 1000) == REASON_NONE)
            return conn;
        pool_retire(conn);
    }
    return NULL;
}

struct pool_conn *pool_take(const struct backend *backend, struct server *server, struct pool_scope *scope) {
    if (backend->tells_client && !scope)
        return NULL;
    bool is_own = backend->tells_client;
    struct pool_conn *conn = pool_find(is_own ? &scope->shared : &server->shared, backend, server);
    if (!conn)
        conn = pool_find(is_own ? &scope->idle : &server->idle, backend, server);
    if (!conn)
        return NULL;
    conn->reused = true;
    return pool_use(conn);
}

/* --- opening --- */

static bool pool_speaks_http2(const struct backend *backend, const struct dial_facts *facts) {
    if (backend->tls.outpoint)
        return slice_equal(facts->alpn, slice_text("h2"));
    return backend->protocol == BACKEND_PROTOCOL_H2;
}

/* Slow readers of some streams must not hold up the others: the connection's window has room for all of them. */
static struct http_conn *pool_new_http2(struct loop *loop, struct stream *stream, const struct backend *backend) {
    struct h2limits limits = h2limits_default;
    limits.streams = backend->streams_max;
    limits.window_bytes = limits.streams * limits.stream_window_bytes;
    return h2conn_new_back(loop, stream, &backend->limits, &limits);
}

struct http_conn *pool_speak(struct loop *loop, const struct backend *backend, struct stream *stream,
                             const struct dial_facts *facts, enum reason *reason) {
    bool is_http2 = pool_speaks_http2(backend, facts);
    if (!is_http2 && backend->protocol == BACKEND_PROTOCOL_H2) {
        stream_close(&stream);
        *reason = REASON_BACKEND_NO_HTTP2;
        return NULL;
    }
    struct http_conn *http =
        is_http2 ? pool_new_http2(loop, stream, backend) : h1conn_new_back(loop, stream, &backend->limits);
    if (!http)
        *reason = REASON_MEMORY;
    return http;
}

/* The connection in `stream`, or NULL and why not. */
static struct pool_conn *pool_adopt(const struct pool_dial *dial, struct stream *stream, const struct dial_facts *facts,
                                    enum reason *reason) {
    bool is_http2 = pool_speaks_http2(dial->backend, facts);
    struct http_conn *http = pool_speak(dial->loop, dial->backend, stream, facts, reason);
    if (!http)
        return NULL;
    dial->server->lacks_http2 = !is_http2;
    struct pool_conn *conn = pool_conn_new(dial, http, is_http2, facts);
    if (!conn)
        *reason = REASON_MEMORY;
    return conn;
}

static struct pool_attempt *pool_dial_next(struct pool_dial *dial) {
    struct pool_attempt *attempt = list_entry(list_first(&dial->waiting), struct pool_attempt, link);
    list_remove(&attempt->link);
    dial->waiting_count--;
    attempt->dial = NULL;
    return attempt;
}

static void pool_attempt_end(struct pool_attempt *attempt, struct pool_conn *conn, const struct dial_facts *facts,
                             enum reason reason) {
    pool_done *done = attempt->done;
    void *owner = attempt->owner;
    free(attempt);
    done(owner, conn, facts, reason);
}

/* Who finds no room waits for a connection of its own: the server has fewer streams than was hoped, or no HTTP/2. */
static void pool_dial_serve(struct pool_dial *dial, struct pool_conn *conn, const struct dial_facts *facts,
                            enum reason reason) {
    struct pool_attempt *attempt = pool_dial_next(dial);
    bool has_room = conn && !conn->ended && http_conn_capacity(conn->http) > 0;
    if (!conn)
        pool_attempt_end(attempt, NULL, facts, reason);
    else if (has_room)
        pool_attempt_end(attempt, pool_use(conn), facts, REASON_NONE);
    else if (!pool_dial_start(attempt, dial->loop, dial->backend, dial->server, dial->scope))
        pool_attempt_end(attempt, NULL, facts, REASON_BACKEND_CONNECT);
}

static void pool_dial_bury(struct loop_task *task) {
    free(list_entry(task, struct pool_dial, bury));
}

static void pool_dial_end(struct pool_dial *dial) {
    list_remove(&dial->link);
    server_release(&dial->server);
    loop_defer(dial->loop, &dial->bury);
}

/* The connection is held while it is handed out, so that nobody's giving back ends it meanwhile. The backend may go
 * with the last of those who waited. */
static void pool_on_dialled(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason) {
    struct pool_dial *dial = owner;
    struct pool_conn *conn = stream ? pool_adopt(dial, stream, facts, &reason) : NULL;
    dial->dial = NULL;
    list_remove(&dial->link);
    if (conn)
        pool_use(conn);
    while (!list_empty(&dial->waiting))
        pool_dial_serve(dial, conn, facts, reason);
    if (conn && conn->users > 1)
        conn->users--;
    else
        pool_drop(&conn);
    pool_dial_end(dial);
}

static bool pool_dial_start(struct pool_attempt *attempt, struct loop *loop, const struct backend *backend,
                            struct server *server, struct pool_scope *scope) {
    struct pool_dial *dial = calloc(1, sizeof *dial);
    if (!dial)
        return false;
    *dial = (struct pool_dial){.loop = loop, .backend = backend, .server = server_ref(server), .scope = scope};
    list_init(&dial->link);
    list_init(&dial->waiting);
    loop_task_init(&dial->bury, pool_dial_bury);
    dial->dial = dial_start(loop, backend, server, scope ? &scope->dial : NULL, pool_on_dialled, dial);
    if (!dial->dial) {
        pool_dial_end(dial);
        return false;
    }
    list_append(&server->dialling, &dial->link);
    pool_dial_wait(dial, attempt);
    return true;
}

static void pool_dial_wait(struct pool_dial *dial, struct pool_attempt *attempt) {
    list_append(&dial->waiting, &attempt->link);
    dial->waiting_count++;
    attempt->dial = dial;
}

/* Waits for a connection that is being opened already, if it can be expected to have room. */
static bool pool_dial_join(struct pool_attempt *attempt, const struct backend *backend, const struct server *server,
                           const struct pool_scope *scope) {
    struct list *item;
    struct list *following;
    if (backend->protocol == BACKEND_PROTOCOL_HTTP11 || server->lacks_http2)
        return false;
    list_each_safe(item, following, &server->dialling) {
        struct pool_dial *dial = list_entry(item, struct pool_dial, link);
        if (dial->backend == backend && dial->scope == scope && dial->waiting_count < backend->streams_max) {
            pool_dial_wait(dial, attempt);
            return true;
        }
    }
    return false;
}

struct pool_attempt *pool_open(struct loop *loop, const struct backend *backend, struct server *server,
                               struct pool_scope *scope, pool_done *done, void *owner) {
    bool is_nobody = backend->tells_client && !scope;
    struct pool_attempt *attempt = is_nobody ? NULL : calloc(1, sizeof *attempt);
    struct pool_scope *told = backend->tells_client ? scope : NULL;
    if (!attempt)
        return NULL;
    *attempt = (struct pool_attempt){.done = done, .owner = owner};
    list_init(&attempt->link);
    if (pool_dial_join(attempt, backend, server, told) || pool_dial_start(attempt, loop, backend, server, told))
        return attempt;
    free(attempt);
    return NULL;
}

void pool_cancel(struct pool_attempt **held) {
    struct pool_attempt *attempt = *held;
    *held = NULL;
    if (!attempt)
        return;
    struct pool_dial *dial = attempt->dial;
    list_remove(&attempt->link);
    dial->waiting_count--;
    free(attempt);
    if (dial->dial && list_empty(&dial->waiting)) {
        dial_cancel(&dial->dial);
        pool_dial_end(dial);
    }
}

/* --- using --- */

struct http_conn *pool_http(struct pool_conn *conn) {
    return conn->http;
}

bool pool_is_reused(const struct pool_conn *conn) {
    return conn->reused;
}

static unsigned pool_idle_max(const struct pool_conn *conn, const struct backend *backend) {
    return conn->scope ? POOL_SCOPE_IDLE_MAX : backend->idle_max;
}

static void pool_wait_idle(struct pool_conn *conn, const struct backend *backend) {
    struct list *idle = pool_idle_of(conn);
    list_prepend(idle, &conn->link);
    ++*pool_idle_count_of(conn);
    http_conn_quiet(conn->http);
    deadline_set(loop_deadlines(conn->loop), &conn->idle, loop_now_ms(conn->loop) + backend->idle_timeout_ms);
    if (*pool_idle_count_of(conn) > pool_idle_max(conn, backend))
        pool_end(list_entry(idle->previous, struct pool_conn, link));
}

void pool_give(struct pool_conn **held, const struct backend *backend) {
    struct pool_conn *conn = *held;
    *held = NULL;
    if (conn->users > 1) {
        conn->users--;
        return;
    }
    pool_leave(conn);
    conn->users = 0;
    if (conn->ended || conn->retired || pool_idle_max(conn, backend) == 0 || http_conn_capacity(conn->http) == 0)
        pool_end(conn);
    else
        pool_wait_idle(conn, backend);
}

void pool_drop(struct pool_conn **held) {
    struct pool_conn *conn = *held;
    *held = NULL;
    if (!conn)
        return;
    pool_leave(conn);
    conn->users--;
    pool_retire(conn);
}

static void pool_drop_all(struct list *idle) {
    struct list *item;
    struct list *following;
    list_each_safe(item, following, idle) pool_end(list_entry(item, struct pool_conn, link));
}

void pool_scope_clear(struct pool_scope *scope) {
    pool_drop_all(&scope->idle);
}

/* The last of the connections may be the last to hold the server. */
void pool_clear(struct server *server) {
    struct server *held = server_ref(server);
    pool_drop_all(&server->idle);
    server_release(&held);
}
