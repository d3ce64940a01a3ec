/* Large bodies through both ends: every octet once, memory bounded, one system call where one is enough. */
#include "h1harness.h"

static struct end *end;

enum { LARGE_BYTES = 3 << 20 };
static char large[LARGE_BYTES];

static int set_up_front(void **state) {
    (void)state;
    end = make_end(true);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        large[i] = (char)(i * 7 + i / 251);
    return 0;
}

static int set_up_back(void **state) {
    (void)state;
    int status = set_up_front(state);
    free_end(end);
    end = make_end(false);
    return status;
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

/* The backend pushes; the owner takes a little at a time, and only after a while. */
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

static void a_conn_is_small(void **state) {
    (void)state;
    assert_in_range(sizeof(struct h1state), 1, 500);
}

static void quiet_gives_memory_back(void **state) {
    (void)state;
    say(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    http_conn_quiet(end->conn); /* not while a stream is open */
    assert_non_null(end->stream);
    assert_string_equal(end->log, "request:/ ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_large_answer_of_known_length, set_up_front, tear_down),
        cmocka_unit_test_setup_teardown(a_large_chunked_answer, set_up_front, tear_down),
        cmocka_unit_test_setup_teardown(a_large_answer_to_a_slow_owner, set_up_back, tear_down),
        cmocka_unit_test_setup_teardown(a_large_upload_to_a_quick_owner, set_up_front, tear_down),
        cmocka_unit_test(a_conn_is_small),
        cmocka_unit_test_setup_teardown(quiet_gives_memory_back, set_up_front, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
