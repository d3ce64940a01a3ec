/* The server side of HTTP/2: requests of a hand-made client, and what it hears. */
#include "h2harness.h"

static struct end *end;

static int set_up(void **state) {
    (void)state;
    end = make_end(true);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free_end(end);
    return 0;
}

static void answer(struct exchange *exchange, uint16_t status, const char *body) {
    struct http_message head = {.status = status, .body = HTTP_BODY_LENGTH, .content_length = strlen(body)};
    assert_true(http_stream_send_head(exchange->stream, &head, *body == '\0'));
    if (*body)
        assert_int_equal(http_stream_send_body(exchange->stream, slice_text(body), true), strlen(body));
    http_stream_release(&exchange->stream, REASON_NONE);
}

static void answer_ok(struct exchange *exchange) {
    answer(exchange, 200, "hello");
}

/* The words of the log, which starts anew. */
static const char *log_of(struct end *which) {
    static char copy[H2HARNESS_LOG_MAX];
    memcpy(copy, which->log, sizeof copy);
    which->log[0] = '\0';
    return copy;
}

static void it_introduces_itself(void **state) {
    (void)state;
    put(end, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    put_frame(end, NGHTTP2_SETTINGS, 0, 0, S(""));
    tell(end);
    assert_string_equal(hear(end), "settings window:0:458753 ack ");
}

static void a_request_is_answered(void **state) {
    (void)state;
    greet(end);
    end->on_request = answer_ok;
    put_head(end, 1, true, ":method: GET\n:path: /a" GET "x: y\n");
    tell(end);
    assert_string_equal(log_of(end), "1.request:/a idle ");
    assert_string_equal(hear(end), "head:1:200 data:1:5:end ");
    assert_string_equal(end->fields, "x=y :status=200 content-length=5 ");
}

static void the_message_is_as_from_http_1(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, true,
             ":method: GET\n:path: /a?b=c" GET "cookie: a=b\nx: y\ncookie: c=d\nhost: A.example\n!secret: z\n");
    tell(end);
    assert_string_equal(end->log, "1.request:/a?b=c ");
    assert_string_equal(end->fields, "cookie=a=b; c=d! x=y secret=z! ");
}

static void streams_share_a_write(void **state) {
    (void)state;
    greet(end);
    end->on_request = answer_ok;
    for (unsigned i = 0; i < 50; i++)
        put_head(end, 2 * i + 1, true, ":method: GET\n:path: /" GET);
    size_t before = end->below.writes;
    tell(end);
    assert_int_equal(end->exchange_count, 50);
    assert_int_equal(end->below.writes, before + 1);
}

static void a_body_flows_by_credit(void **state) {
    (void)state;
    greet(end);
    end->reads_at_once = false;
    put_head(end, 1, false, ":method: PUT\n:path: /" GET);
    static char piece[16384];
    for (int i = 0; i < 8; i++)
        put_frame(end, NGHTTP2_DATA, 0, 1, slice_of(piece, sizeof piece));
    tell(end);
    assert_non_null(strstr(log_of(end), "1.request:/ 1.readable "));
    assert_string_equal(hear(end), "");
    struct http_body_view view = http_stream_body(end->exchanges[0].stream);
    assert_int_equal(view.bytes.len, 131072);
    assert_false(view.end);
    http_stream_consume(end->exchanges[0].stream, view.bytes.len);
    turn(end);
    assert_string_equal(hear(end), "window:1:131072 ");
    put_data(end, 1, true, "xyz");
    tell(end);
    assert_non_null(strstr(log_of(end), "1.readable "));
    read_body(&end->exchanges[0]);
    assert_string_equal(end->exchanges[0].body, "xyz");
    assert_string_equal(log_of(end), "1.end ");
}

static void more_than_the_window_ends_the_stream(void **state) {
    (void)state;
    greet(end);
    end->reads_at_once = false;
    put_head(end, 1, false, ":method: PUT\n:path: /" GET);
    static char piece[16384];
    for (int i = 0; i < 9; i++)
        put_frame(end, NGHTTP2_DATA, 0, 1, slice_of(piece, sizeof piece));
    tell(end);
    assert_string_equal(hear(end), "reset:1:3 ");
    assert_non_null(strstr(end->log, "1.failed:client-gone "));
}

static void trailers_end_a_request(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, false, ":method: POST\n:path: /" GET);
    put_data(end, 1, false, "abc");
    put_head(end, 1, true, "sum: 5\n");
    tell(end);
    assert_string_equal(end->log, "1.request:/ 1.readable 1.readable 1.trailer:5 1.end ");
    assert_string_equal(end->exchanges[0].body, "abc");
}

static void bad_trailers_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {":path: /\n", "content-length: 3\n", "te: trailers\n", "Sum: 5\n"};
    greet(end);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_head(end, 2 * i + 1, false, ":method: POST\n:path: /" GET);
        put_head(end, 2 * i + 1, true, bad[i]);
        tell(end);
        assert_non_null(strstr(end->log, "failed:"));
        assert_non_null(strstr(hear(end), ":400"));
        end->log[0] = '\0';
    }
    put_head(end, 9, false, ":method: POST\n:path: /" GET);
    put_head(end, 9, false, "sum: 5\n"); /* does not end the request */
    tell(end);
    assert_non_null(strstr(end->log, "failed:trailers "));
}

static void bad_requests_are_answered_one_by_one(void **state) {
    (void)state;
    static const struct {
        const char *lines;
        const char *label;
        const char *status;
    } bad[] = {
        {":method: GET\n:path: /" GET "connection: close\n", "connection-field", "400"},
        {":method: GET\n:path: /" GET "te: gzip\n", "connection-field", "400"},
        {":method: GET\n:path: /" GET "Upper: x\n", "field-name", "400"},
        {":method: GET\n:path: /" GET "content_length: 3\n", "framing-lookalike", "400"},
        {":method: GET\n:path: /" GET "content-length: 3\n", "content-length", "400"},
        {":method: GET\n:path: /" GET "host: b.example\n", "host-invalid", "400"},
        {":method: GET\n:path: x" GET, "pseudo-field", "400"},
        {":method: CONNECT\n:path: /" GET, "method-unsupported", "501"},
        {":method: GET\n:path: /\n:scheme: https\n", "host-missing", "400"},
        {":path: /" GET, "pseudo-field", "400"},
        {":method: GET\n:path: /" GET "expect: tea\n", "expectation", "417"},
    };
    greet(end);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char expected[64];
        put_head(end, 2 * i + 1, true, bad[i].lines);
        tell(end);
        snprintf(expected, sizeof expected, "refused:%s idle ", bad[i].label);
        assert_string_equal(log_of(end), expected);
        snprintf(expected, sizeof expected, "head:%u:%s data:", 2 * i + 1, bad[i].status);
        assert_non_null(strstr(hear(end), expected));
    }
    end->on_request = answer_ok;
    put_head(end, 101, true, ":method: GET\n:path: /" GET);
    tell(end);
    assert_string_equal(log_of(end), "1.request:/ idle ");
}

static void a_refused_request_with_a_body_is_reset_behind_its_answer(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, false, ":method: PUT\n:path: x" GET);
    tell(end);
    const char *heard = hear(end);
    assert_non_null(strstr(heard, "head:1:400 data:1:"));
    assert_non_null(strstr(heard, ":end reset:1:1 "));
}

static void a_body_that_differs_from_its_length_is_refused(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, false, ":method: PUT\n:path: /" GET "content-length: 3\n");
    put_data(end, 1, false, "abcd");
    put_head(end, 3, false, ":method: PUT\n:path: /" GET "content-length: 3\n");
    put_data(end, 3, true, "ab");
    tell(end);
    assert_non_null(strstr(end->log, "1.failed:content-length "));
    assert_non_null(strstr(end->log, "2.failed:content-length "));
    const char *heard = hear(end);
    assert_non_null(strstr(heard, "head:1:400 "));
    assert_non_null(strstr(heard, "head:3:400 "));
    assert_non_null(strstr(heard, "reset:1:1 "));
}

static void a_large_head_is_431_and_a_long_target_414(void **state) {
    (void)state;
    static char lines[8192];
    greet(end);
    int len = snprintf(lines, sizeof lines, ":method: GET\n:path: /" GET "x: ");
    memset(lines + len, 'y', 4100);
    memcpy(lines + len + 4100, "\n", 2);
    put_head(end, 1, true, lines);
    tell(end);
    assert_non_null(strstr(hear(end), "head:1:431"));
    len = snprintf(lines, sizeof lines, ":method: GET\n:path: /");
    memset(lines + len, 'y', 300);
    memcpy(lines + len + 300, GET, sizeof GET);
    put_head(end, 3, true, lines);
    tell(end);
    assert_non_null(strstr(hear(end), "head:3:414"));
    assert_string_equal(log_of(end), "refused:request-fields-too-large idle refused:request-uri-too-long idle ");
}

static void an_early_answer_ends_the_request(void **state) {
    (void)state;
    greet(end);
    end->on_request = answer_ok;
    put_head(end, 1, false, ":method: PUT\n:path: /" GET);
    tell(end);
    assert_string_equal(hear(end), "head:1:200 data:1:5:end reset:1:0 ");
    static char piece[16384];
    for (int i = 0; i < 20; i++)
        put_frame(end, NGHTTP2_DATA, 0, 1, slice_of(piece, sizeof piece));
    tell(end);
    assert_non_null(strstr(hear(end), "window:0:")); /* what is dropped gives its credit back to the connection */
}

static void expect_is_answered_when_the_body_is_wanted(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, false, ":method: PUT\n:path: /" GET "expect: 100-continue\n");
    tell(end);
    assert_string_equal(hear(end), "");
    http_stream_body(end->exchanges[0].stream);
    turn(end);
    assert_string_equal(hear(end), "head:1:100 ");
}

static void an_answer_waits_for_the_window(void **state) {
    (void)state;
    static char body[100000];
    greet(end);
    put_head(end, 1, true, ":method: GET\n:path: /" GET);
    tell(end);
    struct exchange *exchange = &end->exchanges[0];
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = sizeof body};
    assert_true(http_stream_send_head(exchange->stream, &head, false));
    size_t taken = http_stream_send_body(exchange->stream, slice_of(body, sizeof body), true);
    assert_in_range(taken, 65535, sizeof body - 1);
    turn(end);
    log_of(end);
    hear(end);
    put_number(end, NGHTTP2_WINDOW_UPDATE, 0, 100000);
    put_number(end, NGHTTP2_WINDOW_UPDATE, 1, 100000);
    tell(end);
    assert_string_equal(log_of(end), "1.writable ");
    assert_non_null(strstr(hear(end), "data:1:"));
}

static void a_head_answer_has_no_body(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, true, ":method: HEAD\n:path: /" GET);
    tell(end);
    struct exchange *exchange = &end->exchanges[0];
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 7};
    assert_true(http_stream_send_head(exchange->stream, &head, false));
    assert_int_equal(http_stream_send_body(exchange->stream, S("ignored"), true), 7);
    http_stream_release(&exchange->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "head:1:200:end ");
}

static void answers_may_have_trailers_and_heads_before(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, true, ":method: POST\n:path: /" GET "te: trailers\n");
    tell(end);
    struct exchange *exchange = &end->exchanges[0];
    struct http_field field = {.name = S("Grpc-Status"), .value = S("0")};
    struct http_message early = {.status = 103}, head = {.status = 200, .body = HTTP_BODY_STREAM};
    struct http_message trailers = {.fields = &field, .field_count = 1};
    assert_true(http_stream_send_head(exchange->stream, &early, false));
    assert_true(http_stream_send_head(exchange->stream, &head, false));
    assert_int_equal(http_stream_send_body(exchange->stream, S("x"), false), 1);
    assert_true(http_stream_send_trailers(exchange->stream, &trailers));
    http_stream_release(&exchange->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "head:1:103 head:1:200 data:1:1 head:1:0:end ");
    assert_non_null(strstr(end->fields, "grpc-status=0 "));
}

static void a_body_shorter_than_its_length_is_reset(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, true, ":method: GET\n:path: /" GET);
    tell(end);
    struct exchange *exchange = &end->exchanges[0];
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 7};
    assert_true(http_stream_send_head(exchange->stream, &head, false));
    assert_int_equal(http_stream_send_body(exchange->stream, S("abc"), true), 3);
    http_stream_release(&exchange->stream, REASON_BACKEND_CLOSED);
    turn(end);
    assert_non_null(strstr(hear(end), "reset:1:2 "));
}

static void a_client_that_resets_is_gone(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, true, ":method: GET\n:path: /" GET);
    put_number(end, NGHTTP2_RST_STREAM, 1, NGHTTP2_CANCEL);
    tell(end);
    assert_string_equal(end->log, "1.request:/ 1.failed:client-gone idle ");
}

static void websocket_is_an_upgrade(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, false, ":method: CONNECT\n:protocol: websocket\n:path: /chat" GET "sec-websocket-version: 13\n");
    tell(end);
    assert_string_equal(log_of(end), "1.request:/chat ");
    struct exchange *exchange = &end->exchanges[0];
    struct http_message plain = {.status = 200, .body = HTTP_BODY_STREAM};
    assert_false(http_stream_send_head(exchange->stream, &plain, false)); /* it would grant what nobody granted */
    struct http_message grant = {.status = 101, .upgrade = S("websocket")};
    assert_true(http_stream_send_head(exchange->stream, &grant, false));
    assert_int_equal(http_stream_send_body(exchange->stream, S("hi"), false), 2);
    put_data(end, 1, false, "yes");
    tell(end);
    assert_string_equal(hear(end), "head:1:200 data:1:2 ");
    assert_string_equal(exchange->body, "yes");
    put_data(end, 1, true, "");
    tell(end);
    assert_non_null(strstr(end->log, "1.end "));
    assert_int_equal(http_stream_send_body(exchange->stream, S("bye"), true), 3);
    http_stream_release(&exchange->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "data:1:3:end ");
}

static void bytes_before_an_upgrade_is_granted_fail_it(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, false, ":method: CONNECT\n:protocol: websocket\n:path: /chat" GET);
    put_data(end, 1, false, "early");
    tell(end);
    assert_non_null(strstr(end->log, "1.failed:upgrade-early "));
    assert_non_null(strstr(hear(end), "head:1:400 "));
}

static void other_tunnels_are_not_served(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, false, ":method: CONNECT\n:protocol: connect-udp\n:path: /" GET);
    tell(end);
    assert_string_equal(log_of(end), "refused:method-unsupported idle ");
}

static void a_drain_takes_what_is_on_its_way(void **state) {
    (void)state;
    greet(end);
    http_conn_drain(end->conn);
    turn(end);
    assert_string_equal(hear(end), "goaway:2147483647:0 ping ");
    put_head(end, 1, true, ":method: GET\n:path: /late" GET);
    put_frame(end, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, S("\0\0\0\0\0\0\0\0"));
    tell(end);
    assert_string_equal(hear(end), "goaway:1:0 ");
    assert_string_equal(log_of(end), "1.request:/late ");
    put_head(end, 3, true, ":method: GET\n:path: /later" GET);
    tell(end);
    assert_string_equal(log_of(end), "");
    answer(&end->exchanges[0], 200, "x");
    turn(end);
    assert_string_equal(hear(end), "head:1:200 data:1:1:end ");
    assert_string_equal(log_of(end), "ended:draining ");
}

static void the_end_of_the_connection_fails_its_streams(void **state) {
    (void)state;
    greet(end);
    put_head(end, 1, true, ":method: GET\n:path: /a" GET);
    put_head(end, 3, true, ":method: GET\n:path: /b" GET);
    tell(end);
    log_of(end);
    end_peer(end);
    assert_string_equal(log_of(end), "1.failed:client-gone 2.failed:client-gone ended:client-gone ");
}

static void a_head_that_does_not_end_is_told_and_can_be_refused(void **state) {
    (void)state;
    greet(end);
    put_frame(end, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, compress(end, ":method: GET\n"));
    tell(end);
    assert_string_equal(log_of(end), "began ");
    http_conn_refuse(end->conn, REASON_REQUEST_TIMEOUT);
    turn(end);
    assert_non_null(strstr(hear(end), "goaway:"));
    end_peer(end);
    assert_string_equal(log_of(end), "refused:request-timeout ended:request-timeout ");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_introduces_itself),
        TEST(a_request_is_answered),
        TEST(the_message_is_as_from_http_1),
        TEST(streams_share_a_write),
        TEST(a_body_flows_by_credit),
        TEST(more_than_the_window_ends_the_stream),
        TEST(trailers_end_a_request),
        TEST(bad_trailers_are_refused),
        TEST(bad_requests_are_answered_one_by_one),
        TEST(a_refused_request_with_a_body_is_reset_behind_its_answer),
        TEST(a_body_that_differs_from_its_length_is_refused),
        TEST(a_large_head_is_431_and_a_long_target_414),
        TEST(an_early_answer_ends_the_request),
        TEST(expect_is_answered_when_the_body_is_wanted),
        TEST(an_answer_waits_for_the_window),
        TEST(a_head_answer_has_no_body),
        TEST(answers_may_have_trailers_and_heads_before),
        TEST(a_body_shorter_than_its_length_is_reset),
        TEST(a_client_that_resets_is_gone),
        TEST(websocket_is_an_upgrade),
        TEST(bytes_before_an_upgrade_is_granted_fail_it),
        TEST(other_tunnels_are_not_served),
        TEST(a_drain_takes_what_is_on_its_way),
        TEST(the_end_of_the_connection_fails_its_streams),
        TEST(a_head_that_does_not_end_is_told_and_can_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
