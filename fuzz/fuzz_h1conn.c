/* HTTP/1.1 connections, both ends, against a peer and an owner who do whatever the input says, in any order. The
 * owner keeps to the rules of http/conn.h; the peer to none.
 * What must hold: no memory error, one `failed` and one `ended` at most, no event after them, and no more unread
 * bytes held than allowed. */
#include "http/h1conn.h"
#include "http/h1state.h"
#include "play.h"

/* A stream of bytes that is played from the script. */
struct played {
    struct play_stream end;
    struct play_script *script;
};

struct owner {
    struct play_script *script;
    struct http_conn *conn;
    struct http_stream *stream;
    bool is_front;
    bool stream_failed;
    bool has_ended;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_stream_events stream_events;

/* --- the stream below --- */

static struct stream_result played_read(struct stream *stream, uint8_t *to, size_t room) {
    struct played *played = (struct played *)stream;
    size_t len = played->end.readable < room ? played->end.readable : room;
    len = len < played->script->left ? len : played->script->left;
    if (played->end.has_failed)
        return (struct stream_result){.status = STREAM_FAILED};
    if (len == 0)
        return (struct stream_result){.status = played->end.has_ended ? STREAM_END : STREAM_AGAIN, .drained = true};
    memcpy(to, played->script->at, len);
    played->script->at += len;
    played->script->left -= len;
    played->end.readable -= len;
    return (struct stream_result){.status = STREAM_OK,
                                  .drained = played->end.readable == 0 && !played->end.has_ended,
                                  .bytes = len};
}

static const struct stream_ops played_ops = PLAY_STREAM_OPS(played_read);

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
    play_require(!is_sent || owner->is_front || head.body != HTTP_BODY_UNTIL_CLOSE);
}

static void send_body(struct owner *owner, uint8_t choice) {
    static const uint8_t bytes[8192];
    struct slice piece = slice_of(bytes, choice * 30u);
    size_t taken = http_stream_send_body(owner->stream, piece, choice & 1);
    play_require(taken <= piece.len);
}

static void read_body(struct owner *owner, uint8_t choice) {
    struct http_body_view view = http_stream_body(owner->stream);
    play_require(view.bytes.len <= 2 * 65536);
    http_stream_consume(owner->stream, view.bytes.len * (choice & 3) / 3);
}

static void act(struct owner *owner) {
    uint8_t choice = play_next(owner->script);
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
        send_head(owner, play_next(owner->script));
        break;
    case 2:
    case 3:
        send_body(owner, play_next(owner->script));
        break;
    case 4:
        read_body(owner, play_next(owner->script));
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
    play_require(owner->conn && owner->stream && !owner->stream_failed && !owner->has_ended);
    act(owner);
}

static void on_head(void *context, const struct http_message *head) {
    play_require(head->status >= 100 && head->status != 101);
    on_some_event(context);
}

static void on_failed(void *context, enum reason reason) {
    struct owner *owner = context;
    play_require(!owner->stream_failed && owner->stream && !owner->has_ended);
    owner->stream_failed = true;
    if (play_next(owner->script) & 1)
        http_stream_release(&owner->stream, reason);
}

static const struct http_stream_events stream_events = {.head = on_head,
                                                        .readable = on_some_event,
                                                        .writable = on_some_event,
                                                        .failed = on_failed};

static void on_request(void *context, struct http_stream *stream, const struct http_message *head) {
    struct owner *owner = context;
    play_require(owner->conn && !owner->stream && !owner->has_ended && owner->is_front && head->authority.len > 0);
    owner->stream = stream;
    http_stream_own(stream, &stream_events, owner);
    act(owner);
}

static void on_conn_event(void *context) {
    struct owner *owner = context;
    play_require(owner->conn && !owner->stream && !owner->has_ended);
    if (play_next(owner->script) == 255)
        http_conn_close(&owner->conn);
}

static void on_refused(void *context, enum reason reason) {
    play_require(reason != REASON_NONE);
    on_conn_event(context);
}

static void on_ended(void *context, enum reason reason) {
    struct owner *owner = context;
    play_require(owner->conn && !owner->stream && !owner->has_ended && reason != REASON_NONE);
    owner->has_ended = true;
    http_conn_close(&owner->conn);
}

static const struct http_conn_events conn_events = {
    .request = on_request, .began = on_conn_event, .idle = on_conn_event, .refused = on_refused, .ended = on_ended};

/* --- the play --- */

static void play(struct play_script *script, struct played *below, struct owner *owner, struct loop *loop) {
    while (script->left > 0 && owner->conn) {
        uint8_t choice = play_next(script);
        unsigned what = 0;
        if (choice & 1) {
            below->end.readable += play_next(script) * (choice & 2 ? 100u : 1u);
            what |= STREAM_READABLE;
        }
        if (choice & 4) {
            below->end.writable += play_next(script) * 64u;
            what |= STREAM_WRITABLE;
        }
        below->end.has_ended |= (choice & 0xf0) == 0xf0 && what & STREAM_READABLE;
        below->end.has_failed |= choice == 0xef;
        if (what && !below->end.is_closed)
            below->end.stream.on_ready(below->end.stream.owner, what);
        if (choice & 8 && owner->conn)
            act(owner);
        play_one_turn(loop);
        if (owner->conn)
            play_require(h1state_of(owner->conn)->input.len <= 4096 + 2 * 65536);
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
    struct play_script script = {.at = data, .left = size};
    struct played below = {.end = {.stream = {.ops = &played_ops}}, .script = &script};
    struct owner owner = {.script = &script, .is_front = play_next(&script) & 1};
    owner.conn = owner.is_front ? h1conn_new_front(loop, &below.end.stream, &limits, slice_text("https"))
                                : h1conn_new_back(loop, &below.end.stream, &limits);
    play_require(owner.conn != NULL);
    http_conn_own(owner.conn, &conn_events, &owner);
    play(&script, &below, &owner, loop);
    http_conn_close(&owner.conn);
    play_one_turn(loop);
    play_one_turn(loop);
    play_require(below.end.is_closed);
    return 0;
}
