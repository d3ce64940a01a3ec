/* HTTP/2 connections, both ends, against a peer and an owner who do whatever the input says, in any order. The peer's
 * frames are made from the input, so that most of them come through to where they mean something; the owner keeps to
 * the rules of http/conn.h. What must hold: no memory error, one `failed` a stream and one `ended`, no event after
 * them, and no more held than allowed. */
#include "http/h2conn.h"
#include "http/h2state.h"
#include "play.h"

enum { STREAMS_MAX = 8, PENDING_MAX = 65536 };

/* A stream of bytes whose peer sends what is pending. */
struct played {
    struct play_stream end;
    uint8_t pending[PENDING_MAX];
    size_t pending_len;
};

struct owner;

struct exchange {
    struct owner *owner;
    struct http_stream *stream;
    bool has_failed;
};

struct owner {
    struct play_script *script;
    struct http_conn *conn;
    struct exchange exchanges[STREAMS_MAX];
    bool is_front;
    bool has_ended;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_stream_events stream_events;

/* --- the stream below --- */

static struct stream_result played_read(struct stream *stream, uint8_t *to, size_t room) {
    struct played *played = (struct played *)stream;
    size_t len = played->end.readable < room ? played->end.readable : room;
    len = len < played->pending_len ? len : played->pending_len;
    if (played->end.has_failed)
        return (struct stream_result){.status = STREAM_FAILED};
    if (len == 0)
        return (struct stream_result){.status = played->end.has_ended ? STREAM_END : STREAM_AGAIN, .drained = true};
    memcpy(to, played->pending, len);
    played->pending_len -= len;
    memmove(played->pending, played->pending + len, played->pending_len);
    played->end.readable -= len;
    return (struct stream_result){.status = STREAM_OK, .bytes = len};
}

static const struct stream_ops played_ops = PLAY_STREAM_OPS(played_read);

/* --- the peer --- */

static void put(struct played *below, const void *bytes, size_t len) {
    if (len == 0 || below->pending_len + len > PENDING_MAX)
        return;
    memcpy(below->pending + below->pending_len, bytes, len);
    below->pending_len += len;
}

static void put_frame(struct played *below, uint8_t type, uint8_t flags, uint8_t id, const void *bytes, size_t len) {
    const uint8_t head[] = {0, (uint8_t)(len >> 8), (uint8_t)len, type, flags, 0, 0, 0, id};
    put(below, head, sizeof head);
    put(below, bytes, len);
}

/* A head that is good, so far as the input does not add to it. */
static size_t begin_head(uint8_t block[64], bool is_front, uint8_t choice) {
    static const uint8_t request[] = {0x82, 0x84, 0x87, 0x01, 0x01, 'a'}; /* GET, /, https, authority a */
    static const uint8_t tunnel[] = {0x02, 7,   'C',  'O', 'N', 'N', 'E', 'C', 'T', 0x84, 0x87, 0x01,
                                     0x01, 'a', 0x00, 9,   ':', 'p', 'r', 'o', 't', 'o',  'c',  'o',
                                     'l',  9,   'w',  'e', 'b', 's', 'o', 'c', 'k', 'e',  't'};
    static const uint8_t post[] = {0x83, 0x84, 0x87, 0x01, 0x01, 'a', 0x0f, 0x0d, 0x01, '5'};
    const struct {
        const uint8_t *bytes;
        size_t len;
    } heads[] = {{request, sizeof request}, {post, sizeof post}, {tunnel, sizeof tunnel}, {request, 0}};
    static const uint8_t statuses[] = {0x88, 0x89, 0x8b, 0x08};
    if (!is_front) {
        block[0] = statuses[choice & 3];
        memcpy(block + 1,
               "\x03"
               "103",
               4);
        return (choice & 3) == 3 ? 5 : 1;
    }
    memcpy(block, heads[choice & 3].bytes, heads[choice & 3].len);
    return heads[choice & 3].len;
}

/* One frame: its type, flags and stream are chosen, its payload is the input's. */
static void play_frame(struct play_script *script, struct played *below, bool is_front) {
    uint8_t payload[64 + 256];
    uint8_t choice = play_next(script), flags = play_next(script), id = play_next(script) & 0x1f,
            len = play_next(script);
    size_t used = 0;
    uint8_t type = choice & 0x0f;
    if (type == NGHTTP2_HEADERS && choice & 0x10)
        used = begin_head(payload, is_front, choice >> 5);
    for (; len > 0 && script->left > 0; len--)
        payload[used++] = play_next(script);
    put_frame(below, type, flags, id, payload, used);
}

/* --- the owner --- */

static void send_head(struct exchange *exchange, uint8_t choice) {
    struct http_field field = {.name = slice_text("A"), .value = slice_text("b")};
    struct http_message head = {.fields = &field, .field_count = choice & 1, .content_length = choice * 50u};
    head.method = slice_text(choice & 2 ? "GET" : "HEAD");
    head.path = head.authority = slice_text("/");
    head.scheme = slice_text("https");
    head.body = (enum http_body)(choice >> 2 & 3);
    if ((choice & 0x60) == 0x60)
        head.upgrade = slice_text("websocket");
    if (exchange->owner->is_front)
        head.status = choice & 0x80 ? (choice & 0x40 ? 101 : 103) : 200;
    (void)!http_stream_send_head(exchange->stream, &head, choice & 0x10);
}

static void send_body(struct exchange *exchange, uint8_t choice) {
    static const uint8_t bytes[65536];
    struct slice piece = slice_of(bytes, choice * 256u);
    play_require(http_stream_send_body(exchange->stream, piece, choice & 1) <= piece.len);
}

static void send_trailers(struct exchange *exchange) {
    struct http_field field = {.name = slice_text("A"), .value = slice_text("b")};
    struct http_message trailers = {.fields = &field, .field_count = 1};
    (void)!http_stream_send_trailers(exchange->stream, &trailers);
}

static void read_body(struct exchange *exchange, uint8_t choice) {
    struct http_body_view view = http_stream_body(exchange->stream);
    play_require(view.bytes.len <= 65535 + 16384);
    http_stream_consume(exchange->stream, view.bytes.len * (choice & 3) / 3);
}

static struct exchange *free_exchange(struct owner *owner) {
    for (int i = 0; i < STREAMS_MAX; i++)
        if (!owner->exchanges[i].stream)
            return &owner->exchanges[i];
    return NULL;
}

static void open_stream(struct owner *owner) {
    struct exchange *exchange = free_exchange(owner);
    if (!exchange || owner->is_front)
        return;
    unsigned capacity = http_conn_capacity(owner->conn);
    exchange->stream = http_conn_open(owner->conn);
    play_require(!exchange->stream || capacity > 0);
    if (exchange->stream)
        http_stream_own(exchange->stream, &stream_events, exchange);
}

static void act_on(struct exchange *exchange, uint8_t choice) {
    switch (choice & 7) {
    case 0:
    case 1:
        send_head(exchange, play_next(exchange->owner->script));
        break;
    case 2:
    case 3:
        send_body(exchange, play_next(exchange->owner->script));
        break;
    case 4:
        read_body(exchange, play_next(exchange->owner->script));
        break;
    case 5:
        http_stream_release(&exchange->stream, choice & 0x80 ? REASON_INTERNAL : REASON_NONE);
        break;
    case 6:
        send_trailers(exchange);
        break;
    default:
        break;
    }
}

static void act(struct owner *owner) {
    uint8_t choice = play_next(owner->script);
    if (!owner->conn)
        return;
    struct exchange *exchange = &owner->exchanges[choice >> 4 & (STREAMS_MAX - 1)];
    if (exchange->stream && !exchange->has_failed) {
        act_on(exchange, choice);
        return;
    }
    switch (choice & 7) {
    case 0:
    case 1:
        open_stream(owner);
        break;
    case 2:
        http_conn_flush(owner->conn);
        break;
    case 3:
        http_conn_quiet(owner->conn);
        break;
    case 4:
        if (choice > 200)
            http_conn_drain(owner->conn);
        break;
    case 5:
        if (choice > 230)
            http_conn_refuse(owner->conn, REASON_REQUEST_TIMEOUT);
        break;
    default:
        break;
    }
}

static void on_some_event(void *context) {
    struct exchange *exchange = context;
    play_require(exchange->owner->conn && exchange->stream && !exchange->has_failed && !exchange->owner->has_ended);
    act(exchange->owner);
}

static void on_head(void *context, const struct http_message *head) {
    play_require(head->status >= 100 && head->raw.len > 0);
    on_some_event(context);
}

static void on_failed(void *context, enum reason reason) {
    struct exchange *exchange = context;
    play_require(!exchange->has_failed && exchange->stream && !exchange->owner->has_ended && reason != REASON_NONE);
    exchange->has_failed = true;
    if (play_next(exchange->owner->script) & 1)
        http_stream_release(&exchange->stream, reason);
}

static const struct http_stream_events stream_events = {.head = on_head,
                                                        .readable = on_some_event,
                                                        .writable = on_some_event,
                                                        .failed = on_failed};

static void on_request(void *context, struct http_stream *stream, const struct http_message *head) {
    struct owner *owner = context;
    play_require(owner->conn && !owner->has_ended && owner->is_front && head->authority.len > 0 && head->path.len > 0);
    struct exchange *exchange = free_exchange(owner);
    play_require(exchange != NULL); /* no more than the limit of streams */
    exchange->stream = stream;
    exchange->has_failed = false;
    http_stream_own(stream, &stream_events, exchange);
    act(owner);
}

static void on_conn_event(void *context) {
    struct owner *owner = context;
    play_require(owner->conn && !owner->has_ended);
    if (play_next(owner->script) == 255)
        http_conn_close(&owner->conn);
}

static void on_refused(void *context, enum reason reason) {
    play_require(reason != REASON_NONE);
    on_conn_event(context);
}

static void on_ended(void *context, enum reason reason) {
    struct owner *owner = context;
    play_require(owner->conn && !owner->has_ended && reason != REASON_NONE);
    for (int i = 0; i < STREAMS_MAX; i++)
        play_require(!owner->exchanges[i].stream);
    owner->has_ended = true;
    http_conn_close(&owner->conn);
}

static const struct http_conn_events conn_events = {
    .request = on_request, .began = on_conn_event, .idle = on_conn_event, .refused = on_refused, .ended = on_ended};

/* --- the play --- */

static void check_bounds(const struct owner *owner) {
    if (!owner->conn)
        return;
    const struct h2state *state = h2state_of(owner->conn);
    play_require(buf_len(&state->out) <= H2STATE_OUT_MAX);
    play_require(state->held_bytes <= H2STATE_HELD_MAX + 2 * STREAMS_MAX * H2STATE_STREAM_OUT_MAX);
    play_require(state->spare_count <= H2STATE_SPARE_MAX);
}

static void release_failed(struct owner *owner) {
    for (int i = 0; i < STREAMS_MAX; i++) {
        struct exchange *exchange = &owner->exchanges[i];
        if (exchange->has_failed && exchange->stream)
            http_stream_release(&exchange->stream, REASON_NONE);
        exchange->has_failed = false;
    }
}

static void play(struct play_script *script, struct played *below, struct owner *owner, struct loop *loop) {
    while (script->left > 0 && owner->conn) {
        uint8_t choice = play_next(script);
        unsigned what = 0;
        if (choice & 1) {
            for (int i = 0; i < (choice >> 4 & 3) + 1; i++)
                play_frame(script, below, owner->is_front);
            below->end.readable += choice & 2 ? PENDING_MAX : play_next(script);
            what |= STREAM_READABLE;
        }
        if (choice & 4) {
            below->end.writable += play_next(script) * 64u;
            what |= STREAM_WRITABLE;
        }
        below->end.has_ended |= (choice & 0xf1) == 0xf1;
        below->end.has_failed |= choice == 0xef;
        if (what && !below->end.is_closed)
            below->end.stream.on_ready(below->end.stream.owner, what);
        if (choice & 8 && owner->conn)
            act(owner);
        play_one_turn(loop);
        check_bounds(owner);
        if (owner->conn)
            release_failed(owner);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct loop *loop;
    static const struct h1parse_limits heads = {.head_bytes = 4096, .target_bytes = 256, .fields = 20};
    static struct played below;
    struct h2limits limits = h2limits_default;
    limits.streams = STREAMS_MAX;
    limits.stream_window_bytes = limits.window_bytes = 65535;
    if (!loop)
        loop = loop_new();
    struct play_script script = {.at = data, .left = size};
    below = (struct played){.end = {.stream = {.ops = &played_ops}}};
    struct owner owner = {.script = &script, .is_front = play_next(&script) & 1};
    for (int i = 0; i < STREAMS_MAX; i++)
        owner.exchanges[i].owner = &owner;
    owner.conn = owner.is_front ? h2conn_new_front(loop, &below.end.stream, &heads, &limits, slice_text("https"))
                                : h2conn_new_back(loop, &below.end.stream, &heads, &limits);
    play_require(owner.conn != NULL);
    http_conn_own(owner.conn, &conn_events, &owner);
    if (owner.is_front)
        put(&below, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    put_frame(&below, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    below.end.readable = below.end.writable = PENDING_MAX;
    play(&script, &below, &owner, loop);
    http_conn_close(&owner.conn);
    play_one_turn(loop);
    play_one_turn(loop);
    play_require(below.end.is_closed);
    return 0;
}
