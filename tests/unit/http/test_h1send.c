/* Sending bodies: every octet once, small pieces together, large ones without a copy, and not more than the peer
 * takes. */
#include "h1harness.h"

static struct end *end;

enum { LARGE_BYTES = 3 << 20 };
static char large[LARGE_BYTES];

static int set_up(void **state) {
    (void)state;
    end = make_end(true);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        large[i] = (char)(i * 7 + i / 251);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free_end(end);
    return 0;
}

static size_t sent;

/* Gives the conn as much of the rest as it takes. */
static void send_rest(struct end *which) {
    size_t taken;
    do {
        struct slice rest = slice_of(large + sent, LARGE_BYTES - sent);
        taken = http_stream_send_body(which->stream, rest, true);
        sent += taken;
    } while (taken > 0 && sent < LARGE_BYTES);
    http_conn_flush(which->conn);
}

static void download(enum http_body body) {
    struct http_message head = {.status = 200, .body = body, .content_length = LARGE_BYTES};
    end->on_writable = send_rest;
    sent = 0;
    say(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, false));
    send_rest(end);
    assert_true(sent < LARGE_BYTES); /* more than the kernel's buffers hold */
    assert_in_range(buf_len(&state_of(end)->out), 0, 64);
    end->heard_len = 0;
    for (int i = 0; i < 5000 && sent < LARGE_BYTES; i++) {
        turn(end);
        assert_true(listen_to(end));
    }
    assert_int_equal(sent, LARGE_BYTES);
    http_stream_release(&end->stream, REASON_NONE);
    for (int i = 0; i < 5000 && !strstr(end->log, "idle"); i++) {
        turn(end);
        listen_to(end);
    }
    assert_non_null(strstr(end->log, "idle"));
    usleep(1000);
    listen_to(end);
}

static void a_large_answer_of_known_length(void **state) {
    (void)state;
    download(HTTP_BODY_LENGTH);
    const char *body = strstr(end->heard, "\r\n\r\n") + 4;
    assert_int_equal(end->heard + end->heard_len - body, LARGE_BYTES);
    assert_memory_equal(body, large, LARGE_BYTES);
}

static void a_large_chunked_answer(void **state) {
    (void)state;
    download(HTTP_BODY_STREAM);
    const char *at = strstr(end->heard, "\r\n\r\n") + 4;
    size_t total = 0;
    for (;;) {
        char *data;
        size_t len = strtoul(at, &data, 16);
        assert_memory_equal(data, "\r\n", 2);
        if (len == 0)
            break;
        assert_true(total + len <= LARGE_BYTES);
        assert_memory_equal(data + 2, large + total, len);
        assert_memory_equal(data + 2 + len, "\r\n", 2);
        total += len;
        at = data + 2 + len + 2;
    }
    assert_int_equal(total, LARGE_BYTES);
    assert_string_equal(at, "0\r\n\r\n");
}

static void small_pieces_are_gathered(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 6};
    say(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, S("abc"), false), 3);
    assert_int_equal(http_stream_send_body(end->stream, S("def"), true), 3);
    assert_int_equal(http_conn_count(end->conn).out_bytes, 0);
    http_conn_flush(end->conn);
    assert_int_equal(http_conn_count(end->conn).out_bytes,
                     strlen("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef"));
}

static void a_large_piece_takes_the_head_with_it(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 10000};
    say(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, slice_of(large, 10000), true), 10000);
    assert_int_equal(buf_len(&state_of(end)->out), 0);
    assert_int_equal(http_conn_count(end->conn).out_bytes,
                     10000 + strlen("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"));
}

static void nothing_is_taken_beyond_the_length_or_after_the_end(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 3};
    say(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(http_stream_send_body(end->stream, S("early"), false), 0);
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, S("abcdef"), false), 3);
    assert_int_equal(http_stream_send_body(end->stream, S(""), true), 0);
    assert_int_equal(http_stream_send_body(end->stream, S("x"), true), 0);
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
}

static void trailers_are_dropped_where_nothing_is_chunked(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 1};
    struct http_field field = {S("Digest"), S("d"), 0};
    struct http_message trailers = {.fields = &field, .field_count = 1};
    say(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_false(http_stream_send_trailers(end->stream, &trailers)); /* a body is missing */
    assert_int_equal(http_stream_send_body(end->stream, S("x"), false), 1);
    assert_true(http_stream_send_trailers(end->stream, &trailers));
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
}

/* A stream that takes a little at a time, and never says that it will call. */
struct nibbler {
    struct stream stream;
    size_t taken;
};

static struct stream_result nibble(struct stream *stream, const struct slice *parts, size_t count) {
    size_t room = 1000, taken = 0;
    for (size_t i = 0; i < count && taken < room; i++)
        taken += parts[i].len < room - taken ? parts[i].len : room - taken;
    ((struct nibbler *)stream)->taken += taken;
    return (struct stream_result){.status = STREAM_OK, .bytes = taken};
}

static bool flush_nothing(struct stream *stream) {
    (void)stream;
    return true;
}

static void do_nothing(struct stream *stream) {
    (void)stream;
}

static void a_stream_is_written_to_until_it_says_again(void **state) {
    (void)state;
    static const struct stream_ops nibbler_ops = {
        .write = nibble, .flush = flush_nothing, .shut = do_nothing, .close = do_nothing, .quiet = do_nothing};
    struct nibbler nibbler = {.stream = {.ops = &nibbler_ops}};
    struct http_conn *conn = h1conn_new_back(end->loop, &nibbler.stream, &text_limits);
    struct http_stream *stream = http_conn_open(conn);
    struct http_message head = {.method = S("PUT"), .path = S("/"), .authority = S("a"), .body = HTTP_BODY_STREAM};
    assert_true(http_stream_send_head(stream, &head, false));
    assert_int_equal(http_stream_send_body(stream, slice_of(large, 100000), true), 100000);
    http_conn_flush(conn);
    assert_int_equal(nibbler.taken, http_conn_count(conn).out_bytes);
    assert_int_equal(
        nibbler.taken,
        100000 + strlen("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n\r\n0\r\n\r\n"));
    http_conn_close(&conn);
    turn(end);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_large_answer_of_known_length),
        TEST(a_large_chunked_answer),
        TEST(small_pieces_are_gathered),
        TEST(a_large_piece_takes_the_head_with_it),
        TEST(nothing_is_taken_beyond_the_length_or_after_the_end),
        TEST(trailers_are_dropped_where_nothing_is_chunked),
        TEST(a_stream_is_written_to_until_it_says_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
