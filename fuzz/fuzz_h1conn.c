/* HTTP/1.1 connections, both ends, against a peer and an owner who do whatever the input says, in any order. The
 * owner keeps to the rules of http/conn.h; the peer to none.
 * What must hold: no memory error, one `failed` and one `ended` at most, no event after them, and no more unread
 * bytes held than allowed. */
#include "http/h1conn.h"
#include "http/h1state.h"

#include <stdlib.h>

/* The input, taken octet by octet for decisions and in runs for what the peer sends. */
struct script {
    const uint8_t *at;
    size_t left;
};

/* A stream of bytes that is played from the script. */
struct played {
    struct stream stream;
    struct script *script;
    size_t readable;
    size_t writable;
    bool has_ended;
    bool has_failed;
    bool is_closed;
};

struct owner {
    struct script *script;
    struct http_conn *conn;
    struct http_stream *stream;
    bool is_front;
    bool stream_failed;
    bool has_ended;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_stream_events stream_events;

static void require(bool condition) {
    if (!condition)
        abort();
}

static uint8_t next(struct script *script) {
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->at++;
}

/* --- the stream below --- */

static struct stream_result played_read(struct stream *stream, uint8_t *to, size_t room) {
    struct played *played = (struct played *)stream;
    size_t len = played->readable < room ? played->readable : room;
    len = len < played->script->left ? len : played->script->left;
    if (played->has_failed)
        return (struct stream_result){.status = STREAM_FAILED};
    if (len == 0)
        return (struct stream_result){.status = played->has_ended ? STREAM_END : STREAM_AGAIN, .drained = true};
    memcpy(to, played->script->at, len);
    played->script->at += len;
    played->script->left -= len;
    played->readable -= len;
    return (struct stream_result){.status = STREAM_OK,
                                  .drained = played->readable == 0 && !played->has_ended,
                                  .bytes = len};
}

static struct stream_result played_write(struct stream *stream, const struct slice *parts, size_t count) {
    struct played *played = (struct played *)stream;
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
        wanted += parts[i].len;
    if (played->has_failed)
        return (struct stream_result){.status = STREAM_FAILED};
    size_t len = wanted < played->writable ? wanted : played->writable;
    played->writable -= len;
    return (struct stream_result){.status = len > 0 ? STREAM_OK : STREAM_AGAIN, .bytes = len};
}

static bool played_flush(struct stream *stream) {
    (void)stream;
    return true;
}

static void played_nothing(struct stream *stream) {
    (void)stream;
}

static void played_close(struct stream *stream) {
    ((struct played *)stream)->is_closed = true;
}

static enum reason played_failure(const struct stream *stream) {
    (void)stream;
    return REASON_CLOSED;
}

static const struct stream_ops played_ops = {
    .read = played_read,
    .write = played_write,
    .flush = played_flush,
    .shut = played_nothing,
    .close = played_close,
    .quiet = played_nothing,
    .failure = played_failure,
};

/* --- the owner --- */

static void send_head(struct owner *owner, uint8_t choice) {
    struct http_field field = {.name = slice_text("A"), .value = slice_text("b")};
    struct http_message head = {.fields = &field, .field_count = choice & 1, .content_length = choice * 50u};
    head.method = slice_text(choice & 2 ? "GET" : "HEAD");
    head.path = head.authority = slice_text("/");
    head.body = (enum http_body)(choice >> 2 & 3);
    if (owner->is_front)
        head.status = choice & 0x80 ? 103 : 200;
    bool is_sent = http_stream_send_head(owner->stream, &head, choice & 0x10);
    require(!is_sent || owner->is_front || head.body != HTTP_BODY_UNTIL_CLOSE);
}

static void send_body(struct owner *owner, uint8_t choice) {
    static const uint8_t bytes[8192];
    struct slice piece = slice_of(bytes, choice * 30u);
    size_t taken = http_stream_send_body(owner->stream, piece, choice & 1);
    require(taken <= piece.len);
}

static void read_body(struct owner *owner, uint8_t choice) {
    struct http_body_view view = http_stream_body(owner->stream);
    require(view.bytes.len <= 2 * 65536);
    http_stream_consume(owner->stream, view.bytes.len * (choice & 3) / 3);
}

static void act(struct owner *owner) {
    uint8_t choice = next(owner->script);
    if (!owner->conn || owner->stream_failed)
        return;
    if (!owner->stream && !owner->is_front) {
        owner->stream = http_conn_open(owner->conn);
        if (owner->stream)
            http_stream_own(owner->stream, &stream_events, owner);
    }
    switch (owner->stream ? choice % 9 : 6 + choice % 4) {
    case 0:
    case 1:
        send_head(owner, next(owner->script));
        break;
    case 2:
    case 3:
        send_body(owner, next(owner->script));
        break;
    case 4:
        read_body(owner, next(owner->script));
        break;
    case 5:
        http_stream_release(&owner->stream, choice & 0x80 ? REASON_INTERNAL : REASON_NONE);
        break;
    case 6:
        http_conn_flush(owner->conn);
        break;
    case 7:
        http_conn_quiet(owner->conn);
        break;
    case 8:
        if (choice > 200)
            http_conn_drain(owner->conn);
        break;
    default:
        break;
    }
}

static void on_some_event(void *context) {
    struct owner *owner = context;
    require(owner->conn && owner->stream && !owner->stream_failed && !owner->has_ended);
    act(owner);
}

static void on_head(void *context, const struct http_message *head) {
    require(head->status >= 100 && head->status != 101);
    on_some_event(context);
}

static void on_failed(void *context, enum reason reason) {
    struct owner *owner = context;
    require(!owner->stream_failed && owner->stream && !owner->has_ended);
    owner->stream_failed = true;
    if (next(owner->script) & 1)
        http_stream_release(&owner->stream, reason);
}

static const struct http_stream_events stream_events = {.head = on_head,
                                                        .readable = on_some_event,
                                                        .writable = on_some_event,
                                                        .failed = on_failed};

static void on_request(void *context, struct http_stream *stream, const struct http_message *head) {
    struct owner *owner = context;
    require(owner->conn && !owner->stream && !owner->has_ended && owner->is_front && head->authority.len > 0);
    owner->stream = stream;
    http_stream_own(stream, &stream_events, owner);
    act(owner);
}

static void on_conn_event(void *context) {
    struct owner *owner = context;
    require(owner->conn && !owner->stream && !owner->has_ended);
    if (next(owner->script) == 255)
        http_conn_close(&owner->conn);
}

static void on_refused(void *context, enum reason reason) {
    require(reason != REASON_NONE);
    on_conn_event(context);
}

static void on_ended(void *context, enum reason reason) {
    struct owner *owner = context;
    require(owner->conn && !owner->stream && !owner->has_ended && reason != REASON_NONE);
    owner->has_ended = true;
    http_conn_close(&owner->conn);
}

static const struct http_conn_events conn_events = {
    .request = on_request, .began = on_conn_event, .idle = on_conn_event, .refused = on_refused, .ended = on_ended};

/* --- the play --- */

/* Lets the loop stop at the end of its turn. */
struct turn {
    struct loop_task task;
    struct loop *loop;
};

static void stop(struct loop_task *task) {
    loop_stop(list_entry(task, struct turn, task)->loop);
}

static void turn(struct loop *loop) {
    struct turn turn = {.loop = loop};
    loop_task_init(&turn.task, stop);
    loop_defer(loop, &turn.task);
    require(loop_run(loop));
}

static void play(struct script *script, struct played *below, struct owner *owner, struct loop *loop) {
    while (script->left > 0 && owner->conn) {
        uint8_t choice = next(script);
        unsigned what = 0;
        if (choice & 1) {
            below->readable += next(script) * (choice & 2 ? 100u : 1u);
            what |= STREAM_READABLE;
        }
        if (choice & 4) {
            below->writable += next(script) * 64u;
            what |= STREAM_WRITABLE;
        }
        below->has_ended |= (choice & 0xf0) == 0xf0 && what & STREAM_READABLE;
        below->has_failed |= choice == 0xef;
        if (what && !below->is_closed)
            below->stream.on_ready(below->stream.owner, what);
        if (choice & 8 && owner->conn)
            act(owner);
        turn(loop);
        if (owner->conn)
            require(h1state_of(owner->conn)->input.len <= 4096 + 2 * 65536);
        if (owner->stream_failed && owner->stream)
            http_stream_release(&owner->stream, REASON_NONE);
        if (!owner->stream)
            owner->stream_failed = false;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct loop *loop;
    static const struct h1parse_limits limits = {.head_bytes = 4096, .target_bytes = 256, .fields = 20};
    if (!loop)
        loop = loop_new();
    struct script script = {.at = data, .left = size};
    struct played below = {.stream = {.ops = &played_ops}, .script = &script};
    struct owner owner = {.script = &script, .is_front = next(&script) & 1};
    owner.conn = owner.is_front ? h1conn_new_front(loop, &below.stream, &limits, slice_text("https"))
                                : h1conn_new_back(loop, &below.stream, &limits);
    require(owner.conn != NULL);
    http_conn_own(owner.conn, &conn_events, &owner);
    play(&script, &below, &owner, loop);
    http_conn_close(&owner.conn);
    turn(loop);
    turn(loop);
    require(below.is_closed);
    return 0;
}
