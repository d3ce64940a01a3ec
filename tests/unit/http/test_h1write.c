/* What is written is clean by RFC 9112 whatever the message holds, or is not written at all. */
#include "http/h1write.h"

#include "text.h"

static struct buf out;

static int set_up(void **state) {
    (void)state;
    buf_init(&out, 4096);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&out);
    return 0;
}

static struct http_message request_for(const char *path, struct http_field *fields, size_t count) {
    return (struct http_message){.method = S("GET"),
                                 .authority = S("a:1"),
                                 .path = slice_text(path),
                                 .fields = fields,
                                 .field_count = count,
                                 .keep_alive = true};
}

static void request_heads(void **state) {
    (void)state;
    struct http_field fields[] = {{S("X-A"), S("1"), 0}, {S("X-B"), S(""), 0}};
    struct http_message message = request_for("/x?y", fields, 2);
    assert_true(h1write_request(&out, &message));
    assert_slice(buf_view(&out), "GET /x?y HTTP/1.1\r\nHost: a:1\r\nX-A: 1\r\nX-B: \r\n\r\n");
    buf_consume(&out, buf_len(&out));
    message.body = HTTP_BODY_LENGTH;
    message.content_length = 18446744073709551615ULL;
    message.keep_alive = false;
    message.field_count = 0;
    assert_true(h1write_request(&out, &message));
    assert_slice(buf_view(&out),
                 "GET /x?y HTTP/1.1\r\nHost: a:1\r\nContent-Length: 18446744073709551615\r\nConnection: close\r\n\r\n");
    buf_consume(&out, buf_len(&out));
    message.body = HTTP_BODY_STREAM;
    message.keep_alive = true;
    assert_true(h1write_request(&out, &message));
    assert_slice(buf_view(&out), "GET /x?y HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\n\r\n");
}

/* RFC 9110 section 7.6.1: what is said to the next connection is named in Connection. */
static void options_of_the_connection(void **state) {
    (void)state;
    struct http_message message = request_for("/", NULL, 0);
    message.takes_trailers = true;
    message.upgrade = S("websocket");
    assert_true(h1write_request(&out, &message) && buf_append_byte(&out, '\0'));
    assert_non_null(strstr((const char *)buf_view(&out).data,
                           "\r\nConnection: TE, Upgrade\r\nTE: trailers\r\nUpgrade: websocket\r\n\r\n"));
    message.keep_alive = false;
    buf_consume(&out, buf_len(&out));
    message.upgrade = (struct slice){0};
    assert_true(h1write_request(&out, &message) && buf_append_byte(&out, '\0'));
    assert_non_null(strstr((const char *)buf_view(&out).data, "\r\nConnection: close, TE\r\nTE: trailers\r\n\r\n"));
}

static void paths_are_written_as_rfc_3986_has_them(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"/a%20b", "/a%20b"},
        {"/a#b", "/a%23b"},
        {"/%zz%4", "/%25zz%254"},
        {"/\xd1\x81", "/%D1%81"},
        {"/a\"<>\\^`{|}b", "/a%22%3C%3E%5C%5E%60%7B%7C%7Db"},
        {"/?a[]=1", "/?a[]=1"},
        {"*", "*"},
        {"/a b\r\nX: y", "/a%20b%0D%0AX:%20y"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[128];
        struct http_message message = request_for(rows[i][0], NULL, 0);
        snprintf(expected, sizeof expected, "GET %s HTTP/1.1\r\nHost: a:1\r\n\r\n", rows[i][1]);
        assert_true(h1write_request(&out, &message));
        assert_slice(buf_view(&out), expected);
        buf_consume(&out, buf_len(&out));
    }
}

static void nothing_unclean_is_written(void **state) {
    (void)state;
    const struct http_field bad[] = {
        {S("A"), S("1\r\nB: 2"), 0}, {S("A"), S("1\n"), 0}, {S("A"), S("\0"), 0},  {S("A\r"), S("1"), 0},
        {S("A:"), S("1"), 0},        {S(""), S("1"), 0},    {S("A B"), S("1"), 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct http_field field = bad[i];
        struct http_message message = request_for("/", &field, 1);
        assert_false(h1write_request(&out, &message));
        message.status = 200;
        assert_false(h1write_answer(&out, &message));
        assert_false(h1write_last_chunk(&out, &message));
    }
    struct http_message message = request_for("/", NULL, 0);
    message.authority = S("a\r\nX: y");
    assert_false(h1write_request(&out, &message));
    message = request_for("/", NULL, 0);
    message.method = S("GET / HTTP/1.1\r\nX:");
    assert_false(h1write_request(&out, &message));
    message = request_for("", NULL, 0);
    assert_false(h1write_request(&out, &message));
    message.status = 99;
    assert_false(h1write_answer(&out, &message));
    assert_int_equal(buf_len(&out), 0);
}

static void the_buffer_bounds(void **state) {
    (void)state;
    struct buf small;
    buf_init(&small, 32);
    struct http_message message = request_for("/123456789012345678901234567890", NULL, 0);
    assert_false(h1write_request(&small, &message));
    message.status = 200;
    assert_false(h1write_answer(&small, &message));
    assert_int_equal(buf_len(&small), 0);
    buf_fini(&small);
}

static void answer_heads(void **state) {
    (void)state;
    struct http_field field = {S("X-A"), S("1"), 0};
    static const struct {
        struct http_message message;
        const char *text;
    } rows[] = {
        {{.status = 200, .keep_alive = true}, "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n"},
        {{.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 7, .keep_alive = true},
         "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 7\r\n\r\n"},
        {{.status = 200, .body = HTTP_BODY_STREAM},
         "HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"},
        {{.status = 200, .body = HTTP_BODY_UNTIL_CLOSE, .keep_alive = true},
         "HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: close\r\n\r\n"},
        {{.status = 204, .keep_alive = true}, "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"},
        {{.status = 304, .keep_alive = true}, "HTTP/1.1 304 Not Modified\r\nX-A: 1\r\n\r\n"},
        {{.status = 103}, "HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n"},
        {{.status = 299, .keep_alive = true}, "HTTP/1.1 299 \r\nX-A: 1\r\nContent-Length: 0\r\n\r\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_message message = rows[i].message;
        message.fields = &field;
        message.field_count = 1;
        assert_true(h1write_answer(&out, &message));
        assert_slice(buf_view(&out), rows[i].text);
        buf_consume(&out, buf_len(&out));
    }
}

static void chunk_heads_and_the_last_chunk(void **state) {
    (void)state;
    static const struct {
        size_t len;
        const char *text;
    } rows[] = {{1, "1\r\n"}, {16, "10\r\n"}, {0xabcdef, "abcdef\r\n"}, {SIZE_MAX, "ffffffffffffffff\r\n"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char head[H1WRITE_CHUNK_HEAD_MAX];
        size_t len = h1write_chunk_head(head, rows[i].len);
        assert_slice(slice_of(head, len), rows[i].text);
    }
    struct http_field field = {S("Digest"), S("x"), 0};
    struct http_message trailers = {.fields = &field, .field_count = 1};
    assert_true(h1write_last_chunk(&out, NULL));
    assert_true(h1write_last_chunk(&out, &trailers));
    assert_slice(buf_view(&out), "0\r\n\r\n0\r\nDigest: x\r\n\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(request_heads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_of_the_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(paths_are_written_as_rfc_3986_has_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_unclean_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_buffer_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answer_heads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chunk_heads_and_the_last_chunk, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
