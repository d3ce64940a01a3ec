/* The client side of HTTP/1.1: one exchange at a time, every way in which a backend may answer or leave. */
#include "h1harness.h"

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

static struct http_message request(const char *method) {
    return (struct http_message){.method = slice_text(method), .path = S("/"), .authority = S("a")};
}

/* Opens a stream and sends a request without a body. */
static void ask(const char *method) {
    struct http_message head = request(method);
    end->stream = http_conn_open(end->conn);
    assert_non_null(end->stream);
    http_stream_own(end->stream, &stream_events, end);
    assert_true(http_stream_send_head(end->stream, &head, true));
    http_conn_flush(end->conn);
}

static void release(void) {
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
}

static void an_exchange_and_the_next(void **state) {
    (void)state;
    assert_int_equal(http_conn_capacity(end->conn), 1);
    ask("GET");
    assert_int_equal(http_conn_capacity(end->conn), 0);
    assert_null(http_conn_open(end->conn));
    turn(end);
    assert_string_equal(hear(end), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    say(end, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_string_equal(end->log, "head:200 readable end ");
    assert_int_equal(http_conn_capacity(end->conn), 0);
    release();
    assert_string_equal(end->log, "head:200 readable end idle ");
    assert_null(state_of(end)->kept.data);
    assert_null(state_of(end)->out.data);
    ask("GET");
    say(end, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_string_equal(end->log, "head:200 readable end idle head:204 readable end ");
}

static void read_in_head(struct end *which) {
    read_body(which);
}

static void an_owner_that_looks_in_head_is_not_told_again(void **state) {
    (void)state;
    end->on_head = read_in_head;
    ask("GET");
    say(end, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_string_equal(end->log, "head:200 end ");
    assert_memory_equal(end->body, "hello", 5);
}

static void an_answer_octet_by_octet(void **state) {
    (void)state;
    static const char text[] =
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nDigest: d\r\n\r\n";
    ask("GET");
    for (size_t i = 0; text[i]; i++)
        say(end, (char[]){text[i], '\0'});
    assert_memory_equal(end->log, "head:103 head:200 readable", 26);
    assert_memory_equal(end->body, "hello", 5);
    assert_string_equal(end->trailer, "d");
    release();
    assert_non_null(strstr(end->log, "end idle "));
}

static void a_body_until_close(void **state) {
    (void)state;
    ask("GET");
    say(end, "HTTP/1.1 200 OK\r\n\r\nhello");
    assert_string_equal(end->log, "head:200 readable ");
    hear(end); /* closing with something unread would be a reset */
    end_peer(end);
    assert_string_equal(end->log, "head:200 readable readable end ");
    release();
    assert_string_equal(end->log, "head:200 readable readable end ended:closed ");
}

static void answers_to_head_have_no_body(void **state) {
    (void)state;
    ask("HEAD");
    say(end, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert_string_equal(end->log, "head:200 readable end ");
    release();
    ask("GET");
    say(end, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
    assert_string_equal(end->log, "head:200 readable end idle head:304 readable end ");
}

static void a_request_body_is_framed(void **state) {
    (void)state;
    struct http_message head = request("POST");
    head.body = HTTP_BODY_STREAM;
    end->stream = http_conn_open(end->conn);
    http_stream_own(end->stream, &stream_events, end);
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, S("hello"), false), 5);
    assert_int_equal(http_stream_send_body(end->stream, S(""), true), 0);
    http_conn_flush(end->conn);
    turn(end);
    assert_string_equal(hear(end),
                        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
}

static void heads_that_cannot_be_sent(void **state) {
    (void)state;
    struct http_message until_close = request("POST"), short_body = request("POST"), split = request("GET /\r\n");
    until_close.body = HTTP_BODY_UNTIL_CLOSE;
    short_body.body = HTTP_BODY_LENGTH;
    short_body.content_length = 1;
    end->stream = http_conn_open(end->conn);
    http_stream_own(end->stream, &stream_events, end);
    assert_false(http_stream_send_head(end->stream, &until_close, false));
    assert_false(http_stream_send_head(end->stream, &short_body, true));
    assert_false(http_stream_send_head(end->stream, &split, true));
    assert_int_equal(http_stream_send_body(end->stream, S("x"), true), 0);
}

static void a_backend_that_leaves_before_its_answer(void **state) {
    (void)state;
    ask("GET");
    end_peer(end);
    assert_string_equal(end->log, "failed:backend-closed ended:backend-closed ");
}

static void a_backend_that_leaves_in_its_head(void **state) {
    (void)state;
    ask("GET");
    say(end, "HTTP/1.1 200 OK\r\nConte");
    end_peer(end);
    assert_string_equal(end->log, "failed:backend-closed ended:backend-closed ");
}

static void a_backend_that_leaves_in_its_body(void **state) {
    (void)state;
    ask("GET");
    harness_send(end->peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    end_peer(end);
    assert_string_equal(end->log, "head:200 readable failed:backend-closed ended:backend-closed ");
    assert_int_equal(end->body_len, 5);
}

static void malformed_answers(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "failed:backend-malformed ended:backend-malformed "},
        {"SSH-2.0-OpenSSH\r\n", "failed:backend-malformed ended:backend-malformed "},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "failed:backend-malformed ended:backend-malformed "},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
         "head:200 failed:backend-malformed ended:backend-malformed "},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: a\r\n\r\n",
         "head:200 failed:backend-malformed ended:backend-malformed "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ask("GET");
        say(end, rows[i][0]);
        say(end, "\r\n");
        assert_string_equal(end->log, rows[i][1]);
        free_end(end);
        end = make_end(false);
    }
}

static void a_head_that_is_too_large(void **state) {
    (void)state;
    static char text[8192];
    ask("GET");
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nA: %06000d\r\n\r\n", 0);
    say(end, text);
    assert_string_equal(end->log, "failed:backend-too-large ended:backend-too-large ");
}

static void bytes_that_nobody_asked_for(void **state) {
    (void)state;
    ask("GET");
    say(end, "HTTP/1.1 204 No Content\r\n\r\n");
    release();
    say(end, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_string_equal(end->log, "head:204 readable end idle ended:backend-malformed ");
}

static void bytes_behind_an_answer(void **state) {
    (void)state;
    ask("GET");
    say(end, "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    release();
    assert_string_equal(end->log, "head:204 readable end ended:backend-malformed ");
}

static void bytes_before_any_request(void **state) {
    (void)state;
    say(end, "HTTP/1.1 200 OK\r\n\r\n");
    assert_string_equal(end->log, "ended:backend-malformed ");
}

static void a_backend_that_leaves_while_idle(void **state) {
    (void)state;
    ask("GET");
    say(end, "HTTP/1.1 204 No Content\r\n\r\n");
    release();
    end_peer(end);
    assert_string_equal(end->log, "head:204 readable end idle ended:closed ");
}

static void a_connection_that_is_not_kept(void **state) {
    (void)state;
    ask("GET");
    say(end, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    release();
    assert_string_equal(end->log, "head:200 readable end ended:closed ");
}

static void release_before_the_answer_ends_the_connection(void **state) {
    (void)state;
    ask("GET");
    turn(end);
    http_stream_release(&end->stream, REASON_CLIENT_GONE);
    turn(end);
    assert_string_equal(end->log, "ended:client-gone ");
}

static void draining(void **state) {
    (void)state;
    ask("GET");
    http_conn_drain(end->conn);
    turn(end);
    assert_int_equal(http_conn_capacity(end->conn), 0);
    say(end, "HTTP/1.1 204 No Content\r\n\r\n");
    release();
    assert_string_equal(end->log, "head:204 readable end ended:draining ");
}

static void an_early_answer_counts(void **state) {
    (void)state;
    struct http_message head = request("POST");
    head.body = HTTP_BODY_LENGTH;
    head.content_length = 1000;
    end->stream = http_conn_open(end->conn);
    http_stream_own(end->stream, &stream_events, end);
    assert_true(http_stream_send_head(end->stream, &head, false));
    http_conn_flush(end->conn);
    say(end, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
    assert_string_equal(end->log, "head:413 readable end ");
    release();
    assert_string_equal(end->log, "head:413 readable end ended:closed ");
}

/* Writes what a request body is made of; the backend has already closed. */
static void an_answer_that_stands_before_a_failed_write_counts(void **state) {
    (void)state;
    static char flood[262144];
    struct http_message head = request("POST");
    head.body = HTTP_BODY_LENGTH;
    head.content_length = 4 * sizeof flood;
    end->stream = http_conn_open(end->conn);
    http_stream_own(end->stream, &stream_events, end);
    assert_true(http_stream_send_head(end->stream, &head, false));
    http_conn_flush(end->conn);
    usleep(1000);
    assert_true(listen_to(end));
    harness_send(end->peer, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    close(end->peer); /* everything was read: FIN, and a reset when more comes */
    end->peer = -1;
    usleep(1000);
    http_stream_send_body(end->stream, slice_of(flood, sizeof flood), false);
    usleep(1000);
    http_stream_send_body(end->stream, slice_of(flood, sizeof flood), false);
    turn(end);
    assert_non_null(strstr(end->log, "head:413 readable end "));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_exchange_and_the_next),
        TEST(an_owner_that_looks_in_head_is_not_told_again),
        TEST(an_answer_octet_by_octet),
        TEST(a_body_until_close),
        TEST(answers_to_head_have_no_body),
        TEST(a_request_body_is_framed),
        TEST(heads_that_cannot_be_sent),
        TEST(a_backend_that_leaves_before_its_answer),
        TEST(a_backend_that_leaves_in_its_head),
        TEST(a_backend_that_leaves_in_its_body),
        TEST(malformed_answers),
        TEST(a_head_that_is_too_large),
        TEST(bytes_that_nobody_asked_for),
        TEST(bytes_behind_an_answer),
        TEST(bytes_before_any_request),
        TEST(a_backend_that_leaves_while_idle),
        TEST(a_connection_that_is_not_kept),
        TEST(release_before_the_answer_ends_the_connection),
        TEST(draining),
        TEST(an_early_answer_counts),
        TEST(an_answer_that_stands_before_a_failed_write_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
