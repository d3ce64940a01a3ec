/* What both ends of HTTP/1.1 share: size, memory given back, and a life that ends cleanly from wherever it is ended. */
#include "h1harness.h"

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

static void a_conn_is_small(void **state) {
    (void)state;
    assert_in_range(sizeof(struct h1state), 1, 400);
}

static void quiet_gives_memory_back(void **state) {
    (void)state;
    say(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n");
    assert_non_null(state_of(end)->kept.data);
    http_conn_quiet(end->conn); /* not while a stream is open, or something is unread */
    assert_non_null(state_of(end)->kept.data);
    struct http_message head = {.status = 200};
    assert_true(http_stream_send_head(end->stream, &head, true));
    http_stream_release(&end->stream, REASON_NONE);
    say(end, "Host: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, true));
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    http_conn_quiet(end->conn);
    assert_null(state_of(end)->kept.data);
    assert_null(state_of(end)->out.data);
}

static void a_front_end_opens_no_streams(void **state) {
    (void)state;
    assert_null(http_conn_open(end->conn));
    assert_int_equal(http_conn_capacity(end->conn), 0);
}

static void close_then_release(struct end *which) {
    http_conn_close(&which->conn);
    http_stream_release(&which->stream, REASON_NONE);
}

static void a_stream_may_be_released_in_the_turn_of_its_conns_close(void **state) {
    (void)state;
    end->on_request = close_then_release;
    say(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(end->log, "request:/ ");
}

static void a_conn_may_be_closed_before_its_first_turn(void **state) {
    (void)state;
    http_conn_close(&end->conn);
    turn(end);
    assert_string_equal(end->log, "");
}

static void after_a_failure_nothing_is_taken(void **state) {
    (void)state;
    struct http_message head = {.status = 200};
    say(end, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    struct http_stream *stream = end->stream;
    h1state_of(end->conn)->failed_told = true; /* the owner has not released it yet */
    end_peer(end);
    assert_string_equal(end->log, "request:/ ");
    assert_false(http_stream_send_head(stream, &head, true));
    assert_int_equal(http_stream_send_body(stream, S("x"), true), 0);
    assert_false(http_stream_send_trailers(stream, NULL));
    assert_int_equal(http_stream_body(stream).bytes.len, 0);
    http_stream_consume(stream, 0);
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(end->log, "request:/ ended:client-gone ");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_conn_is_small),
        TEST(quiet_gives_memory_back),
        TEST(a_front_end_opens_no_streams),
        TEST(a_stream_may_be_released_in_the_turn_of_its_conns_close),
        TEST(a_conn_may_be_closed_before_its_first_turn),
        TEST(after_a_failure_nothing_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
