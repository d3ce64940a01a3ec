/* Reading bodies: every octet once, whatever the owner's pace, and no more memory than what it left lying. */
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

static int set_up_back(void **state) {
    int status = set_up(state);
    free_end(end);
    end = make_end(false);
    return status;
}

static void a_large_answer_to_a_slow_owner(void **state) {
    (void)state;
    struct http_message head = {.method = S("GET"), .path = S("/"), .authority = S("a")};
    end->reads_at_once = false;
    end->stream = http_conn_open(end->conn);
    http_stream_own(end->stream, &stream_events, end);
    assert_true(http_stream_send_head(end->stream, &head, true));
    http_conn_flush(end->conn);
    char text[64];
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LARGE_BYTES);
    say(end, text);
    size_t pushed = 0, taken = 0;
    for (bool is_end = false; !is_end;) {
        ssize_t got = pushed < LARGE_BYTES ? write(end->peer, large + pushed, LARGE_BYTES - pushed) : 0;
        pushed += got > 0 ? (size_t)got : 0;
        turn(end);
        assert_in_range(state_of(end)->input.len, 0, 2 * 65536);
        struct http_body_view view = http_stream_body(end->stream);
        size_t len = view.bytes.len < 50000 ? view.bytes.len : 50000;
        assert_memory_equal(view.bytes.data, large + taken, len);
        is_end = view.end && len == view.bytes.len;
        taken += len;
        http_stream_consume(end->stream, len);
        end->log[0] = '\0';
    }
    assert_int_equal(taken, LARGE_BYTES);
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(end->log, "idle ");
    assert_null(state_of(end)->kept.data);
}

static void a_large_upload_to_a_quick_owner(void **state) {
    (void)state;
    char text[128];
    snprintf(text, sizeof text, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", LARGE_BYTES);
    say(end, text);
    size_t pushed = 0;
    while (end->body_len < LARGE_BYTES) {
        ssize_t got = pushed < LARGE_BYTES ? write(end->peer, large + pushed, LARGE_BYTES - pushed) : 0;
        pushed += got > 0 ? (size_t)got : 0;
        turn(end);
        assert_null(state_of(end)->kept.data); /* nothing is left over, so nothing is kept */
        end->log[0] = '\0';
    }
    assert_memory_equal(end->body, large, LARGE_BYTES);
}

static void chunks_are_shown_one_by_one_and_taken_in_part(void **state) {
    (void)state;
    say(end,
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nDigest: d\r\n\r\n");
    struct http_body_view view = http_stream_body(end->stream);
    assert_slice(view.bytes, "abc");
    assert_false(view.end);
    http_stream_consume(end->stream, 1);
    assert_slice(http_stream_body(end->stream).bytes, "bc");
    http_stream_consume(end->stream, 2);
    view = http_stream_body(end->stream);
    assert_slice(view.bytes, "de");
    assert_false(view.end); /* the trailers come behind it */
    http_stream_consume(end->stream, 2);
    view = http_stream_body(end->stream);
    assert_int_equal(view.bytes.len, 0);
    assert_true(view.end);
    assert_slice(view.trailers->fields[0].name, "Digest");
    assert_slice(view.trailers->fields[0].value, "d");
    view = http_stream_body(end->stream);
    assert_true(view.end && view.trailers);
}

static void an_owner_that_does_not_look_is_told_once(void **state) {
    (void)state;
    end->reads_at_once = false;
    say(end, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    say(end, "abc");
    turn(end);
    assert_string_equal(end->log, "request:/ readable ");
    say(end, "def");
    assert_string_equal(end->log, "request:/ readable readable ");
    assert_slice(http_stream_body(end->stream).bytes, "abcdef");
    http_stream_consume(end->stream, 2); /* it may have more room later, and must not be forgotten */
    turn(end);
    assert_string_equal(end->log, "request:/ readable readable readable ");
    assert_slice(http_stream_body(end->stream).bytes, "cdef");
}

static void trailers_that_are_no_trailers(void **state) {
    (void)state;
    say(end, "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    say(end, "0\r\nContent-Length: 3\r\n\r\n");
    assert_string_equal(end->log, "request:/ failed:chunk ");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_large_answer_to_a_slow_owner, set_up_back, tear_down),
        TEST(a_large_upload_to_a_quick_owner),
        TEST(chunks_are_shown_one_by_one_and_taken_in_part),
        TEST(an_owner_that_does_not_look_is_told_once),
        TEST(trailers_that_are_no_trailers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
