/* One HTTP connection, either end, whatever version: h1conn and h2conn stand behind this interface, in front and
 * behind.
 *
 * A conn owns its stream of bytes; it carries http_streams, one per exchange (request and answer). HTTP/1.1 has one at
 * a time, HTTP/2 many.
 *
 * Bodies flow by credit. The reader looks (http_stream_body), passes on what it can, and says what it took
 * (http_stream_consume); only then does the conn read more (HTTP/1.1) or return window to the peer (HTTP/2). The
 * writer gives bytes (http_stream_send_body), learns how many were taken, and waits for `writable` for the rest.
 *
 * What is sent is gathered; http_conn_flush sends it: call it when there is nothing more to send now, so that head and
 * body leave in one write.
 *
 * A request may ask to upgrade to WebSocket (http_message_upgrades): the handshake's own fields, its key and what
 * proves that the server understood (RFC 6455, RFC 8441) are each conn's business and never in a message. Such a
 * request is sent with `end` false and has no body. When its answer has the status 101, both bodies begin anew: bytes
 * in both directions, each ended by itself (the readers' `end`, the writers' `end`), and nothing is reused afterwards.
 * Any other final answer is an ordinary one. Until then nothing can be read or written on the stream, and a client
 * that sends bytes meanwhile fails it with REASON_UPGRADE_EARLY.
 *
 * Events come from the loop or from inside http_conn_flush and http_stream_release of another object's conn, never
 * from inside a call on the same http_stream. After `failed` the stream sends no more events and the owner releases
 * it. A callback may close or release anything; memory goes after the turn. */
#ifndef SALLYPORT_HTTP_CONN_H
#define SALLYPORT_HTTP_CONN_H

#include "base/reason.h"
#include "http/message.h"

struct http_conn;
struct http_stream;

/* What a conn tells its owner (the web session in front, the pool behind).
 * request: (front only) a head was read; answer on `stream` after giving it events with http_stream_own. `head` is
 * valid during the call only. Bytes of the body that came with it cause no `readable`: look when you are ready.
 * began:   (front only) a next head has begun and is not complete: the wait is now for a head, not for a client's
 * pleasure. A head that comes in one piece causes `request` only.
 * idle:    no stream is open any more and nothing is unsent (not called for a conn that is ending). What memory could
 * be given back was, but for the stream's below (http_conn_quiet).
 * refused: (front only) a request head could not be read; the conn itself has answered as the reason's status says.
 * HTTP/1.1 will end; HTTP/2 goes on with its other streams. A body that breaks HTTP is the stream's `failed`, and is
 * answered likewise when no answer had begun.
 * ended:   the connection is over; every open stream has had `failed` before and was released. The owner closes the
 * conn. */
struct http_conn_events {
    void (*request)(void *owner, struct http_stream *stream, const struct http_message *head);
    void (*began)(void *owner);
    void (*idle)(void *owner);
    void (*refused)(void *owner, enum reason reason);
    void (*ended)(void *owner, enum reason reason);
};

/* What a stream tells its owner (the exchange).
 * head:     (behind only) the head of the answer, also 1xx ones; valid during the call only.
 * readable: http_stream_body has something new that the owner has not looked at: bytes, the end, or trailers.
 * writable: http_stream_send_body will take bytes again.
 * failed:   the peer reset the stream, the connection broke, or the peer broke the protocol. */
struct http_stream_events {
    void (*head)(void *owner, const struct http_message *head);
    void (*readable)(void *owner);
    void (*writable)(void *owner);
    void (*failed)(void *owner, enum reason reason);
};

/* What can be read now. `bytes` is borrowed until the next call on the stream. `end`: nothing follows after `bytes`;
 * `trailers` may then be set. */
struct http_body_view {
    struct slice bytes;
    bool end;
    const struct http_message *trailers;
};

/* Bytes moved, for accounts: as they were on the stream below HTTP, framing included. */
struct http_conn_count {
    uint64_t in_bytes;
    uint64_t out_bytes;
};

/* Can requests that upgrade be sent? UNKNOWN: the server has not said it yet. */
enum http_conn_upgrade { HTTP_CONN_UPGRADE_NO, HTTP_CONN_UPGRADE_UNKNOWN, HTTP_CONN_UPGRADE_YES };

struct http_conn_ops {
    struct http_stream *(*open)(struct http_conn *conn);
    unsigned (*capacity)(const struct http_conn *conn);
    enum http_conn_upgrade (*can_upgrade)(const struct http_conn *conn);
    void (*flush)(struct http_conn *conn);
    void (*drain)(struct http_conn *conn);
    void (*refuse)(struct http_conn *conn, enum reason reason);
    void (*close)(struct http_conn *conn);
    void (*quiet)(struct http_conn *conn);
    struct http_conn_count (*count)(const struct http_conn *conn);
    bool (*send_head)(struct http_stream *stream, const struct http_message *head, bool end);
    size_t (*send_body)(struct http_stream *stream, struct slice bytes, bool end);
    bool (*send_trailers)(struct http_stream *stream, const struct http_message *trailers);
    struct http_body_view (*body)(struct http_stream *stream);
    void (*consume)(struct http_stream *stream, size_t len);
    void (*release)(struct http_stream *stream, enum reason reason);
};

/* The common head of every conn; kinds embed it first. */
struct http_conn {
    const struct http_conn_ops *ops;
    const struct http_conn_events *events;
    void *owner;
};

/* The common head of every stream; kinds embed it first. */
struct http_stream {
    struct http_conn *conn;
    const struct http_stream_events *events;
    void *owner;
};

/* Makes `owner` the one that hears of the conn's (the stream's) events. */
static inline void http_conn_own(struct http_conn *conn, const struct http_conn_events *events, void *owner) {
    conn->events = events;
    conn->owner = owner;
}
static inline void http_stream_own(struct http_stream *stream, const struct http_stream_events *events, void *owner) {
    stream->events = events;
    stream->owner = owner;
}

/* (Behind) Opens a stream for a request; NULL when the conn takes none now (busy, draining, ended). The owner
 * releases it. */
[[nodiscard]] static inline struct http_stream *http_conn_open(struct http_conn *conn) {
    return conn->ops->open(conn);
}

/* (Behind) How many more streams could be opened now. */
static inline unsigned http_conn_capacity(const struct http_conn *conn) {
    return conn->ops->capacity(conn);
}

/* (Behind) Whether requests that upgrade can be sent: HTTP/2 servers have to announce it (RFC 8441 section 3). When it
 * becomes known, streams whose head was not sent hear `writable`. */
static inline enum http_conn_upgrade http_conn_can_upgrade(const struct http_conn *conn) {
    return conn->ops->can_upgrade(conn);
}

/* Sends what was gathered. */
static inline void http_conn_flush(struct http_conn *conn) {
    conn->ops->flush(conn);
}

/* Takes no further requests: HTTP/1.1 says Connection: close in the next answer (at once when idle), HTTP/2 sends
 * GOAWAY. `ended` follows when the open ones are done. */
static inline void http_conn_drain(struct http_conn *conn) {
    conn->ops->drain(conn);
}

/* (Front, between exchanges) Gives up on a request whose head does not come to its end: answers as the reason's status
 * says, tells `refused` from inside this call, and ends like any refused request. */
static inline void http_conn_refuse(struct http_conn *conn, enum reason reason) {
    conn->ops->refuse(conn, reason);
}

/* Closes `*conn`, its stream of bytes and its streams (no events any more) and sets it to NULL. */
static inline void http_conn_close(struct http_conn **conn) {
    if (*conn) {
        (*conn)->ops->close(*conn);
        *conn = NULL;
    }
}

/* Gives back memory that a quiet connection does not need. */
static inline void http_conn_quiet(struct http_conn *conn) {
    conn->ops->quiet(conn);
}

/* Bytes moved on this connection until now. */
static inline struct http_conn_count http_conn_count(const struct http_conn *conn) {
    return conn->ops->count(conn);
}

/* Gathers a head for sending; `end` when no body follows. In front: the answer (1xx heads may come before the final
 * one; 101 is final, and only for a request that upgrades). Framing beyond the message's meaning is the conn's: it
 * keeps or closes by itself, whatever keep_alive says (use http_conn_drain to have a connection closed), and frames a
 * body of unknown length as the peer can read it. False when it cannot be sent (too large, or the conn ended). */
[[nodiscard]] static inline bool http_stream_send_head(struct http_stream *stream, const struct http_message *head,
                                                       bool end) {
    return stream->conn->ops->send_head(stream, head, end);
}

/* Takes as much of `bytes` as there is room for and returns how much; `end` counts only when all were taken. Call
 * again after `writable`. With no bytes and `end` it ends the body. */
static inline size_t http_stream_send_body(struct http_stream *stream, struct slice bytes, bool end) {
    return stream->conn->ops->send_body(stream, bytes, end);
}

/* Ends the body with trailers; they are dropped where the framing cannot carry them. */
[[nodiscard]] static inline bool http_stream_send_trailers(struct http_stream *stream,
                                                           const struct http_message *trailers) {
    return stream->conn->ops->send_trailers(stream, trailers);
}

/* What can be read of the body now. In front, the first call before an answer has begun tells a client that sent
 * Expect: 100-continue to go on: do not call it for such a request before its body is wanted (RFC 9110 section
 * 10.1.1). */
static inline struct http_body_view http_stream_body(struct http_stream *stream) {
    return stream->conn->ops->body(stream);
}

/* Says that `len` bytes of the last view were taken: credit goes back to the peer. */
static inline void http_stream_consume(struct http_stream *stream, size_t len) {
    stream->conn->ops->consume(stream, len);
}

/* Ends `*stream` and sets it to NULL. When both directions were finished the connection goes on; otherwise HTTP/1.1
 * closes it and HTTP/2 resets the stream. In front, an unread rest of a request body within 64 KB is read and
 * dropped so that the answer arrives. */
static inline void http_stream_release(struct http_stream **stream, enum reason reason) {
    if (*stream) {
        (*stream)->conn->ops->release(*stream, reason);
        *stream = NULL;
    }
}

#endif
