/* The client side of HTTP/2: requests go to a hand-made server. */
#include "h2harness.h"

static struct end *end;

static int set_up(void **state) {
    (void)state;
    end = make_end(false);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free_end(end);
    return 0;
}

static struct exchange *ask(const char *method, enum http_body body, uint64_t length) {
    struct http_stream *stream = http_conn_open(end->conn);
    assert_non_null(stream);
    struct exchange *exchange = add_exchange(end, stream);
    struct http_field fields[] = {{.name = S("X-Upper"), .value = S("y")},
                                  {.name = S("secret"), .value = S("z"), .flags = HTTP_FIELD_NEVER_INDEXED},
                                  {.name = S("keep-alive"), .value = S("9")}};
    struct http_message head = {.method = slice_text(method),
                                .scheme = S("https"),
                                .authority = S("a.example"),
                                .path = S("/p#q"),
                                .body = body,
                                .content_length = length,
                                .fields = fields,
                                .field_count = 3};
    assert_true(http_stream_send_head(stream, &head, body == HTTP_BODY_NONE));
    http_conn_flush(end->conn);
    return exchange;
}

static void it_introduces_itself(void **state) {
    (void)state;
    assert_string_equal(hear(end), "preface settings window:0:458753 ");
}

static void a_request_is_asked_and_answered(void **state) {
    (void)state;
    greet(end);
    struct exchange *exchange = ask("GET", HTTP_BODY_NONE, 0);
    http_conn_flush(end->conn);
    turn(end);
    assert_string_equal(hear(end), "head:1:GET:end ");
    assert_string_equal(end->fields,
                        ":method=GET :scheme=https :authority=a.example :path=/p%23q x-upper=y secret=z! ");
    put_head(end, 1, false, ":status: 200\ncontent-length: 5\n");
    put_data(end, 1, true, "hello");
    tell(end);
    assert_non_null(strstr(end->log, "1.head:200 1.readable "));
    assert_non_null(strstr(end->log, "1.end "));
    assert_string_equal(exchange->body, "hello");
    http_stream_release(&exchange->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "");
    assert_non_null(strstr(end->log, "idle "));
}

static void a_body_and_trailers_go_out(void **state) {
    (void)state;
    greet(end);
    struct exchange *exchange = ask("POST", HTTP_BODY_STREAM, 0);
    struct http_field field = {.name = S("Sum"), .value = S("5")};
    struct http_message trailers = {.fields = &field, .field_count = 1};
    assert_int_equal(http_stream_send_body(exchange->stream, S("abc"), false), 3);
    assert_true(http_stream_send_trailers(exchange->stream, &trailers));
    turn(end);
    assert_string_equal(hear(end), "head:1:POST data:1:3 head:1:5:end ");
}

static void interim_heads_come_before_the_answer(void **state) {
    (void)state;
    greet(end);
    ask("GET", HTTP_BODY_NONE, 0);
    turn(end);
    put_head(end, 1, false, ":status: 103\nlink: x\n");
    put_head(end, 1, true, ":status: 204\n");
    tell(end);
    assert_string_equal(end->log, "1.head:103 1.head:204 1.readable 1.end ");
}

static void bad_answers_fail_their_stream_only(void **state) {
    (void)state;
    static const char *const bad[] = {
        ":status: 99\n",
        ":status: 101\n",
        "x: y\n",
        ":status: 200\nconnection: close\n",
        ":status: 200\nUpper: y\n",
        ":status: 200\n:path: /\n",
        ":status: 200\ncontent-length: 3\ncontent-length: 3\n",
    };
    greet(end);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ask("GET", HTTP_BODY_NONE, 0);
        turn(end);
        hear(end);
        put_head(end, 2 * i + 1, false, bad[i]);
        tell(end);
        assert_non_null(strstr(end->log, "failed:backend-malformed "));
        assert_non_null(strstr(hear(end), "reset:"));
        end->log[0] = '\0';
    }
    assert_true(http_conn_capacity(end->conn) > 0);
}

static void a_body_that_differs_from_its_length_fails(void **state) {
    (void)state;
    greet(end);
    ask("GET", HTTP_BODY_NONE, 0);
    ask("GET", HTTP_BODY_NONE, 0);
    turn(end);
    put_head(end, 1, false, ":status: 200\ncontent-length: 5\n");
    put_data(end, 1, true, "hell");
    put_head(end, 3, true, ":status: 200\ncontent-length: 5\n");
    tell(end);
    assert_non_null(strstr(end->log, "1.failed:backend-malformed "));
    assert_non_null(strstr(end->log, "2.failed:backend-malformed "));
}

static void data_before_a_head_fails(void **state) {
    (void)state;
    greet(end);
    ask("GET", HTTP_BODY_NONE, 0);
    turn(end);
    put_data(end, 1, false, "x");
    tell(end);
    assert_non_null(strstr(end->log, "1.failed:backend-"));
}

static void answers_to_head_have_no_body(void **state) {
    (void)state;
    greet(end);
    ask("HEAD", HTTP_BODY_NONE, 0);
    turn(end);
    put_head(end, 1, true, ":status: 200\ncontent-length: 5\n");
    tell(end);
    assert_string_equal(end->log, "1.head:200 1.readable 1.end ");
}

static void the_servers_limit_of_streams_is_kept(void **state) {
    (void)state;
    put_setting(end, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2);
    tell(end);
    assert_int_equal(http_conn_capacity(end->conn), 2);
    struct exchange *first = ask("GET", HTTP_BODY_NONE, 0);
    ask("GET", HTTP_BODY_NONE, 0);
    assert_int_equal(http_conn_capacity(end->conn), 0);
    assert_null(http_conn_open(end->conn));
    turn(end);
    put_head(end, 1, true, ":status: 200\n");
    tell(end);
    http_stream_release(&first->stream, REASON_NONE);
    assert_int_equal(http_conn_capacity(end->conn), 1);
}

static void what_a_server_refuses_may_be_tried_again(void **state) {
    (void)state;
    greet(end);
    ask("POST", HTTP_BODY_NONE, 0);
    ask("GET", HTTP_BODY_NONE, 0);
    turn(end);
    put_number(end, NGHTTP2_RST_STREAM, 1, NGHTTP2_REFUSED_STREAM);
    put_number(end, NGHTTP2_RST_STREAM, 3, NGHTTP2_INTERNAL_ERROR);
    tell(end);
    assert_non_null(strstr(end->log, "1.failed:backend-refused "));
    assert_non_null(strstr(end->log, "2.failed:backend-reset "));
    assert_int_equal(reason_row(REASON_BACKEND_REFUSED)->retry, REASON_RETRY_UNPROCESSED);
}

static void streams_above_the_last_of_a_goaway_were_not_processed(void **state) {
    (void)state;
    greet(end);
    struct exchange *first = ask("GET", HTTP_BODY_NONE, 0);
    ask("GET", HTTP_BODY_NONE, 0);
    turn(end);
    put_frame(end, NGHTTP2_GOAWAY, 0, 0, S("\0\0\0\1\0\0\0\0"));
    tell(end);
    assert_string_equal(end->log, "2.failed:backend-refused ");
    assert_int_equal(http_conn_capacity(end->conn), 0);
    put_head(end, 1, true, ":status: 200\n");
    tell(end);
    http_stream_release(&first->stream, REASON_NONE);
    turn(end);
    assert_true(end->ended);
}

static void an_answer_may_end_a_request_early(void **state) {
    (void)state;
    static char body[100000];
    greet(end);
    struct exchange *exchange = ask("PUT", HTTP_BODY_LENGTH, sizeof body);
    assert_true(http_stream_send_body(exchange->stream, slice_of(body, sizeof body), true) < sizeof body);
    turn(end);
    put_head(end, 1, true, ":status: 413\n");
    put_number(end, NGHTTP2_RST_STREAM, 1, NGHTTP2_NO_ERROR);
    tell(end);
    assert_null(strstr(end->log, "failed"));
    assert_non_null(strstr(end->log, "1.head:413 "));
    assert_int_equal(http_stream_send_body(exchange->stream, S("rest"), true), 4); /* taken, and not sent */
    http_stream_release(&exchange->stream, REASON_NONE);
    turn(end);
    assert_true(http_conn_capacity(end->conn) > 0);
}

static void a_released_request_is_cancelled(void **state) {
    (void)state;
    greet(end);
    struct exchange *exchange = ask("GET", HTTP_BODY_NONE, 0);
    turn(end);
    hear(end);
    http_stream_release(&exchange->stream, REASON_CLIENT_GONE);
    turn(end);
    assert_string_equal(hear(end), "reset:1:8 ");
}

static void websocket_needs_the_servers_word(void **state) {
    (void)state;
    greet(end);
    assert_int_equal(http_conn_can_upgrade(end->conn), HTTP_CONN_UPGRADE_NO);
    put_setting(end, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1);
    tell(end);
    hear(end);
    assert_int_equal(http_conn_can_upgrade(end->conn), HTTP_CONN_UPGRADE_YES);
    struct http_stream *stream = http_conn_open(end->conn);
    struct exchange *exchange = add_exchange(end, stream);
    struct http_message head = {.method = S("GET"), .scheme = S("https"), .authority = S("a"), .path = S("/c")};
    head.upgrade = S("websocket");
    assert_true(http_stream_send_head(stream, &head, false));
    http_conn_flush(end->conn);
    turn(end);
    assert_string_equal(hear(end), "head:1:CONNECT ");
    put_head(end, 1, false, ":status: 200\n");
    put_data(end, 1, false, "hi");
    tell(end);
    assert_non_null(strstr(end->log, "1.head:101 "));
    assert_string_equal(exchange->body, "hi");
    assert_int_equal(http_stream_send_body(stream, S("yes"), true), 3);
    http_conn_flush(end->conn);
    turn(end);
    assert_string_equal(hear(end), "data:1:3:end ");
}

static void who_waits_for_that_word_hears_of_it(void **state) {
    (void)state;
    struct http_stream *stream = http_conn_open(end->conn);
    add_exchange(end, stream);
    turn(end);
    assert_int_equal(http_conn_can_upgrade(end->conn), HTTP_CONN_UPGRADE_UNKNOWN);
    struct http_message head = {.method = S("GET"), .scheme = S("https"), .authority = S("a"), .path = S("/c")};
    head.upgrade = S("websocket");
    assert_false(http_stream_send_head(stream, &head, false));
    put_setting(end, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1);
    tell(end);
    hear(end);
    assert_non_null(strstr(end->log, ".writable "));
    assert_int_equal(http_conn_can_upgrade(end->conn), HTTP_CONN_UPGRADE_YES);
    assert_true(http_stream_send_head(stream, &head, false));
    http_conn_flush(end->conn);
    turn(end);
    assert_string_equal(hear(end), "head:1:CONNECT ");
    end->log[0] = '\0';
    put_setting(end, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1);
    tell(end);
    assert_null(strstr(end->log, ".writable "));
}

static void a_broken_server_fails_all(void **state) {
    (void)state;
    greet(end);
    ask("GET", HTTP_BODY_NONE, 0);
    turn(end);
    put_frame(end, NGHTTP2_DATA, 0, 0, S("x"));
    tell(end);
    end_peer(end);
    assert_string_equal(end->log, "1.failed:backend-protocol ended:backend-protocol ");
}

static void pushes_break_the_protocol(void **state) {
    (void)state;
    greet(end);
    ask("GET", HTTP_BODY_NONE, 0);
    turn(end);
    put_frame(end, NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1, S("\0\0\0\2\x82\x84\x87"));
    tell(end);
    assert_non_null(strstr(end->log, "1.failed:backend-protocol "));
}

static void a_request_that_nobody_may_send_is_not_sent(void **state) {
    (void)state;
    greet(end);
    struct exchange *exchange = add_exchange(end, http_conn_open(end->conn));
    struct http_field field = {.name = S("x"), .value = S("a\r\nb")};
    struct http_message head = {.method = S("GET"), .scheme = S("https"), .authority = S("a"), .path = S("/")};
    head.fields = &field;
    head.field_count = 1;
    assert_false(http_stream_send_head(exchange->stream, &head, true));
    http_stream_release(&exchange->stream, REASON_INTERNAL);
    turn(end);
    assert_string_equal(hear(end), "");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_introduces_itself),
        TEST(a_request_is_asked_and_answered),
        TEST(a_body_and_trailers_go_out),
        TEST(interim_heads_come_before_the_answer),
        TEST(bad_answers_fail_their_stream_only),
        TEST(a_body_that_differs_from_its_length_fails),
        TEST(data_before_a_head_fails),
        TEST(answers_to_head_have_no_body),
        TEST(the_servers_limit_of_streams_is_kept),
        TEST(what_a_server_refuses_may_be_tried_again),
        TEST(streams_above_the_last_of_a_goaway_were_not_processed),
        TEST(an_answer_may_end_a_request_early),
        TEST(a_released_request_is_cancelled),
        TEST(websocket_needs_the_servers_word),
        TEST(who_waits_for_that_word_hears_of_it),
        TEST(a_broken_server_fails_all),
        TEST(pushes_break_the_protocol),
        TEST(a_request_that_nobody_may_send_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
