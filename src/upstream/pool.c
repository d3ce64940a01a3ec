/* Idle connections hang in their server's list, the latest used first, each with its own deadline. */
#include "upstream/pool.h"

#include "http/h1conn.h"
#include "io/connector.h"

#include <stdlib.h>

struct pool_conn {
    struct list link;
    struct loop *loop;
    struct server *server;
    struct http_conn *http;
    struct deadline idle;
    struct loop_task bury;
    bool reused;
    bool ended;
};

struct pool_attempt {
    struct loop *loop;
    struct server *server;
    struct connector *connector;
    struct h1parse_limits limits;
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

static struct pool_conn *pool_conn_new(struct loop *loop, struct server *server, struct http_conn *http) {
    struct pool_conn *conn = calloc(1, sizeof *conn);
    if (!conn) {
        http_conn_close(&http);
        return NULL;
    }
    list_init(&conn->link);
    conn->loop = loop;
    conn->server = server_ref(server);
    conn->http = http;
    deadline_init(&conn->idle, pool_on_idle_timeout);
    loop_task_init(&conn->bury, pool_bury);
    http_conn_own(http, &pool_events, conn);
    return conn;
}

struct pool_conn *pool_take(struct server *server) {
    struct list *first = list_first(&server->idle);
    if (!first)
        return NULL;
    struct pool_conn *conn = list_entry(first, struct pool_conn, link);
    list_remove(&conn->link);
    server->idle_count--;
    deadline_clear(loop_deadlines(conn->loop), &conn->idle);
    return conn;
}

static void pool_attempt_end(struct pool_attempt *attempt) {
    server_release(&attempt->server);
    free(attempt);
}

static struct pool_conn *pool_adopt(struct pool_attempt *attempt, struct stream *stream) {
    struct http_conn *http = h1conn_new_back(attempt->loop, stream, &attempt->limits);
    return http ? pool_conn_new(attempt->loop, attempt->server, http) : NULL;
}

static void pool_on_connected(void *owner, struct stream *stream, enum reason reason) {
    struct pool_attempt *attempt = owner;
    struct pool_conn *conn = stream ? pool_adopt(attempt, stream) : NULL;
    if (stream && !conn)
        reason = REASON_MEMORY;
    pool_done *done = attempt->done;
    void *done_owner = attempt->owner;
    pool_attempt_end(attempt);
    done(done_owner, conn, reason);
}

struct pool_attempt *pool_open(struct loop *loop, const struct backend *backend, struct server *server, pool_done *done,
                               void *owner) {
    struct pool_attempt *attempt = calloc(1, sizeof *attempt);
    if (!attempt)
        return NULL;
    *attempt = (struct pool_attempt){
        .loop = loop, .server = server_ref(server), .limits = backend->limits, .done = done, .owner = owner};
    attempt->connector = connector_start(loop, &server->addr, backend->connect_timeout_ms, pool_on_connected, attempt);
    if (attempt->connector)
        return attempt;
    pool_attempt_end(attempt);
    return NULL;
}

void pool_cancel(struct pool_attempt **held) {
    struct pool_attempt *attempt = *held;
    *held = NULL;
    if (!attempt)
        return;
    connector_cancel(&attempt->connector);
    pool_attempt_end(attempt);
}

struct http_conn *pool_http(struct pool_conn *conn) {
    return conn->http;
}

bool pool_is_reused(const struct pool_conn *conn) {
    return conn->reused;
}

void pool_give(struct pool_conn **held, const struct backend *backend) {
    struct pool_conn *conn = *held;
    struct server *server = conn->server;
    if (conn->ended || server->idle_count >= backend->idle_max || http_conn_capacity(conn->http) == 0) {
        pool_drop(held);
        return;
    }
    *held = NULL;
    conn->reused = true;
    list_prepend(&server->idle, &conn->link);
    server->idle_count++;
    http_conn_quiet(conn->http);
    deadline_set(loop_deadlines(conn->loop), &conn->idle, loop_now_ms(conn->loop) + backend->idle_timeout_ms);
}

void pool_drop(struct pool_conn **held) {
    struct pool_conn *conn = *held;
    *held = NULL;
    if (!conn)
        return;
    if (!list_empty(&conn->link)) {
        list_remove(&conn->link);
        conn->server->idle_count--;
    }
    deadline_clear(loop_deadlines(conn->loop), &conn->idle);
    http_conn_close(&conn->http);
    server_release(&conn->server);
    loop_defer(conn->loop, &conn->bury);
}

/* The last of the connections may be the last to hold the server. */
void pool_clear(struct server *server) {
    struct server *held = server_ref(server);
    struct list *item;
    struct list *following;
    list_each_safe(item, following, &server->idle) {
        struct pool_conn *conn = list_entry(item, struct pool_conn, link);
        pool_drop(&conn);
    }
    server_release(&held);
}
