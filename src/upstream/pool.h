/* Connections to servers: taken from the idle ones of a server or opened anew, given back for the next request. */
#ifndef SALLYPORT_UPSTREAM_POOL_H
#define SALLYPORT_UPSTREAM_POOL_H

#include "http/conn.h"
#include "upstream/dial.h"

/* A connection that is out of the pool belongs to whoever took it until pool_give or pool_drop; one of HTTP/2 to all
 * who took it, as many as it has streams for. */
struct pool_conn;

/* Called once, from the loop: the connection, or NULL and the reason; and what is known of how it was opened. */
typedef void pool_done(void *owner, struct pool_conn *conn, const struct dial_facts *facts, enum reason reason);

struct pool_attempt;

/* A client's own connections, where a backend is told of it by the connection itself (backend.tells_client): they
 * serve this client alone. Owned by the client's session, idle: those that wait, the latest used first. shared: those
 * of HTTP/2 that are in use. dial: what they are told. */
struct pool_scope {
    struct list idle;
    struct list shared;
    unsigned idle_count;
    struct dial_scope dial;
};

/* Most idle connections of one scope to all servers: as many as a client keeps busy who asks one thing after the other
 * of a few backends. */
enum { POOL_SCOPE_IDLE_MAX = 4 };

/* Empties a scope. */
void pool_scope_init(struct pool_scope *scope);

/* Closes the idle connections of a scope; those in use must have been given back or dropped. */
void pool_scope_clear(struct pool_scope *scope);

/* A connection of `server` that takes a request, was opened as the backend opens them now, and leads to a server that
 * is still good, or NULL when there is none: one of HTTP/2 that is in use, or else the idle one that was used last. Of
 * those of `scope` only, where the backend tells the client (NULL: then there is none). */
[[nodiscard]] struct pool_conn *pool_take(const struct backend *backend, struct server *server,
                                          struct pool_scope *scope);

/* Opens a connection to `server` by the backend's connect timeout, for `scope`, which outlives it and may be NULL
 * where the backend tells no client; or waits with others for one that will carry HTTP/2. NULL when it could not even
 * start (then `done` is not called). */
[[nodiscard]] struct pool_attempt *pool_open(struct loop *loop, const struct backend *backend, struct server *server,
                                             struct pool_scope *scope, pool_done *done, void *owner);

/* Gives an attempt up: `done` will not be called. Sets the pointer to NULL. */
void pool_cancel(struct pool_attempt **attempt);

/* An HTTP connection over a stream that was dialled for `backend`, in the version that fits; it is the caller's, not
 * the pool's. NULL and the reason, the stream closed, when there is none. */
[[nodiscard]] struct http_conn *pool_speak(struct loop *loop, const struct backend *backend, struct stream *stream,
                                           const struct dial_facts *facts, enum reason *reason);

/* The HTTP connection in it; borrowed. */
struct http_conn *pool_http(struct pool_conn *conn);

/* True when it carried a request before: its server may have closed it at any time. */
bool pool_is_reused(const struct pool_conn *conn);

/* Gives a connection back for re-use, or closes it when it cannot be used again; when enough are idle, the one that has
 * waited longest is closed. The stream must have been released. Sets the pointer to NULL. */
void pool_give(struct pool_conn **conn, const struct backend *backend);

/* Gives back a connection that nobody shall use again: it is closed with its last user's going. The stream must have
 * been released. Sets the pointer to NULL; NULL is fine. */
void pool_drop(struct pool_conn **conn);

/* Closes all idle connections of a server. */
void pool_clear(struct server *server);

#endif
