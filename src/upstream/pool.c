/* Idle connections hang in a list of their server's, or of the client whom alone they serve, the latest used first,
 * each with its own deadline. */
#include "upstream/pool.h"

#include "http/h1conn.h"

#include <stdlib.h>

/* scope: of the client whom it serves, or NULL. peer: the proof of the server, or NULL. transport: how it was opened
 * (backend.transport). */
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
    bool reused;
    bool ended;
};

struct pool_attempt {
    struct loop *loop;
    const struct backend *backend;
    struct server *server;
    struct pool_scope *scope;
    struct dial *dial;
    pool_done *done;
    void *owner;
};

static void pool_on_idle(void *owner) {
    (void)owner;
}

/* In the pool: close at once. Out of it: whoever holds it hears `failed` on its stream and gives it back. */
static void pool_on_ended(void *owner, enum reason reason) {
    (void)reason;
    struct pool_conn *conn = owner;
    conn->ended = true;
    if (!list_empty(&conn->link))
        pool_drop(&conn);
}

static const struct http_conn_events pool_events = {.idle = pool_on_idle, .ended = pool_on_ended};

static void pool_on_idle_timeout(struct deadline *deadline) {
    struct pool_conn *conn = list_entry(deadline, struct pool_conn, idle);
    pool_drop(&conn);
}

static void pool_bury(struct loop_task *task) {
    free(list_entry(task, struct pool_conn, bury));
}

static struct pool_conn *pool_conn_new(const struct pool_attempt *attempt, struct http_conn *http,
                                       const struct dial_facts *facts) {
    struct pool_conn *conn = calloc(1, sizeof *conn);
    if (!conn) {
        http_conn_close(&http);
        return NULL;
    }
    list_init(&conn->link);
    conn->loop = attempt->loop;
    conn->server = server_ref(attempt->server);
    conn->scope = attempt->scope;
    memcpy(conn->transport, attempt->backend->transport, sizeof conn->transport);
    conn->http = http;
    if (facts->peer)
        conn->peer = verified_peer_ref(facts->peer);
    deadline_init(&conn->idle, pool_on_idle_timeout);
    loop_task_init(&conn->bury, pool_bury);
    http_conn_own(http, &pool_events, conn);
    return conn;
}

/* --- waiting for the next request --- */

static struct list *pool_idle_of(struct pool_conn *conn) {
    return conn->scope ? &conn->scope->idle : &conn->server->idle;
}

static unsigned *pool_idle_count_of(struct pool_conn *conn) {
    return conn->scope ? &conn->scope->idle_count : &conn->server->idle_count;
}

static void pool_stop_waiting(struct pool_conn *conn) {
    if (!list_empty(&conn->link)) {
        list_remove(&conn->link);
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
}

struct pool_conn *pool_take(const struct backend *backend, struct server *server, struct pool_scope *scope) {
    struct list *item;
    struct list *following;
    if (backend->tells_client && !scope)
        return NULL;
    list_each_safe(item, following, backend->tells_client ? &scope->idle : &server->idle) {
        struct pool_conn *conn = list_entry(item, struct pool_conn, link);
        if (!pool_is_for(conn, backend, server))
            continue;
        if (dial_check(backend, conn->peer, loop_unix_ms(conn->loop) / 1000) == REASON_NONE) {
            pool_stop_waiting(conn);
            return conn;
        }
        pool_drop(&conn);
    }
    return NULL;
}

/* --- opening --- */

static void pool_attempt_end(struct pool_attempt *attempt) {
    server_release(&attempt->server);
    free(attempt);
}

static struct pool_conn *pool_adopt(const struct pool_attempt *attempt, struct stream *stream,
                                    const struct dial_facts *facts) {
    struct http_conn *http = h1conn_new_back(attempt->loop, stream, &attempt->backend->limits);
    return http ? pool_conn_new(attempt, http, facts) : NULL;
}

static void pool_on_dialled(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason) {
    struct pool_attempt *attempt = owner;
    struct pool_conn *conn = stream ? pool_adopt(attempt, stream, facts) : NULL;
    if (stream && !conn)
        reason = REASON_MEMORY;
    pool_done *done = attempt->done;
    void *done_owner = attempt->owner;
    pool_attempt_end(attempt);
    done(done_owner, conn, facts, reason);
}

struct pool_attempt *pool_open(struct loop *loop, const struct backend *backend, struct server *server,
                               struct pool_scope *scope, pool_done *done, void *owner) {
    bool is_nobody = backend->tells_client && !scope;
    struct pool_attempt *attempt = is_nobody ? NULL : calloc(1, sizeof *attempt);
    if (!attempt)
        return NULL;
    *attempt = (struct pool_attempt){.loop = loop,
                                     .backend = backend,
                                     .server = server_ref(server),
                                     .scope = backend->tells_client ? scope : NULL,
                                     .done = done,
                                     .owner = owner};
    const struct dial_scope *told = attempt->scope ? &attempt->scope->dial : NULL;
    attempt->dial = dial_start(loop, backend, server, told, pool_on_dialled, attempt);
    if (attempt->dial)
        return attempt;
    pool_attempt_end(attempt);
    return NULL;
}

void pool_cancel(struct pool_attempt **held) {
    struct pool_attempt *attempt = *held;
    *held = NULL;
    if (!attempt)
        return;
    dial_cancel(&attempt->dial);
    pool_attempt_end(attempt);
}

/* --- using --- */

struct http_conn *pool_http(struct pool_conn *conn) {
    return conn->http;
}

bool pool_is_reused(const struct pool_conn *conn) {
    return conn->reused;
}

static void pool_drop_oldest(struct list *idle) {
    struct pool_conn *oldest = list_entry(idle->previous, struct pool_conn, link);
    pool_drop(&oldest);
}

void pool_give(struct pool_conn **held, const struct backend *backend) {
    struct pool_conn *conn = *held;
    unsigned idle_max = conn->scope ? POOL_SCOPE_IDLE_MAX : backend->idle_max;
    if (conn->ended || idle_max == 0 || http_conn_capacity(conn->http) == 0) {
        pool_drop(held);
        return;
    }
    *held = NULL;
    conn->reused = true;
    list_prepend(pool_idle_of(conn), &conn->link);
    ++*pool_idle_count_of(conn);
    http_conn_quiet(conn->http);
    deadline_set(loop_deadlines(conn->loop), &conn->idle, loop_now_ms(conn->loop) + backend->idle_timeout_ms);
    if (*pool_idle_count_of(conn) > idle_max)
        pool_drop_oldest(pool_idle_of(conn));
}

void pool_drop(struct pool_conn **held) {
    struct pool_conn *conn = *held;
    *held = NULL;
    if (!conn)
        return;
    pool_stop_waiting(conn);
    http_conn_close(&conn->http);
    verified_peer_unref(&conn->peer);
    server_release(&conn->server);
    loop_defer(conn->loop, &conn->bury);
}

static void pool_drop_all(struct list *idle) {
    struct list *item;
    struct list *following;
    list_each_safe(item, following, idle) {
        struct pool_conn *conn = list_entry(item, struct pool_conn, link);
        pool_drop(&conn);
    }
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
