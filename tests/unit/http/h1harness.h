/* One end of an HTTP/1.1 connection under test over a socket pair: its owner writes down what it is told, and the
 * test is the peer. */
#ifndef SALLYPORT_TESTS_UNIT_HTTP_H1HARNESS_H
#define SALLYPORT_TESTS_UNIT_HTTP_H1HARNESS_H

#include "../io/harness.h"
#include "http/h1conn.h"
#include "http/h1state.h"
#include "io/tcp.h"
#include "text.h"

enum { H1HARNESS_LOG_MAX = 4096, H1HARNESS_BODY_MAX = 4 << 20 };

/* The conn, its stream, and both as their owners see them. `log` holds a word for each event. `on_*` let a test act
 * from inside an event. */
struct end {
    struct loop *loop;
    int peer;
    struct http_conn *conn;
    struct http_stream *stream;
    char log[H1HARNESS_LOG_MAX];
    char heard[H1HARNESS_BODY_MAX];
    size_t heard_len;
    char body[H1HARNESS_BODY_MAX];
    size_t body_len;
    char trailer[64];
    bool reads_at_once;
    bool ended;
    void (*on_request)(struct end *end);
    void (*on_head)(struct end *end);
    void (*on_writable)(struct end *end);
};

static struct end the_end;

static void note(struct end *end, const char *word, const char *detail) {
    size_t len = strlen(end->log);
    snprintf(end->log + len, sizeof end->log - len, "%s%s%s ", word, *detail ? ":" : "", detail);
}

/* Takes all that can be read of the body. */
static inline void read_body(struct end *end) {
    for (;;) {
        struct http_body_view view = http_stream_body(end->stream);
        assert_true(end->body_len + view.bytes.len <= sizeof end->body);
        if (view.bytes.len)
            memcpy(end->body + end->body_len, view.bytes.data, view.bytes.len);
        end->body_len += view.bytes.len;
        http_stream_consume(end->stream, view.bytes.len);
        if (view.end && view.trailers)
            snprintf(end->trailer, sizeof end->trailer, "%.*s", (int)view.trailers->fields[0].value.len,
                     view.trailers->fields[0].value.data);
        if (view.end)
            note(end, "end", "");
        if (view.end || view.bytes.len == 0)
            return;
    }
}

static void on_readable(void *owner) {
    struct end *end = owner;
    note(end, "readable", "");
    if (end->reads_at_once)
        read_body(end);
}

static void on_writable(void *owner) {
    struct end *end = owner;
    note(end, "writable", "");
    if (end->on_writable)
        end->on_writable(end);
}

static void on_failed(void *owner, enum reason reason) {
    struct end *end = owner;
    note(end, "failed", reason_row(reason)->label);
    http_stream_release(&end->stream, reason);
}

static void on_head(void *owner, const struct http_message *head) {
    struct end *end = owner;
    char status[8];
    snprintf(status, sizeof status, "%d", head->status);
    note(end, "head", status);
    if (end->on_head)
        end->on_head(end);
}

static const struct http_stream_events stream_events = {.head = on_head,
                                                        .readable = on_readable,
                                                        .writable = on_writable,
                                                        .failed = on_failed};

static void on_request(void *owner, struct http_stream *stream, const struct http_message *head) {
    struct end *end = owner;
    char path[64];
    snprintf(path, sizeof path, "%.*s", (int)head->path.len, head->path.data);
    note(end, "request", path);
    end->stream = stream;
    http_stream_own(stream, &stream_events, end);
    if (end->on_request)
        end->on_request(end);
}

static void on_began(void *owner) {
    note(owner, "began", "");
}

static void on_idle(void *owner) {
    note(owner, "idle", "");
}

static void on_refused(void *owner, enum reason reason) {
    note(owner, "refused", reason_row(reason)->label);
}

static void on_ended(void *owner, enum reason reason) {
    struct end *end = owner;
    note(end, "ended", reason_row(reason)->label);
    end->ended = true;
    http_conn_close(&end->conn);
}

static const struct http_conn_events conn_events = {
    .request = on_request, .began = on_began, .idle = on_idle, .refused = on_refused, .ended = on_ended};

static inline struct end *make_end(bool is_front) {
    static const struct h1parse_limits limits = {.head_bytes = 4096, .target_bytes = 256, .fields = 20};
    struct end *end = &the_end;
    memset(end, 0, offsetof(struct end, heard));
    end->heard_len = end->body_len = 0;
    end->trailer[0] = '\0';
    end->reads_at_once = true;
    end->ended = false;
    end->on_request = end->on_head = end->on_writable = NULL;
    end->loop = loop_new();
    int fds[2];
    harness_tcp_pair(fds);
    for (int i = 0; i < 2; i++) { /* small, so that large bodies meet full buffers */
        assert_int_equal(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &(int){131072}, sizeof(int)), 0);
        assert_int_equal(setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &(int){131072}, sizeof(int)), 0);
    }
    end->peer = fds[0];
    struct stream *below = tcp_new(end->loop, fds[1]);
    end->conn =
        is_front ? h1conn_new_front(end->loop, below, &limits, S("https")) : h1conn_new_back(end->loop, below, &limits);
    assert_non_null(end->conn);
    http_conn_own(end->conn, &conn_events, end);
    return end;
}

static inline void free_end(struct end *end) {
    http_conn_close(&end->conn);
    loop_free(&end->loop);
    if (end->peer >= 0)
        close(end->peer);
}

static inline struct h1state *state_of(const struct end *end) {
    return h1state_of(end->conn);
}

/* Lets the loop work, and gives the kernel's loopback the moment that it needs. */
static inline void turn(struct end *end) {
    harness_turns(end->loop, 3);
    usleep(200);
    harness_turns(end->loop, 3);
}

/* The peer sends, and the loop works. */
static inline void say(struct end *end, const char *text) {
    harness_send(end->peer, text);
    turn(end);
}

/* Reads what the peer has got so far into `heard`, terminated. False at the end of the stream. */
static inline bool listen_to(struct end *end) {
    for (;;) {
        ssize_t got = read(end->peer, end->heard + end->heard_len, sizeof end->heard - end->heard_len - 1);
        if (got <= 0) {
            end->heard[end->heard_len] = '\0';
            return got != 0;
        }
        end->heard_len += (size_t)got;
    }
}

/* What the peer has got since the last time. */
static inline const char *hear(struct end *end) {
    end->heard_len = 0;
    listen_to(end);
    return end->heard;
}

static inline void end_peer(struct end *end) {
    close(end->peer);
    end->peer = -1;
    turn(end);
}

#endif
