/* The server side of HTTP/1.1: one request at a time, bodies by credit, every way in which a client may leave. */
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

/* Answers 200 with a body of known length, in the way that a short answer goes, and releases. */
static void answer(struct end *to, const char *body) {
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = strlen(body)};
    assert_true(http_stream_send_head(to->stream, &head, false));
    assert_int_equal(http_stream_send_body(to->stream, slice_text(body), true), strlen(body));
    http_conn_flush(to->conn);
    http_stream_release(&to->stream, REASON_NONE);
}

static void answer_at_once(struct end *to) {
    answer(to, "ok");
}

static void a_request_and_its_answer(void **state) {
    (void)state;
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(end->log, "request:/a ");
    assert_true(http_stream_body(end->stream).end);
    answer(end, "hello");
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_string_equal(end->log, "request:/a idle ");
    assert_null(state_of(end)->kept.data);
    assert_null(state_of(end)->out.data);
    struct http_conn_count count = http_conn_count(end->conn);
    assert_int_equal(count.in_bytes, 28);
    assert_int_equal(count.out_bytes, 43);
    say(end, "GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    answer(end, "");
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_string_equal(end->log, "request:/a idle request:/b ended:closed ");
}

static void a_head_that_comes_octet_by_octet(void **state) {
    (void)state;
    static const char text[] = "\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    for (size_t i = 0; text[i]; i++)
        say(end, (char[]){text[i], '\0'});
    assert_string_equal(end->log, "began request:/a ");
}

static void a_body_of_known_length(void **state) {
    (void)state;
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    assert_string_equal(end->log, "request:/a "); /* no event for what came with the head */
    read_body(end);
    assert_int_equal(end->body_len, 5);
    say(end, "worldGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_memory_equal(end->body, "helloworld", 10);
    assert_string_equal(end->log, "request:/a readable end ");
    answer(end, "1");
    turn(end);
    assert_string_equal(end->log, "request:/a readable end request:/b ");
    answer(end, "2");
    turn(end);
    assert_string_equal(hear(end),
                        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
}

static void a_chunked_body_with_trailers(void **state) {
    (void)state;
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_string_equal(end->log, "request:/a ");
    static const char text[] = "5;x\r\nhello\r\n1\r\n,\r\n006\r\n world\r\n0\r\nDigest: d\r\n\r\n";
    for (size_t i = 0; text[i]; i++)
        say(end, (char[]){text[i], '\0'});
    assert_int_equal(end->body_len, 12);
    assert_memory_equal(end->body, "hello, world", 12);
    assert_string_equal(end->trailer, "d");
    answer(end, "1");
    turn(end);
    assert_non_null(strstr(end->log, "end idle "));
}

static void the_end_is_seen_with_the_last_chunk(void **state) {
    (void)state;
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    struct http_body_view view = http_stream_body(end->stream);
    assert_slice(view.bytes, "hello");
    assert_true(view.end);
    http_stream_consume(end->stream, 2);
    view = http_stream_body(end->stream);
    assert_slice(view.bytes, "llo");
    assert_true(view.end);
    http_stream_consume(end->stream, 3);
    answer(end, "1");
    turn(end);
    assert_string_equal(end->log, "request:/a idle ");
}

static void pipelined_requests_wait_for_their_turn(void **state) {
    (void)state;
    say(end,
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\nGET /d");
    assert_string_equal(end->log, "request:/a ");
    answer(end, "1");
    turn(end);
    assert_string_equal(end->log, "request:/a request:/b ");
    end->on_request = answer_at_once;
    answer(end, "2");
    turn(end);
    assert_string_equal(end->log, "request:/a request:/b request:/c began ");
    say(end, " HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(end->log, "request:/a request:/b request:/c began request:/d idle ");
}

static void pipelined_bytes_are_bounded(void **state) {
    (void)state;
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    static char flood[65536];
    memset(flood, 'x', sizeof flood);
    for (int i = 0; i < 1000 && write(end->peer, flood, sizeof flood) > 0; i++)
        turn(end);
    assert_int_equal(write(end->peer, flood, sizeof flood), -1); /* the kernel's buffers are full */
    assert_in_range(state_of(end)->input.len, 1, H1STATE_PIPELINED_MAX + 65536);
}

static void malformed_requests_are_answered_and_ended(void **state) {
    (void)state;
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n");
    assert_string_equal(end->log, "refused:field-name ");
    const char *text = hear(end);
    assert_non_null(strstr(text, "HTTP/1.1 400 Bad Request\r\n"));
    assert_non_null(strstr(text, "Connection: close\r\n"));
    assert_non_null(strstr(text, "\r\n\r\nA field name is malformed"));
    assert_false(listen_to(end)); /* our direction has ended */
    say(end, "whatever follows is dropped");
    assert_string_equal(end->log, "refused:field-name ");
    end_peer(end);
    assert_string_equal(end->log, "refused:field-name ended:field-name ");
}

static void lingering_has_an_end(void **state) {
    (void)state;
    say(end, "G(T / HTTP/1.1\r\n\r\n");
    harness_run_until(end->loop, &end->ended);
    assert_string_equal(end->log, "refused:request-line ended:request-line ");
}

static void lingering_reads_only_so_much(void **state) {
    (void)state;
    say(end, "G(T / HTTP/1.1\r\n\r\n");
    static char flood[16384];
    for (int i = 0; i < 10 && !end->ended; i++) {
        (void)!send(end->peer, flood, sizeof flood, MSG_NOSIGNAL);
        turn(end);
    }
    assert_true(end->ended);
}

static void no_body_is_sent_to_head(void **state) {
    (void)state;
    say(end, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
    answer(end, "hello");
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert_string_equal(end->log, "request:/a idle ");
}

static void a_body_without_length_is_chunked(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_UNTIL_CLOSE};
    struct http_field field = {S("Digest"), S("d"), 0};
    struct http_message trailers = {.fields = &field, .field_count = 1};
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, S("hello"), false), 5);
    assert_int_equal(http_stream_send_body(end->stream, S(", world"), false), 7);
    assert_true(http_stream_send_trailers(end->stream, &trailers));
    assert_string_equal(hear(end), ""); /* gathered */
    http_conn_flush(end->conn);
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(
        hear(end),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\nDigest: d\r\n\r\n");
    assert_string_equal(end->log, "request:/a idle ");
}

static void for_http_1_0_it_ends_by_close(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_STREAM};
    say(end, "GET /a HTTP/1.0\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, S("hello"), true), 5);
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
    assert_string_equal(end->log, "request:/a ended:closed ");
}

static void an_empty_body_of_unknown_length_has_length_zero(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_STREAM};
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, true));
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void heads_that_cannot_be_sent(void **state) {
    (void)state;
    struct http_field field = {S("A"), S("b\r\nC: d"), 0};
    struct http_message split = {.status = 200, .fields = &field, .field_count = 1};
    struct http_message upgrade = {.status = 101};
    struct http_message short_body = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 1};
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_false(http_stream_send_head(end->stream, &split, true));
    assert_false(http_stream_send_head(end->stream, &upgrade, false));
    assert_false(http_stream_send_head(end->stream, &short_body, true));
    answer(end, "1");
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
}

static void interim_answers_come_before_the_final_one(void **state) {
    (void)state;
    struct http_field link = {S("Link"), S("</a>"), 0};
    struct http_message hints = {.status = 103, .fields = &link, .field_count = 1};
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &hints, false));
    answer(end, "1");
    turn(end);
    assert_string_equal(hear(end),
                        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
}

static void asking_for_the_body_sends_100(void **state) {
    (void)state;
    say(end, "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_string_equal(hear(end), "");
    assert_false(http_stream_body(end->stream).end);
    assert_string_equal(hear(end), "HTTP/1.1 100 Continue\r\n\r\n");
    assert_false(http_stream_body(end->stream).end);
    say(end, "ab");
    assert_int_equal(end->body_len, 2);
    answer(end, "1");
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
    assert_non_null(strstr(end->log, "idle"));
}

static void an_answer_instead_of_100_ends_the_connection(void **state) {
    (void)state;
    say(end, "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    answer(end, "1");
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1");
    end_peer(end);
    assert_string_equal(end->log, "request:/a ended:closed ");
}

static void the_rest_of_a_request_answered_early_is_dropped(void **state) {
    (void)state;
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    answer(end, "1");
    turn(end);
    assert_string_equal(end->log, "request:/a ");
    say(end, "worldGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(end->log, "request:/a request:/b ");
}

static void but_not_more_than_64_kb_of_it(void **state) {
    (void)state;
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhello");
    answer(end, "1");
    static char flood[16384];
    for (int i = 0; i < 20 && !end->ended; i++) {
        (void)!send(end->peer, flood, sizeof flood, MSG_NOSIGNAL);
        turn(end);
    }
    assert_string_equal(end->log, "request:/a ended:closed ");
}

static void a_client_that_ends_its_direction_gets_its_answer(void **state) {
    (void)state;
    harness_send(end->peer, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    shutdown(end->peer, SHUT_WR);
    turn(end);
    assert_string_equal(end->log, "request:/a ");
    answer(end, "1");
    turn(end);
    assert_non_null(strstr(hear(end), "\r\n\r\n1"));
    assert_string_equal(end->log, "request:/a ended:closed ");
}

static void a_client_that_leaves_in_its_body_has_failed(void **state) {
    (void)state;
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
    say(end, "hel");
    end_peer(end);
    assert_string_equal(end->log, "request:/a readable failed:client-gone ended:client-gone ");
    assert_int_equal(end->body_len, 3);
}

static void a_client_that_resets_has_failed(void **state) {
    (void)state;
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    setsockopt(end->peer, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
    end_peer(end);
    assert_string_equal(end->log, "request:/a failed:client-gone ended:client-gone ");
}

static void a_client_that_leaves_between_requests(void **state) {
    (void)state;
    end->on_request = answer_at_once;
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    end_peer(end);
    assert_string_equal(end->log, "request:/a idle ended:closed ");
}

static void a_client_that_leaves_in_a_head(void **state) {
    (void)state;
    say(end, "GET /a HT");
    end_peer(end);
    assert_string_equal(end->log, "began ended:closed ");
}

static void a_broken_chunk_is_answered(void **state) {
    (void)state;
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    say(end, "5\r\nhello\r\nzz\r\n");
    assert_string_equal(end->log, "request:/a readable failed:chunk ");
    assert_non_null(strstr(hear(end), "HTTP/1.1 400 Bad Request\r\n"));
    end_peer(end);
    assert_string_equal(end->log, "request:/a readable failed:chunk ended:chunk ");
}

static void a_broken_chunk_that_came_with_the_head_is_seen_when_the_body_is_read(void **state) {
    (void)state;
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n");
    assert_string_equal(end->log, "request:/a ");
    read_body(end);
    turn(end);
    assert_int_equal(end->body_len, 0);
    assert_string_equal(end->log, "request:/a failed:chunk ");
    assert_non_null(strstr(hear(end), "HTTP/1.1 400 Bad Request\r\n"));
}

static void a_head_that_does_not_end_is_refused_in_words(void **state) {
    (void)state;
    say(end, "GET /a HTTP/1.1\r\nHost:");
    http_conn_refuse(end->conn, REASON_REQUEST_TIMEOUT);
    turn(end);
    assert_string_equal(end->log, "began refused:request-timeout ");
    assert_non_null(strstr(hear(end), "HTTP/1.1 408 Request Timeout\r\n"));
}

static void a_broken_chunk_within_an_answer_ends_the_connection(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_STREAM};
    say(end, "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, false));
    http_conn_flush(end->conn);
    say(end, "zz\r\n");
    assert_string_equal(end->log, "request:/a failed:chunk ended:chunk ");
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

static void draining(void **state) {
    (void)state;
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    http_conn_drain(end->conn);
    turn(end);
    assert_string_equal(end->log, "request:/a ");
    answer(end, "1");
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1");
    assert_string_equal(end->log, "request:/a ended:closed ");
}

static void draining_an_idle_connection_ends_it(void **state) {
    (void)state;
    turn(end);
    http_conn_drain(end->conn);
    turn(end);
    assert_string_equal(end->log, "ended:draining ");
}

static void releasing_without_an_answer_ends_the_connection(void **state) {
    (void)state;
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    http_stream_release(&end->stream, REASON_INTERNAL);
    turn(end);
    assert_string_equal(end->log, "request:/a ended:internal ");
    assert_string_equal(hear(end), "");
}

static void a_body_shorter_than_its_length_ends_the_connection(void **state) {
    (void)state;
    struct http_message head = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 9};
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, S("short"), true), 5);
    http_stream_release(&end->stream, REASON_BACKEND_CLOSED);
    turn(end);
    assert_string_equal(end->log, "request:/a ended:backend-closed ");
}

static void close_it(struct end *which) {
    http_conn_close(&which->conn);
}

static void the_owner_may_close_from_inside_an_event(void **state) {
    (void)state;
    end->on_request = close_it;
    say(end, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(end->log, "request:/a ");
    assert_false(listen_to(end));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_request_and_its_answer),
        TEST(a_head_that_comes_octet_by_octet),
        TEST(a_body_of_known_length),
        TEST(a_chunked_body_with_trailers),
        TEST(the_end_is_seen_with_the_last_chunk),
        TEST(pipelined_requests_wait_for_their_turn),
        TEST(pipelined_bytes_are_bounded),
        TEST(malformed_requests_are_answered_and_ended),
        TEST(lingering_has_an_end),
        TEST(lingering_reads_only_so_much),
        TEST(no_body_is_sent_to_head),
        TEST(a_body_without_length_is_chunked),
        TEST(for_http_1_0_it_ends_by_close),
        TEST(an_empty_body_of_unknown_length_has_length_zero),
        TEST(heads_that_cannot_be_sent),
        TEST(interim_answers_come_before_the_final_one),
        TEST(asking_for_the_body_sends_100),
        TEST(an_answer_instead_of_100_ends_the_connection),
        TEST(the_rest_of_a_request_answered_early_is_dropped),
        TEST(but_not_more_than_64_kb_of_it),
        TEST(a_client_that_ends_its_direction_gets_its_answer),
        TEST(a_client_that_leaves_in_its_body_has_failed),
        TEST(a_client_that_resets_has_failed),
        TEST(a_client_that_leaves_between_requests),
        TEST(a_client_that_leaves_in_a_head),
        TEST(a_broken_chunk_is_answered),
        TEST(a_broken_chunk_that_came_with_the_head_is_seen_when_the_body_is_read),
        TEST(a_head_that_does_not_end_is_refused_in_words),
        TEST(a_broken_chunk_within_an_answer_ends_the_connection),
        TEST(draining),
        TEST(draining_an_idle_connection_ends_it),
        TEST(releasing_without_an_answer_ends_the_connection),
        TEST(a_body_shorter_than_its_length_ends_the_connection),
        TEST(the_owner_may_close_from_inside_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
