/* Field lines become messages, or are refused for the right reason. */
#include "http/h2fields.h"

#include "text.h"

static struct h2fields *fields;

static int set_up(void **state) {
    (void)state;
    fields = h2fields_new(&text_limits);
    return fields ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    h2fields_free(&fields);
    assert_null(fields);
    return 0;
}

/* Reads lines "name: value\n" that end the message. */
static enum reason read_lines(enum h2fields_section section, const char *lines, const struct http_message **message) {
    h2fields_begin(fields, section);
    while (*lines) {
        size_t name_len = *lines == '\n' ? 0 : 1 + strcspn(lines + 1, ":"), value_at = name_len + 2;
        size_t value_len = strcspn(lines + value_at, "\n");
        h2fields_add(fields, slice_of(lines, name_len), slice_of(lines + value_at, value_len), false);
        lines += value_at + value_len + 1;
    }
    return h2fields_finish(fields, true, message);
}

#define PSEUDO ":method: GET\n:scheme: https\n:authority: a.example:8443\n:path: /p?q\n"

static void a_request_is_read(void **state) {
    (void)state;
    const struct http_message *message;
    assert_int_equal(read_lines(H2FIELDS_REQUEST, PSEUDO "accept: x\ntrailer: y\n", &message), REASON_NONE);
    assert_slice(message->method, "GET");
    assert_slice(message->scheme, "https");
    assert_slice(message->authority, "a.example:8443");
    assert_slice(message->path, "/p?q");
    assert_int_equal(message->field_count, 2);
    assert_slice(message->fields[1].name, "trailer");
    assert_int_equal(message->body, HTTP_BODY_NONE);
    assert_int_equal(message->version_major, 2);
    const uint8_t *raw = message->raw.data;
    for (size_t i = 0; i < message->field_count; i++)
        assert_true(message->fields[i].value.data >= raw && message->fields[i].value.data < raw + message->raw.len);
}

static void host_stands_for_authority(void **state) {
    (void)state;
    const struct http_message *message;
    static const char lines[] = ":method: GET\n:scheme: http\n:path: /\nhost: b.example\n";
    assert_int_equal(read_lines(H2FIELDS_REQUEST, lines, &message), REASON_NONE);
    assert_slice(message->authority, "b.example");
    assert_int_equal(message->field_count, 0);
}

static void options_may_ask_for_all(void **state) {
    (void)state;
    const struct http_message *message;
    static const char lines[] = ":method: OPTIONS\n:scheme: https\n:authority: a\n:path: *\n";
    assert_int_equal(read_lines(H2FIELDS_REQUEST, lines, &message), REASON_NONE);
    assert_slice(message->path, "*");
}

static void crumbs_become_one_cookie(void **state) {
    (void)state;
    const struct http_message *message;
    assert_int_equal(read_lines(H2FIELDS_REQUEST, PSEUDO "cookie: a=1\nx: y\ncookie: b=2\ncookie: c=3\n", &message),
                     REASON_NONE);
    assert_int_equal(message->field_count, 2);
    assert_slice(message->fields[0].value, "a=1; b=2; c=3");
    assert_slice(message->fields[1].name, "x");
}

static void what_breaks_http_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *lines;
        enum reason reason;
    } bad[] = {
        {"accept: x\n" PSEUDO, REASON_PSEUDO_FIELD},
        {PSEUDO ":path: /b\n", REASON_PSEUDO_FIELD},
        {PSEUDO ":status: 200\n", REASON_PSEUDO_FIELD},
        {PSEUDO ":other: x\n", REASON_PSEUDO_FIELD},
        {PSEUDO ":protocol: websocket\n", REASON_PSEUDO_FIELD},
        {":method: G T\n:scheme: https\n:authority: a\n:path: /\n", REASON_PSEUDO_FIELD},
        {":method: PRI\n:scheme: https\n:authority: a\n:path: /\n", REASON_METHOD_UNSUPPORTED},
        {":method: GET\n:scheme: ftp\n:authority: a\n:path: /\n", REASON_PSEUDO_FIELD},
        {":method: GET\n:authority: a\n:path: /\n", REASON_PSEUDO_FIELD},
        {":method: GET\n:scheme: https\n:authority: a\n", REASON_PSEUDO_FIELD},
        {":method: GET\n:scheme: https\n:authority: a\n:path: \n", REASON_PSEUDO_FIELD},
        {":method: GET\n:scheme: https\n:authority: a\n:path: *\n", REASON_PSEUDO_FIELD},
        {":method: GET\n:scheme: https\n:authority: a\n:path: /a b\n", REASON_PSEUDO_FIELD},
        {":method: GET\n:scheme: https\n:authority: a\n:path: /\xff\n", REASON_PSEUDO_FIELD},
        {":method: GET\n:scheme: https\n:authority: u@a\n:path: /\n", REASON_HOST_INVALID},
        {":method: GET\n:scheme: https\n:authority: a\n:path: /\nhost: b\n", REASON_HOST_INVALID},
        {PSEUDO "host: a.example:8443\nhost: a.example:8443\n", REASON_HOST_MISSING},
        {PSEUDO "\n: x\n", REASON_FIELD_NAME},
        {PSEUDO "a b: x\n", REASON_FIELD_NAME},
        {PSEUDO "a\r: x\n", REASON_FIELD_NAME},
        {PSEUDO "Accept: x\n", REASON_FIELD_NAME},
        {PSEUDO "a: x\ry\n", REASON_FIELD_VALUE},
        {PSEUDO "a:  x\n", REASON_FIELD_VALUE},
        {PSEUDO "a: x\t\n", REASON_FIELD_VALUE},
        {PSEUDO "connection: keep-alive\n", REASON_CONNECTION_FIELD},
        {PSEUDO "keep-alive: 5\n", REASON_CONNECTION_FIELD},
        {PSEUDO "proxy-connection: x\n", REASON_CONNECTION_FIELD},
        {PSEUDO "transfer-encoding: chunked\n", REASON_CONNECTION_FIELD},
        {PSEUDO "upgrade: websocket\n", REASON_CONNECTION_FIELD},
        {PSEUDO "te: trailers, deflate\n", REASON_CONNECTION_FIELD},
        {PSEUDO "content-length: 0\ncontent-length: 0\n", REASON_CONTENT_LENGTH},
        {PSEUDO "content-length: +1\n", REASON_CONTENT_LENGTH},
        {PSEUDO "content-length: 1\n", REASON_CONTENT_LENGTH},
        {PSEUDO "transfer_encoding: x\n", REASON_FRAMING_LOOKALIKE},
        {PSEUDO "expect: 200-ok\n", REASON_EXPECTATION},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct http_message *message;
        assert_int_equal(read_lines(H2FIELDS_REQUEST, bad[i].lines, &message), bad[i].reason);
    }
}

/* Bytes that no line of text can hold. */
static void zeros_and_line_feeds_are_refused(void **state) {
    (void)state;
    static const struct {
        struct slice name, value;
        enum reason reason;
    } bad[] = {
        {{(const uint8_t *)"a\0b", 3}, {(const uint8_t *)"x", 1}, REASON_FIELD_NAME},
        {{(const uint8_t *)"a", 1}, {(const uint8_t *)"x\0y", 3}, REASON_FIELD_VALUE},
        {{(const uint8_t *)"a", 1}, {(const uint8_t *)"x\ny: z", 6}, REASON_FIELD_VALUE},
        {{(const uint8_t *)"a\nb", 3}, {(const uint8_t *)"x", 1}, REASON_FIELD_NAME},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct http_message *message;
        h2fields_begin(fields, H2FIELDS_ANSWER);
        h2fields_add(fields, S(":status"), S("200"), false);
        h2fields_add(fields, bad[i].name, bad[i].value, false);
        assert_int_equal(h2fields_finish(fields, true, &message), bad[i].reason);
    }
}

static void sizes_and_numbers_are_limited(void **state) {
    (void)state;
    const struct http_message *message;
    h2fields_begin(fields, H2FIELDS_TRAILERS);
    for (size_t i = 0; i < text_limits.fields; i++)
        h2fields_add(fields, S("a"), S("b"), false);
    assert_int_equal(h2fields_finish(fields, true, &message), REASON_NONE);
    h2fields_add(fields, S("a"), S("b"), false);
    assert_int_equal(h2fields_finish(fields, true, &message), REASON_REQUEST_FIELDS_TOO_LARGE);
    static uint8_t value[4096];
    memset(value, 'x', sizeof value);
    h2fields_begin(fields, H2FIELDS_TRAILERS);
    h2fields_add(fields, S("a"), slice_of(value, sizeof value - 33), false);
    assert_int_equal(h2fields_finish(fields, true, &message), REASON_NONE);
    h2fields_add(fields, S("a"), S(""), false);
    assert_int_equal(h2fields_finish(fields, true, &message), REASON_REQUEST_FIELDS_TOO_LARGE);
    assert_int_equal(fields->size_bytes, 4096 + 33); /* counted on, for who looks for bombs */
}

static void answers_and_trailers_are_read(void **state) {
    (void)state;
    const struct http_message *message;
    assert_int_equal(read_lines(H2FIELDS_ANSWER, ":status: 204\nhost: a\nexpect: b\n", &message), REASON_NONE);
    assert_int_equal(message->status, 204);
    assert_int_equal(message->field_count, 1);
    assert_int_equal(read_lines(H2FIELDS_ANSWER, ":status: 20\n", &message), REASON_PSEUDO_FIELD);
    assert_int_equal(read_lines(H2FIELDS_ANSWER, ":status: 2xx\n", &message), REASON_PSEUDO_FIELD);
    assert_int_equal(read_lines(H2FIELDS_ANSWER, ":status: 103\n", &message), REASON_PSEUDO_FIELD); /* ends */
    assert_int_equal(read_lines(H2FIELDS_TRAILERS, "sum: 5\n", &message), REASON_NONE);
    assert_int_equal(read_lines(H2FIELDS_TRAILERS, ":path: /\n", &message), REASON_TRAILERS);
    assert_int_equal(read_lines(H2FIELDS_TRAILERS, "host: a\n", &message), REASON_TRAILERS);
}

static void a_tunnel_is_a_get_that_upgrades(void **state) {
    (void)state;
    const struct http_message *message;
    static const char lines[] = ":method: CONNECT\n:protocol: websocket\n:scheme: https\n:authority: a\n:path: /c\n";
    assert_int_equal(read_lines(H2FIELDS_REQUEST, lines, &message), REASON_PSEUDO_FIELD); /* ends at once */
    h2fields_begin(fields, H2FIELDS_REQUEST);
    h2fields_add(fields, S(":method"), S("CONNECT"), false);
    h2fields_add(fields, S(":protocol"), S("websocket"), false);
    h2fields_add(fields, S(":scheme"), S("https"), false);
    h2fields_add(fields, S(":authority"), S("a"), false);
    h2fields_add(fields, S(":path"), S("/c"), true);
    assert_int_equal(h2fields_finish(fields, false, &message), REASON_NONE);
    assert_slice(message->method, "GET");
    assert_slice(message->upgrade, "websocket");
    assert_true(http_message_upgrades(message));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_read),
        TEST(host_stands_for_authority),
        TEST(options_may_ask_for_all),
        TEST(crumbs_become_one_cookie),
        TEST(what_breaks_http_is_refused),
        TEST(zeros_and_line_feeds_are_refused),
        TEST(sizes_and_numbers_are_limited),
        TEST(answers_and_trailers_are_read),
        TEST(a_tunnel_is_a_get_that_upgrades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
