/* Floods end the connection with ENHANCE_YOUR_CALM, each by its own limit, and nothing less does. */
#include "h2harness.h"

static struct end *end;

/* Limits so small that a test reaches them, in which each kind has another. */
static const struct h2limits small = {.streams = 3,
                                      .stream_window_bytes = 65535,
                                      .window_bytes = 131072,
                                      .continuations = 2,
                                      .resets = 5,
                                      .malformed = 6,
                                      .settings = 7,
                                      .pings = 8,
                                      .priorities = 9,
                                      .window_updates = 10,
                                      .empty_frames = 11};

static int set_up(void **state) {
    (void)state;
    end = make_end_with(true, &small);
    greet(end);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free_end(end);
    return 0;
}

/* Nothing is wrong so far. */
static void assert_calm(void) {
    tell(end);
    assert_null(strstr(hear(end), "goaway:"));
    assert_null(strstr(end->log, "ended:"));
}

/* The client was told to calm down, and the connection ends for this reason. */
static void assert_flood(const char *label) {
    char expected[64];
    tell(end);
    assert_non_null(strstr(hear(end), ":11 "));
    end_peer(end);
    snprintf(expected, sizeof expected, "ended:%s ", label);
    assert_non_null(strstr(end->log, expected));
}

static void put_get(unsigned id) {
    put_head(end, id, true, ":method: GET\n:path: /" GET);
}

static void rapid_resets(void **state) {
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        put_get(2 * i + 1);
        put_number(end, NGHTTP2_RST_STREAM, 2 * i + 1, NGHTTP2_CANCEL);
    }
    assert_calm();
    put_get(21);
    put_number(end, NGHTTP2_RST_STREAM, 21, NGHTTP2_CANCEL);
    assert_flood("http2-resets");
}

static void resets_that_the_client_provokes(void **state) {
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        put_get(2 * i + 1);
        put_number(end, NGHTTP2_WINDOW_UPDATE, 2 * i + 1, 0x7fffffff); /* more than a window can be */
        assert_calm();
    }
    put_get(21);
    put_number(end, NGHTTP2_WINDOW_UPDATE, 21, 0x7fffffff);
    assert_flood("http2-resets");
}

static void malformed_requests(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        put_head(end, 2 * i + 1, true, ":method: GET\n:path: x" GET);
        assert_calm();
    }
    put_head(end, 21, true, ":method: GET\n:path: x" GET);
    assert_flood("http2-malformed");
}

static void settings(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) /* one was the greeting's */
        put_frame(end, NGHTTP2_SETTINGS, 0, 0, S(""));
    assert_calm();
    put_frame(end, NGHTTP2_SETTINGS, 0, 0, S(""));
    assert_flood("http2-settings");
}

static void pings(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++)
        put_frame(end, NGHTTP2_PING, 0, 0, S("12345678"));
    assert_calm();
    put_frame(end, NGHTTP2_PING, 0, 0, S("12345678"));
    assert_flood("http2-pings");
}

static void priorities(void **state) {
    (void)state;
    for (int i = 0; i < 9; i++)
        put_frame(end, NGHTTP2_PRIORITY, 0, 5, S("\0\0\0\3\x10"));
    assert_calm();
    put_frame(end, NGHTTP2_PRIORITY, 0, 5, S("\0\0\0\3\x10"));
    assert_flood("http2-priorities");
}

static void window_updates(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++)
        put_number(end, NGHTTP2_WINDOW_UPDATE, 0, 1);
    assert_calm();
    put_number(end, NGHTTP2_WINDOW_UPDATE, 0, 1);
    assert_flood("http2-window-updates");
}

static void empty_data(void **state) {
    (void)state;
    put_head(end, 1, false, ":method: PUT\n:path: /" GET);
    for (int i = 0; i < 11; i++)
        put_frame(end, NGHTTP2_DATA, i % 2 ? NGHTTP2_FLAG_PADDED : 0u, 1, i % 2 ? S("\2\0\0") : S(""));
    assert_calm();
    put_frame(end, NGHTTP2_DATA, 0, 1, S(""));
    assert_flood("http2-empty-frames");
}

static void empty_continuations(void **state) {
    (void)state;
    unsigned id = 1;
    for (int i = 0; i < 6; i++, id += 2) {
        put_frame(end, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, id, compress(end, ":method: GET\n:path: x" GET));
        put_frame(end, NGHTTP2_CONTINUATION, 0, id, S(""));
        put_frame(end, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, id, S(""));
        tell(end);
    }
    assert_flood("http2-empty-frames");
}

static void continuations(void **state) {
    (void)state;
    put_frame(end, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, compress(end, ":method: GET\n"));
    put_frame(end, NGHTTP2_CONTINUATION, 0, 1, compress(end, ":path: /" GET));
    put_frame(end, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, compress(end, "a: b\n"));
    assert_calm();
    assert_non_null(strstr(end->log, "1.request:/ "));
    put_frame(end, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 3, compress(end, ":method: GET\n"));
    for (int i = 0; i < 3; i++)
        put_frame(end, NGHTTP2_CONTINUATION, 0, 3, compress(end, "a: b\n"));
    assert_flood("http2-continuations");
}

/* One large field in the table, and then a byte for each time that it is meant. */
static void compressed_bombs(void **state) {
    (void)state;
    static uint8_t block[8192];
    static char line[4096];
    size_t len = (size_t)snprintf(line, sizeof line, ":method: GET\n:path: /" GET "x: ");
    memset(line + len, 'y', 3000);
    memcpy(line + len + 3000, "\n", 2);
    struct slice first = compress(end, line);
    memcpy(block, first.data, first.len);
    block[first.len] = 0x80 | 62; /* the newest entry of the table */
    put_frame(end, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
              slice_of(block, first.len + 1));
    assert_calm(); /* too large for a request, and answered */
    assert_non_null(strstr(end->log, "refused:request-fields-too-large "));
    memset(block, 0x80 | 62, 100);
    put_frame(end, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 3, slice_of(block, 100));
    assert_flood("http2-head-bytes");
}

static void more_streams_than_allowed(void **state) {
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        put_get(2 * i + 1);
    assert_calm();
    assert_int_equal(end->exchange_count, 3);
    put_get(7);
    assert_flood("http2-streams");
    assert_int_equal(end->exchange_count, 3);
}

/* What the client makes us say stays bounded while it does not read. */
static void a_client_that_does_not_read(void **state) {
    (void)state;
    end->below.room = 100;
    for (int i = 0; i < 40; i++) {
        put_head(end, (unsigned)(2 * i + 1), true, ":method: GET\n:path: x" GET);
        tell(end);
        if (end->ended)
            break;
    }
    assert_in_range(buf_len(&h2state_of(end->conn)->out), 0, H2STATE_OUT_MAX);
    assert_in_range(nghttp2_session_get_outbound_queue_size(h2state_of(end->conn)->session), 0, H2STATE_QUEUED_MAX);
}

static void broken_frames_break_the_protocol(void **state) {
    (void)state;
    put_frame(end, NGHTTP2_DATA, 0, 0, S("x"));
    tell(end);
    assert_non_null(strstr(hear(end), "goaway:0:1 "));
    end_peer(end);
    assert_non_null(strstr(end->log, "ended:http2-protocol "));
}

static void another_protocol_is_not_http_2(void **state) {
    (void)state;
    tear_down(NULL);
    end = make_end(true);
    put(end, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27);
    tell(end);
    end_peer(end);
    assert_non_null(strstr(end->log, "ended:http2-protocol "));
}

static void settings_have_to_be_acknowledged(void **state) {
    (void)state;
    tear_down(NULL);
    end = make_end(true);
    put(end, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    put_frame(end, NGHTTP2_SETTINGS, 0, 0, S(""));
    assert_calm();
    h2state_of(end->conn)->settings_sent_ms -= H2STATE_SETTINGS_MS + 1; /* the time that passes meanwhile */
    put_get(1);
    assert_flood("http2-settings-timeout");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rapid_resets),
        TEST(resets_that_the_client_provokes),
        TEST(malformed_requests),
        TEST(settings),
        TEST(pings),
        TEST(priorities),
        TEST(window_updates),
        TEST(empty_data),
        TEST(empty_continuations),
        TEST(continuations),
        TEST(compressed_bombs),
        TEST(more_streams_than_allowed),
        TEST(a_client_that_does_not_read),
        TEST(broken_frames_break_the_protocol),
        TEST(another_protocol_is_not_http_2),
        TEST(settings_have_to_be_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
