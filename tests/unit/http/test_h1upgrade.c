/* WebSocket over HTTP/1.1, both ends: who may ask, what proves that it was understood, and bytes in both directions
 * until each has its end. */
#include "h1harness.h"

#define HANDSHAKE                                                                                                      \
    "Host: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"                \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define GRANTED                                                                                                        \
    "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"                       \
    "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

static struct end *end;
static char upgrade_seen[32];
static size_t fields_seen;

static void note_head(struct http_message head) {
    snprintf(upgrade_seen, sizeof upgrade_seen, "%.*s", (int)head.upgrade.len, head.upgrade.data);
    fields_seen = head.field_count;
}

static void on_asked(void *owner, struct http_stream *stream, const struct http_message *head) {
    note_head(*head);
    on_request(owner, stream, head);
}

static void on_answered(void *owner, const struct http_message *head) {
    note_head(*head);
    on_head(owner, head);
}

static const struct http_conn_events asked_events = {
    .request = on_asked, .began = on_began, .idle = on_idle, .refused = on_refused, .ended = on_ended};
static const struct http_stream_events answered_events = {.head = on_answered,
                                                          .readable = on_readable,
                                                          .writable = on_writable,
                                                          .failed = on_failed};

static int set_up_front(void **state) {
    (void)state;
    end = make_end(true);
    http_conn_own(end->conn, &asked_events, end);
    upgrade_seen[0] = '\0';
    return 0;
}

static int set_up_back(void **state) {
    (void)state;
    end = make_end(false);
    upgrade_seen[0] = '\0';
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free_end(end);
    return 0;
}

static bool grant(void) {
    struct http_message head = {.status = 101, .upgrade = S("websocket")};
    bool is_sent = http_stream_send_head(end->stream, &head, false);
    http_conn_flush(end->conn);
    return is_sent;
}

static void send_bytes(const char *text, bool ends) {
    assert_int_equal(http_stream_send_body(end->stream, slice_text(text), ends), strlen(text));
    http_conn_flush(end->conn);
    turn(end);
}

/* --- in front --- */

static void ask(void) {
    say(end, "GET /chat HTTP/1.1\r\n" HANDSHAKE "\r\n");
    assert_string_equal(end->log, "request:/chat ");
}

static void the_key_is_taken_and_its_proof_given(void **state) {
    (void)state;
    ask();
    assert_string_equal(upgrade_seen, "websocket");
    assert_int_equal(fields_seen, 1); /* the version */
    assert_true(grant());
    turn(end);
    assert_string_equal(hear(end), GRANTED);
    say(end, "ping");
    assert_memory_equal(end->body, "ping", 4);
    send_bytes("pong", false);
    assert_string_equal(hear(end), "pong");
}

static void each_direction_ends_by_itself(void **state) {
    (void)state;
    ask();
    assert_true(grant());
    send_bytes("bye", true);
    hear(end);
    assert_false(listen_to(end)); /* our direction has ended */
    say(end, "still here");
    assert_memory_equal(end->body, "still here", 10);
    shutdown(end->peer, SHUT_WR);
    turn(end);
    assert_string_equal(end->log, "request:/chat readable readable end ");
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_true(end->ended);
}

static void the_client_may_end_first(void **state) {
    (void)state;
    ask();
    assert_true(grant());
    turn(end);
    shutdown(end->peer, SHUT_WR);
    turn(end);
    assert_string_equal(end->log, "request:/chat readable end ");
    send_bytes("more", false);
    send_bytes("and more", true);
    assert_non_null(strstr(hear(end), "\r\n\r\nmoreand more"));
    assert_false(listen_to(end));
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_true(end->ended);
}

static void who_does_not_wait_is_refused(void **state) {
    (void)state;
    say(end, "GET /chat HTTP/1.1\r\n" HANDSHAKE "\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(end->log, "request:/chat failed:upgrade-early ");
    assert_memory_equal(hear(end), "HTTP/1.1 400 ", 13);
}

static void who_does_not_wait_longer_is_refused_then(void **state) {
    (void)state;
    ask();
    say(end, "x");
    assert_string_equal(end->log, "request:/chat failed:upgrade-early ");
}

static void another_answer_is_an_ordinary_one(void **state) {
    (void)state;
    ask();
    struct http_message head = {.status = 404, .body = HTTP_BODY_LENGTH, .content_length = 2};
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, S("no"), true), 2);
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end), "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    say(end, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(end->log, "request:/chat idle request:/next ");
    assert_string_equal(upgrade_seen, "");
    assert_false(grant()); /* nobody asked */
}

static void an_answer_may_name_the_protocol_that_it_wants(void **state) {
    (void)state;
    ask();
    struct http_message head = {.status = 426, .upgrade = S("websocket")};
    assert_true(http_stream_send_head(end->stream, &head, true));
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_string_equal(hear(end),
                        "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: Upgrade\r\n"
                        "Upgrade: websocket\r\n\r\n");
}

static void other_upgrades_are_not_seen(void **state) {
    (void)state;
    static const char *const heads[] = {
        "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
        "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
        "POST /3 HTTP/1.1\r\n" HANDSHAKE "\r\n",
        "GET /4 HTTP/1.1\r\nContent-Length: 3\r\n" HANDSHAKE "\r\nabc",
        "GET /5 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        say(end, heads[i]);
        assert_non_null(end->stream);
        assert_string_equal(upgrade_seen, "");
        read_body(end);
        assert_false(grant());
        struct http_message head = {.status = 204};
        assert_true(http_stream_send_head(end->stream, &head, true));
        http_stream_release(&end->stream, REASON_NONE);
        turn(end);
    }
}

#define TWO_KEYS "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static void a_bad_key_is_answered(void **state) {
    static const char *const keys[] = {"", "Sec-WebSocket-Key: short\r\n", TWO_KEYS};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n%s\r\n",
                 keys[i]);
        say(end, text);
        assert_string_equal(end->log, "refused:upgrade-malformed ");
        assert_memory_equal(hear(end), "HTTP/1.1 400 ", 13);
        tear_down(state);
        set_up_front(state);
    }
}

/* What was gathered when the peer took no more leaves as soon as it does, though nobody sends again. */
static void the_last_small_piece_is_not_forgotten(void **state) {
    (void)state;
    static const char piece[1000];
    size_t sent = 0, heard = 0;
    ask();
    assert_true(grant());
    while (!state_of(end)->blocked) {
        assert_int_equal(http_stream_send_body(end->stream, slice_of(piece, sizeof piece), false), sizeof piece);
        http_conn_flush(end->conn);
        sent += sizeof piece;
    }
    assert_true(buf_len(&state_of(end)->out) > 0);
    for (int i = 0; i < 2000 && heard < sent; i++) {
        hear(end);
        heard += end->heard_len;
        turn(end);
    }
    assert_true(heard >= sent);
    assert_int_equal(buf_len(&state_of(end)->out), 0);
}

/* --- behind --- */

/* Sends the request, and writes the answer's proof for the key in it. */
static void open_upgrade(char accept[WEBSOCKET_ACCEPT_LEN + 1]) {
    struct http_field version = {.name = S("Sec-WebSocket-Version"), .value = S("13")};
    struct http_message head = {.method = S("GET"),
                                .path = S("/chat"),
                                .authority = S("a"),
                                .upgrade = S("websocket"),
                                .fields = &version,
                                .field_count = 1};
    assert_int_equal(http_conn_can_upgrade(end->conn), HTTP_CONN_UPGRADE_YES);
    end->stream = http_conn_open(end->conn);
    http_stream_own(end->stream, &answered_events, end);
    assert_true(http_stream_send_head(end->stream, &head, false));
    assert_int_equal(http_stream_send_body(end->stream, S("early"), false), 0);
    http_conn_flush(end->conn);
    turn(end);
    const char *key = strstr(hear(end), "Sec-WebSocket-Key: ");
    assert_non_null(key);
    assert_non_null(strstr(end->heard, "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
    websocket_accept(slice_of(key + 19, WEBSOCKET_KEY_LEN), accept);
    accept[WEBSOCKET_ACCEPT_LEN] = '\0';
}

static void answer_with(const char *accept, const char *upgrade, const char *after) {
    char text[512];
    snprintf(text, sizeof text,
             "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: %s\r\n"
             "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: chat\r\n\r\n%s",
             upgrade, accept, after);
    say(end, text);
}

static void a_server_that_understood_is_believed(void **state) {
    (void)state;
    char accept[WEBSOCKET_ACCEPT_LEN + 1];
    open_upgrade(accept);
    answer_with(accept, "WebSocket", "hello");
    assert_string_equal(end->log, "head:101 readable ");
    assert_int_equal(fields_seen, 1); /* the subprotocol */
    assert_memory_equal(end->body, "hello", 5);
    send_bytes("answer", false);
    send_bytes("", true);
    assert_string_equal(hear(end), "answer");
    assert_false(listen_to(end));
    say(end, "last");
    end_peer(end);
    assert_string_equal(end->log, "head:101 readable readable readable end ");
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_true(end->ended);
}

static void a_server_that_proves_nothing_is_not(void **state) {
    char accept[WEBSOCKET_ACCEPT_LEN + 1];
    open_upgrade(accept);
    answer_with("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "websocket", "");
    assert_string_equal(end->log, "failed:backend-upgrade ended:backend-upgrade ");
    tear_down(state);
    set_up_back(state);
    open_upgrade(accept);
    answer_with(accept, "h2c", "");
    assert_string_equal(end->log, "failed:backend-upgrade ended:backend-upgrade ");
}

static void a_server_that_answers_otherwise_has_answered(void **state) {
    (void)state;
    char accept[WEBSOCKET_ACCEPT_LEN + 1];
    open_upgrade(accept);
    say(end, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    assert_string_equal(end->log, "head:403 readable end ");
    http_stream_release(&end->stream, REASON_NONE);
    turn(end);
    assert_int_equal(http_conn_capacity(end->conn), 1);
}

#define FRONT(function)  cmocka_unit_test_setup_teardown(function, set_up_front, tear_down)
#define BEHIND(function) cmocka_unit_test_setup_teardown(function, set_up_back, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        FRONT(the_key_is_taken_and_its_proof_given),
        FRONT(each_direction_ends_by_itself),
        FRONT(the_client_may_end_first),
        FRONT(who_does_not_wait_is_refused),
        FRONT(who_does_not_wait_longer_is_refused_then),
        FRONT(another_answer_is_an_ordinary_one),
        FRONT(an_answer_may_name_the_protocol_that_it_wants),
        FRONT(other_upgrades_are_not_seen),
        FRONT(a_bad_key_is_answered),
        FRONT(the_last_small_piece_is_not_forgotten),
        BEHIND(a_server_that_understood_is_believed),
        BEHIND(a_server_that_proves_nothing_is_not),
        BEHIND(a_server_that_answers_otherwise_has_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
