/* One end of an HTTP/2 connection under test over memory: its owner writes down what it is told, and the test is the
 * peer, which makes its frames by hand and may break any rule. */
#ifndef SALLYPORT_TESTS_UNIT_HTTP_H2HARNESS_H
#define SALLYPORT_TESTS_UNIT_HTTP_H2HARNESS_H

#include "../io/harness.h"
#include "http/h2conn.h"
#include "http/h2state.h"
#include "text.h"

#include <nghttp2/nghttp2.h>

enum { H2HARNESS_LOG_MAX = 65536, H2HARNESS_STREAMS_MAX = 256, H2HARNESS_WIRE_MAX = 8 << 20 };

struct end;

/* An exchange as its owner sees it. */
struct exchange {
    struct end *end;
    int number;
    struct http_stream *stream;
    size_t body_len;
    char body[64];
};

/* The stream of bytes below: what the peer sent and was not read, and what it can hear. room: what is taken of a write
 * from now on. */
struct below {
    struct stream stream;
    uint8_t *sent;
    size_t sent_len, sent_read;
    uint8_t *written;
    size_t written_len, written_heard;
    size_t room;
    size_t writes;
    bool has_ended;
    bool has_failed;
    bool is_shut;
    bool is_closed;
};

/* The conn under test, its owner, and the peer. log: a word for each event; heard: a word for each frame. `on_*` let a
 * test act from inside an event. */
struct end {
    struct loop *loop;
    struct below below;
    struct http_conn *conn;
    struct exchange exchanges[H2HARNESS_STREAMS_MAX];
    int exchange_count;
    char log[H2HARNESS_LOG_MAX];
    char heard[H2HARNESS_LOG_MAX];
    char fields[H2HARNESS_LOG_MAX];
    nghttp2_hd_deflater *deflater;
    nghttp2_hd_inflater *inflater;
    bool is_front;
    bool reads_at_once;
    bool ended;
    void (*on_request)(struct exchange *exchange);
    void (*on_head)(struct exchange *exchange);
    void (*on_writable)(struct exchange *exchange);
};

static struct end the_end;

[[gnu::format(printf, 2, 3)]] static inline void note(char *log, const char *format, ...) {
    size_t len = strlen(log);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(log + len, H2HARNESS_LOG_MAX - len, format, arguments);
    va_end(arguments);
}

/* --- the stream of bytes --- */

static struct stream_result below_read(struct stream *stream, uint8_t *to, size_t room) {
    struct below *below = (struct below *)stream;
    size_t left = below->sent_len - below->sent_read, len = left < room ? left : room;
    if (below->has_failed)
        return (struct stream_result){.status = STREAM_FAILED};
    if (len == 0)
        return (struct stream_result){.status = below->has_ended ? STREAM_END : STREAM_AGAIN, .drained = true};
    memcpy(to, below->sent + below->sent_read, len);
    below->sent_read += len;
    return (struct stream_result){.status = STREAM_OK, .drained = len == left && !below->has_ended, .bytes = len};
}

static struct stream_result below_write(struct stream *stream, const struct slice *parts, size_t count) {
    struct below *below = (struct below *)stream;
    size_t written = 0;
    if (below->has_failed)
        return (struct stream_result){.status = STREAM_FAILED};
    for (size_t i = 0; i < count; i++) {
        size_t len = parts[i].len < below->room ? parts[i].len : below->room;
        assert_true(below->written_len + len <= H2HARNESS_WIRE_MAX);
        memcpy(below->written + below->written_len, parts[i].data, len);
        below->written_len += len;
        below->room -= len;
        written += len;
    }
    below->writes += written > 0;
    return (struct stream_result){.status = written > 0 ? STREAM_OK : STREAM_AGAIN, .bytes = written};
}

static bool below_flush(struct stream *stream) {
    (void)stream;
    return true;
}

static void below_shut(struct stream *stream) {
    ((struct below *)stream)->is_shut = true;
}

static void below_close(struct stream *stream) {
    ((struct below *)stream)->is_closed = true;
}

static void below_quiet(struct stream *stream) {
    (void)stream;
}

static enum reason below_failure(const struct stream *stream) {
    (void)stream;
    return REASON_CLOSED;
}

static const struct stream_ops below_ops = {
    .read = below_read,
    .write = below_write,
    .flush = below_flush,
    .shut = below_shut,
    .close = below_close,
    .quiet = below_quiet,
    .failure = below_failure,
};

/* --- the owner --- */

/* Takes all that can be read of the body. */
static inline void read_body(struct exchange *exchange) {
    for (;;) {
        struct http_body_view view = http_stream_body(exchange->stream);
        for (size_t i = 0; i < view.bytes.len && exchange->body_len + i < sizeof exchange->body - 1; i++)
            exchange->body[exchange->body_len + i] = (char)view.bytes.data[i];
        exchange->body_len += view.bytes.len;
        http_stream_consume(exchange->stream, view.bytes.len);
        if (view.end && view.trailers)
            note(exchange->end->log, "%d.trailer:%.*s ", exchange->number, (int)view.trailers->fields[0].value.len,
                 view.trailers->fields[0].value.data);
        if (view.end)
            note(exchange->end->log, "%d.end ", exchange->number);
        if (view.end || view.bytes.len == 0)
            return;
    }
}

static void on_readable(void *owner) {
    struct exchange *exchange = owner;
    note(exchange->end->log, "%d.readable ", exchange->number);
    if (exchange->end->reads_at_once)
        read_body(exchange);
}

static void on_writable(void *owner) {
    struct exchange *exchange = owner;
    note(exchange->end->log, "%d.writable ", exchange->number);
    if (exchange->end->on_writable)
        exchange->end->on_writable(exchange);
}

static void on_failed(void *owner, enum reason reason) {
    struct exchange *exchange = owner;
    note(exchange->end->log, "%d.failed:%s ", exchange->number, reason_row(reason)->label);
    http_stream_release(&exchange->stream, reason);
}

/* What of a head the tests look at, in one line. */
static inline void note_fields(char *to, const struct http_message *head) {
    for (size_t i = 0; i < head->field_count; i++)
        note(to, "%.*s=%.*s%s ", (int)head->fields[i].name.len, head->fields[i].name.data,
             (int)head->fields[i].value.len, head->fields[i].value.data, head->fields[i].flags ? "!" : "");
}

static void on_head(void *owner, const struct http_message *head) {
    struct exchange *exchange = owner;
    note(exchange->end->log, "%d.head:%d ", exchange->number, head->status);
    note_fields(exchange->end->fields, head);
    if (exchange->end->on_head)
        exchange->end->on_head(exchange);
}

static const struct http_stream_events stream_events = {.head = on_head,
                                                        .readable = on_readable,
                                                        .writable = on_writable,
                                                        .failed = on_failed};

static inline struct exchange *add_exchange(struct end *end, struct http_stream *stream) {
    assert_true(end->exchange_count < H2HARNESS_STREAMS_MAX);
    struct exchange *exchange = &end->exchanges[end->exchange_count++];
    *exchange = (struct exchange){.end = end, .number = end->exchange_count, .stream = stream};
    http_stream_own(stream, &stream_events, exchange);
    return exchange;
}

static void on_request(void *owner, struct http_stream *stream, const struct http_message *head) {
    struct end *end = owner;
    struct exchange *exchange = add_exchange(end, stream);
    note(end->log, "%d.request:%.*s ", exchange->number, (int)head->path.len, head->path.data);
    note_fields(end->fields, head);
    if (end->on_request)
        end->on_request(exchange);
}

static void on_began(void *owner) {
    note(((struct end *)owner)->log, "began ");
}

static void on_idle(void *owner) {
    note(((struct end *)owner)->log, "idle ");
}

static void on_refused(void *owner, enum reason reason) {
    note(((struct end *)owner)->log, "refused:%s ", reason_row(reason)->label);
}

static void on_ended(void *owner, enum reason reason) {
    struct end *end = owner;
    note(end->log, "ended:%s ", reason_row(reason)->label);
    end->ended = true;
    http_conn_close(&end->conn);
}

static const struct http_conn_events conn_events = {
    .request = on_request, .began = on_began, .idle = on_idle, .refused = on_refused, .ended = on_ended};

/* --- the peer --- */

/* Lets the loop work until it has nothing to do. */
static inline void turn(struct end *end) {
    harness_turns(end->loop, 4);
}

/* The peer sends bytes, which nobody reads before the next turn or tell. */
static inline void put(struct end *end, const void *bytes, size_t len) {
    struct below *below = &end->below;
    if (below->sent_read == below->sent_len)
        below->sent_read = below->sent_len = 0;
    assert_true(below->sent_len + len <= H2HARNESS_WIRE_MAX);
    if (len > 0)
        memcpy(below->sent + below->sent_len, bytes, len);
    below->sent_len += len;
}

static inline void put_frame(struct end *end, unsigned type, unsigned flags, unsigned id, struct slice payload) {
    size_t len = payload.len;
    const uint8_t head[] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len,
                            (uint8_t)type,        (uint8_t)flags,      (uint8_t)(id >> 24),
                            (uint8_t)(id >> 16),  (uint8_t)(id >> 8),  (uint8_t)id};
    put(end, head, sizeof head);
    put(end, payload.data, payload.len);
}

/* Compresses lines "name: value\n"; a line that begins with '!' is never indexed. */
static inline struct slice compress(struct end *end, const char *lines) {
    static uint8_t block[65536];
    static nghttp2_nv fields[300];
    size_t count = 0;
    while (*lines) {
        bool is_secret = *lines == '!';
        lines += is_secret;
        size_t name_len = 1 + strcspn(lines + 1, ":"), value_at = name_len + 2;
        size_t value_len = strcspn(lines + value_at, "\n");
        fields[count++] = (nghttp2_nv){.name = (uint8_t *)(uintptr_t)lines,
                                       .namelen = name_len,
                                       .value = (uint8_t *)(uintptr_t)lines + value_at,
                                       .valuelen = value_len,
                                       .flags = is_secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE};
        lines += value_at + value_len + 1;
    }
    ssize_t len = nghttp2_hd_deflate_hd(end->deflater, block, sizeof block, fields, count);
    assert_true(len >= 0);
    return slice_of(block, (size_t)len);
}

static inline void put_head(struct end *end, unsigned id, bool ends, const char *lines) {
    put_frame(end, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | (ends ? NGHTTP2_FLAG_END_STREAM : 0u), id,
              compress(end, lines));
}

static inline void put_data(struct end *end, unsigned id, bool ends, const char *text) {
    put_frame(end, NGHTTP2_DATA, ends ? NGHTTP2_FLAG_END_STREAM : 0u, id, slice_text(text));
}

static inline void put_number(struct end *end, unsigned type, unsigned id, uint32_t number) {
    const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    put_frame(end, type, 0, id, slice_of(bytes, 4));
}

static inline void put_setting(struct end *end, unsigned setting, uint32_t value) {
    const uint8_t bytes[] = {(uint8_t)(setting >> 8), (uint8_t)setting,      (uint8_t)(value >> 24),
                             (uint8_t)(value >> 16),  (uint8_t)(value >> 8), (uint8_t)value};
    put_frame(end, NGHTTP2_SETTINGS, 0, 0, slice_of(bytes, sizeof bytes));
}

/* What was put comes to the conn, and the loop works. */
static inline void tell(struct end *end) {
    if (!end->below.is_closed)
        end->below.stream.on_ready(end->below.stream.owner, STREAM_READABLE);
    turn(end);
}

static inline void note_block(struct end *end, struct slice block, unsigned id) {
    bool is_first = true;
    while (block.len > 0) {
        nghttp2_nv field;
        int flags = 0;
        ssize_t used = nghttp2_hd_inflate_hd2(end->inflater, &field, &flags, block.data, block.len, 1);
        assert_true(used >= 0);
        block = slice_sub(block, (size_t)used, block.len);
        if (flags & NGHTTP2_HD_INFLATE_EMIT) {
            if (is_first)
                note(end->heard, "head:%u:%.*s", id, (int)field.valuelen, field.value);
            is_first = false;
            note(end->fields, "%.*s=%.*s%s ", (int)field.namelen, field.name, (int)field.valuelen, field.value,
                 field.flags & NGHTTP2_NV_FLAG_NO_INDEX ? "!" : "");
        }
        if (flags & NGHTTP2_HD_INFLATE_FINAL)
            break;
    }
    nghttp2_hd_inflate_end_headers(end->inflater);
}

static inline uint32_t number_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void note_frame(struct end *end, unsigned type, unsigned flags, unsigned id, struct slice payload) {
    const char *ends = flags & NGHTTP2_FLAG_END_STREAM ? ":end " : " ";
    switch (type) {
    case NGHTTP2_DATA:
        note(end->heard, "data:%u:%zu%s", id, payload.len, ends);
        break;
    case NGHTTP2_HEADERS:
        note_block(end, payload, id);
        note(end->heard, "%s", ends);
        break;
    case NGHTTP2_RST_STREAM:
        note(end->heard, "reset:%u:%u ", id, number_at(payload.data));
        break;
    case NGHTTP2_SETTINGS:
        note(end->heard, "%s ", flags & NGHTTP2_FLAG_ACK ? "ack" : "settings");
        break;
    case NGHTTP2_PING:
        note(end->heard, "%s ", flags & NGHTTP2_FLAG_ACK ? "pong" : "ping");
        break;
    case NGHTTP2_GOAWAY:
        note(end->heard, "goaway:%u:%u ", number_at(payload.data), number_at(payload.data + 4));
        break;
    case NGHTTP2_WINDOW_UPDATE:
        note(end->heard, "window:%u:%u ", id, number_at(payload.data));
        break;
    default:
        note(end->heard, "frame:%u ", type);
        break;
    }
}

/* The frames that the peer has got since the last time, as words. */
static inline const char *hear(struct end *end) {
    struct below *below = &end->below;
    end->heard[0] = '\0';
    for (;;) {
        const uint8_t *frame = below->written + below->written_heard;
        size_t left = below->written_len - below->written_heard;
        if (left >= 24 && memcmp(frame, "PRI * HTTP/2.0", 14) == 0) {
            below->written_heard += 24;
            note(end->heard, "preface ");
            continue;
        }
        size_t len = left < 9 ? 0 : (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];
        if (left < 9 + len)
            return end->heard;
        note_frame(end, frame[3], frame[4], number_at(frame + 5) & 0x7fffffff, slice_of(frame + 9, len));
        below->written_heard += 9 + len;
    }
}

/* Both sides know each other's settings, and the peer has heard all that there was to hear. */
static inline void greet(struct end *end) {
    if (end->is_front)
        put(end, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    put_frame(end, NGHTTP2_SETTINGS, 0, 0, S(""));
    put_frame(end, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, S(""));
    tell(end);
    hear(end);
    end->fields[0] = '\0';
}

static inline struct end *make_end_with(bool is_front, const struct h2limits *limits) {
    struct end *end = &the_end;
    memset(end, 0, sizeof *end);
    end->loop = loop_new();
    end->is_front = is_front;
    end->reads_at_once = true;
    end->below = (struct below){.stream = {.ops = &below_ops}, .room = SIZE_MAX};
    end->below.sent = malloc(H2HARNESS_WIRE_MAX);
    end->below.written = malloc(H2HARNESS_WIRE_MAX);
    assert_int_equal(nghttp2_hd_deflate_new(&end->deflater, 4096), 0);
    assert_int_equal(nghttp2_hd_inflate_new(&end->inflater), 0);
    end->conn = is_front ? h2conn_new_front(end->loop, &end->below.stream, &text_limits, limits, S("https"))
                         : h2conn_new_back(end->loop, &end->below.stream, &text_limits, limits);
    assert_non_null(end->conn);
    http_conn_own(end->conn, &conn_events, end);
    turn(end);
    return end;
}

static inline struct end *make_end(bool is_front) {
    return make_end_with(is_front, &h2limits_default);
}

static inline void free_end(struct end *end) {
    http_conn_close(&end->conn);
    loop_free(&end->loop);
    assert_true(end->below.is_closed);
    nghttp2_hd_deflate_del(end->deflater);
    nghttp2_hd_inflate_del(end->inflater);
    free(end->below.sent);
    free(end->below.written);
}

static inline void end_peer(struct end *end) {
    end->below.has_ended = true;
    tell(end);
}

#define GET "\n:scheme: https\n:authority: a.example\n"

#endif
