/* One way to read a message: what is good is read as meaning, everything else is refused with its reason. */
#include "http/h1parse.h"

#include "text.h"

static struct http_field fields[HTTP_FIELDS_MAX];
static struct http_message message;

static struct h1parse_result request(struct slice bytes) {
    struct h1parse_scan scan = {0};
    message = (struct http_message){.fields = fields, .field_room = HTTP_FIELDS_MAX};
    return h1parse_request(bytes, &text_limits, &scan, &message);
}

static struct h1parse_result answer(const char *text, const char *method) {
    struct h1parse_scan scan = {0};
    message = (struct http_message){.fields = fields, .field_room = HTTP_FIELDS_MAX};
    return h1parse_answer(slice_text(text), slice_text(method), &text_limits, &scan, &message);
}

static struct h1parse_result trailers(const char *text) {
    struct h1parse_scan scan = {0};
    message = (struct http_message){.fields = fields, .field_room = HTTP_FIELDS_MAX};
    return h1parse_trailers(slice_text(text), &text_limits, &scan, &message);
}

static void assert_refused(struct slice bytes, enum reason reason) {
    struct h1parse_result result = request(bytes);
    if (result.status != H1PARSE_BAD || result.reason != reason)
        fail_msg("status %d, reason %s for:\n%.*s", (int)result.status, reason_row(result.reason)->label,
                 (int)bytes.len, bytes.data);
}

static void reads_a_request_as_meaning(void **state) {
    (void)state;
    struct slice bytes = S(
        "POST /a?b=c HTTP/1.1\r\nHost: Example.com:8443\r\nX-One: \t 1 2 \t\r\nContent-Length: 5\r\nX-Two:\r\n\r\nhello");
    struct h1parse_result result = request(bytes);
    assert_int_equal(result.status, H1PARSE_DONE);
    assert_int_equal(result.used_bytes, bytes.len - 5);
    assert_slice(message.method, "POST");
    assert_slice(message.path, "/a?b=c");
    assert_slice(message.authority, "Example.com:8443");
    assert_int_equal(message.version_minor, 1);
    assert_int_equal(message.body, HTTP_BODY_LENGTH);
    assert_int_equal(message.content_length, 5);
    assert_true(message.keep_alive);
    assert_false(message.expect_continue);
    assert_int_equal(message.field_count, 2);
    assert_slice(message.fields[0].name, "X-One");
    assert_slice(message.fields[0].value, "1 2");
    assert_slice(message.fields[1].value, "");
}

static void every_prefix_is_a_good_beginning(void **state) {
    (void)state;
    struct slice bytes = S("\r\nGET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\nrest");
    struct h1parse_scan scan = {0};
    for (size_t len = 0; len < bytes.len - 4; len++) {
        /* A copy of exactly this length: the sanitizer sees a read behind it. */
        uint8_t *copy = malloc(len ? len : 1);
        memcpy(copy, bytes.data, len);
        message = (struct http_message){.fields = fields, .field_room = HTTP_FIELDS_MAX};
        assert_int_equal(h1parse_request(slice_of(copy, len), &text_limits, &scan, &message).status, H1PARSE_MORE);
        free(copy);
    }
    struct h1parse_result result = h1parse_request(bytes, &text_limits, &scan, &message);
    assert_int_equal(result.status, H1PARSE_DONE);
    assert_int_equal(result.used_bytes, bytes.len - 4);
    assert_int_equal(message.body, HTTP_BODY_STREAM);
}

static void target_forms(void **state) {
    (void)state;
    assert_int_equal(request(S("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).status, H1PARSE_DONE);
    assert_slice(message.path, "*");
    assert_int_equal(request(S("GET http://a:80/x HTTP/1.1\r\nHost: A:80\r\n\r\n")).status, H1PARSE_DONE);
    assert_slice(message.path, "/x");
    assert_int_equal(request(S("GET HTTPS://a HTTP/1.1\r\nHost: a\r\n\r\n")).status, H1PARSE_DONE);
    assert_slice(message.path, "/");
    assert_int_equal(request(S("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n")).status, H1PARSE_DONE);
    assert_slice(message.path, "*");
    assert_int_equal(request(S("GET  HTTP/1.1\r\nHost: a\r\n\r\n")).status, H1PARSE_DONE);
    assert_slice(message.path, "/");
    assert_int_equal(request(S("GET /\xd1\x81 HTTP/1.1\r\nHost: a\r\n\r\n")).status, H1PARSE_DONE);

    assert_refused(S("GET /\xb6 HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_REQUEST_LINE);
    assert_refused(S("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_REQUEST_LINE);
    assert_refused(S("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_REQUEST_LINE);
    assert_refused(S("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_REQUEST_LINE);
    assert_refused(S("GET http:/a HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_REQUEST_LINE);
    assert_refused(S("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_REQUEST_LINE);
    assert_refused(S("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_HOST_INVALID);
    assert_refused(S("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_HOST_INVALID);
    assert_refused(S("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_HOST_INVALID);
    assert_refused(S("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_METHOD_UNSUPPORTED);
    assert_refused(S("PRI * HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_METHOD_UNSUPPORTED);
}

static void request_lines_refused(void **state) {
    (void)state;
    static const char *const lines[] = {
        "GET / HTTP/1.1 ",
        "GET /",
        "GET / ",
        "GET",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        " GET / HTTP/1.1",
        "G(T / HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1.1x",
        "GET / HTTP/11",
        "GET / HTTP/1,1",
        "GET /\x7f HTTP/1.1",
        "GET /\x01 HTTP/1.1",
        "GET / HTTP/1",
        "GET / HTTP/",
        "\r\nGET / HTTP/1.1",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[128];
        int len = snprintf(text, sizeof text, "%s\r\nHost: a\r\n\r\n", lines[i]);
        if (lines[i][0] == '\r') /* two empty lines */
            len = snprintf(text, sizeof text, "\r\n%s\r\nHost: a\r\n\r\n", lines[i]);
        assert_refused(slice_of(text, (size_t)len), REASON_REQUEST_LINE);
    }
    assert_refused(S("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_REQUEST_LINE);
    assert_refused(S("\x16\x03\x01"), REASON_REQUEST_LINE);
    assert_refused(S("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), REASON_REQUEST_VERSION);
    assert_refused(S("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), REASON_REQUEST_VERSION);
    assert_refused(S("GET / HTTP/0.9\r\nHost: a\r\n\r\n"), REASON_REQUEST_VERSION);
}

static void fields_refused(void **state) {
    (void)state;
    static const struct {
        const char *lines;
        enum reason reason;
    } rows[] = {
        {"A : b\r\n", REASON_FIELD_NAME},
        {": b\r\n", REASON_FIELD_NAME},
        {"A\r\n", REASON_FIELD_NAME},
        {"A(: b\r\n", REASON_FIELD_NAME},
        {"\x80: b\r\n", REASON_FIELD_NAME},
        {" A: b\r\n", REASON_FIELD_FOLDED},
        {"A: b\r\n\tc\r\n", REASON_FIELD_FOLDED},
        {"A: b\n", REASON_LINE_END},
        {"A: b\rC: d\r\n", REASON_LINE_END},
        {"A: b\r\r\n", REASON_LINE_END},
        {"A: \x01\r\n", REASON_FIELD_VALUE},
        {"A: b\x7f\r\n", REASON_FIELD_VALUE},
        {"Host: b\r\n", REASON_HOST_MISSING},
        {"Content-Length: 1\r\nContent-Length: 1\r\n", REASON_CONTENT_LENGTH},
        {"Content-Length:\r\n", REASON_CONTENT_LENGTH},
        {"Content-Length: +1\r\n", REASON_CONTENT_LENGTH},
        {"Content-Length: 1,1\r\n", REASON_CONTENT_LENGTH},
        {"Content-Length: 18446744073709551616\r\n", REASON_CONTENT_LENGTH},
        {"Content-Length: 0x1\r\n", REASON_CONTENT_LENGTH},
        {"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", REASON_FRAMING_CONFLICT},
        {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", REASON_FRAMING_CONFLICT},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", REASON_TRANSFER_ENCODING},
        {"Transfer-Encoding: gzip, chunked\r\n", REASON_TRANSFER_ENCODING},
        {"Transfer-Encoding: identity\r\n", REASON_TRANSFER_ENCODING},
        {"Transfer-Encoding:\r\n", REASON_TRANSFER_ENCODING},
        {"Transfer-Encoding: chunked\x0b\r\n", REASON_FIELD_VALUE},
        {"Content_Length: 1\r\n", REASON_FRAMING_LOOKALIKE},
        {"transfer---encoding: chunked\r\n", REASON_FRAMING_LOOKALIKE},
        {"contentlength: 1\r\n", REASON_FRAMING_LOOKALIKE},
        {"-Content.Length-: 1\r\n", REASON_FRAMING_LOOKALIKE},
        {"'Transfer|Encoding: x\r\n", REASON_FRAMING_LOOKALIKE},
        {"Expect: 200-ok\r\n", REASON_EXPECTATION},
        {"Connection: a b\r\n", REASON_FIELD_VALUE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        int len = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", rows[i].lines);
        assert_refused(slice_of(text, (size_t)len), rows[i].reason);
    }
    assert_refused(S("GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n"), REASON_FIELD_VALUE);
    assert_refused(S("GET / HTTP/1.1\r\nHost: a\r\n\0: a\r\n\r\n"), REASON_FIELD_NAME);
    assert_refused(S("GET / HTTP/1.1\r\n\r\n"), REASON_HOST_MISSING);
    assert_refused(S("GET / HTTP/1.0\r\n\r\n"), REASON_HOST_MISSING);
    assert_refused(S("GET / HTTP/1.1\r\nHost:\r\n\r\n"), REASON_HOST_INVALID);
    assert_refused(S("GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), REASON_TRANSFER_ENCODING);
    assert_refused(S("GET / HTTP/1.1\n"), REASON_LINE_END);
}

static void names_that_only_resemble_framing_pass(void **state) {
    (void)state;
    assert_int_equal(
        request(
            S("GET / HTTP/1.1\r\nHost: a\r\nX-Content-Length: 1\r\nContent-Lengths: 2\r\nTransfer-Encodin: x\r\nTrailer: x\r\n\r\n"))
            .status,
        H1PARSE_DONE);
    assert_int_equal(message.field_count, 4);
}

static void connection_fields_are_taken_out_and_their_names_kept(void **state) {
    (void)state;
    struct h1parse_result result = request(
        S("GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nConnection: close, X-A ,,Client-Cert\r\nClient-Cert: :AA==:\r\n"
          "TE: trailers\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-B: 2\r\n\r\n"));
    assert_int_equal(result.status, H1PARSE_DONE);
    assert_int_equal(message.field_count, 1);
    assert_slice(message.fields[0].name, "X-B");
    assert_int_equal(message.connection_token_count, 2);
    assert_slice(message.connection_tokens[0], "X-A");
    assert_slice(message.connection_tokens[1], "Client-Cert");
    assert_false(message.keep_alive);
    assert_int_equal(message.upgrade.len, 0);
    assert_true(message.takes_trailers);
}

static void of_te_only_the_wish_for_trailers_is_kept(void **state) {
    (void)state;
    static const struct {
        const char *value;
        bool wishes;
    } cases[] = {
        {"trailers", true}, {"gzip;q=0.5, Trailers", true}, {"gzip", false}, {"", false}, {"trailersx", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: %s\r\n\r\n", cases[i].value);
        assert_int_equal(request(slice_text(text)).status, H1PARSE_DONE);
        assert_int_equal(message.takes_trailers, cases[i].wishes);
        assert_int_equal(message.field_count, 0);
    }
}

static void upgrade_counts_only_when_connection_names_it(void **state) {
    (void)state;
    assert_int_equal(
        request(S("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")).status,
        H1PARSE_DONE);
    assert_slice(message.upgrade, "websocket");
    assert_int_equal(message.field_count, 0);
}

static void http_1_0_is_not_kept_and_does_not_wait(void **state) {
    (void)state;
    assert_int_equal(
        request(S("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n")).status,
        H1PARSE_DONE);
    assert_false(message.keep_alive);
    assert_false(message.expect_continue);
    assert_int_equal(
        request(S("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n")).status,
        H1PARSE_DONE);
    assert_true(message.expect_continue);
}

static void limits_hold(void **state) {
    (void)state;
    char text[8192];
    memset(text, 'a', sizeof text);
    memcpy(text, "GET /", 5);
    assert_refused(slice_of(text, sizeof text), REASON_REQUEST_URI_TOO_LONG);
    int len = snprintf(text, sizeof text, "GET /%0300d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_refused(slice_of(text, (size_t)len), REASON_REQUEST_URI_TOO_LONG);
    len = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nA: %05000d\r\n\r\n", 0);
    assert_refused(slice_of(text, (size_t)len), REASON_REQUEST_FIELDS_TOO_LARGE);
    assert_refused(slice_of(text, 4096), REASON_REQUEST_FIELDS_TOO_LARGE);
    len = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 20; i++)
        len += snprintf(text + len, sizeof text - (size_t)len, "A: b\r\n");
    len += snprintf(text + len, sizeof text - (size_t)len, "\r\n");
    assert_refused(slice_of(text, (size_t)len), REASON_REQUEST_FIELDS_TOO_LARGE);
    len = snprintf(text, sizeof text,
                   "GET / HTTP/1.1\r\nHost: a\r\nConnection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\r\n\r\n");
    assert_refused(slice_of(text, (size_t)len), REASON_REQUEST_FIELDS_TOO_LARGE);
}

static void the_field_array_bounds_too(void **state) {
    (void)state;
    struct h1parse_scan scan = {0};
    message = (struct http_message){.fields = fields, .field_room = 1};
    struct h1parse_result result =
        h1parse_request(S("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n"), &text_limits, &scan, &message);
    assert_int_equal(result.status, H1PARSE_BAD);
    assert_int_equal(result.reason, REASON_REQUEST_FIELDS_TOO_LARGE);
}

static void answers_and_their_framing(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *method;
        uint16_t status;
        enum http_body body;
        bool keep_alive;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "GET", 200, HTTP_BODY_LENGTH, true},
        {"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", 200, HTTP_BODY_STREAM, true},
        {"HTTP/1.1 200 \r\n\r\n", "GET", 200, HTTP_BODY_UNTIL_CLOSE, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n", "GET", 200, HTTP_BODY_LENGTH, false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n", "GET", 200, HTTP_BODY_LENGTH, false},
        {"HTTP/1.1 200 OK\r\n\r\n", "HEAD", 200, HTTP_BODY_UNTIL_CLOSE, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", 200, HTTP_BODY_LENGTH, true},
        {"HTTP/1.1 304 Not Modified\r\n\r\n", "GET", 304, HTTP_BODY_NONE, true},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", 304, HTTP_BODY_LENGTH, true},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", "GET", 204, HTTP_BODY_NONE, true},
        {"HTTP/1.1 100 Continue\r\n\r\n", "GET", 100, HTTP_BODY_NONE, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct h1parse_result result = answer(rows[i].text, rows[i].method);
        assert_int_equal(result.status, H1PARSE_DONE);
        assert_int_equal(result.used_bytes, strlen(rows[i].text));
        assert_int_equal(message.status, rows[i].status);
        assert_int_equal(message.body, rows[i].body);
        assert_int_equal(message.keep_alive, rows[i].keep_alive);
    }
}

static void answers_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1 +20 OK\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 O\x01K\r\n\r\n",
        "HTTP/1.1 200 OK\rX\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent_Length: 1\r\n\r\n",
        "HTTP/1.1 200OK\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct h1parse_result result = answer(rows[i], "GET");
        if (result.status != H1PARSE_BAD)
            fail_msg("%s", rows[i]);
        assert_int_equal(result.reason, REASON_BACKEND_MALFORMED);
    }
    char text[8192];
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nA: %05000d\r\n\r\n", 0);
    assert_int_equal(answer(text, "GET").reason, REASON_BACKEND_TOO_LARGE);
}

static void trailers_carry_no_framing(void **state) {
    (void)state;
    assert_int_equal(trailers("\r\n").status, H1PARSE_DONE);
    assert_int_equal(trailers("\r\n").used_bytes, 2);
    assert_int_equal(trailers("\r").status, H1PARSE_MORE);
    assert_int_equal(trailers("Digest: x\r\nA: b\r\n\r\nGET").status, H1PARSE_DONE);
    assert_int_equal(message.field_count, 2);
    static const char *const refused[] = {"Content-Length", "Transfer-Encoding", "Host",   "Connection", "TE",
                                          "Upgrade",        "Trailer",           "Expect", "Keep-Alive"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s: x\r\n\r\n", refused[i]);
        assert_int_equal(trailers(text).reason, REASON_CHUNK);
    }
    assert_int_equal(trailers("Content_Length: x\r\n\r\n").reason, REASON_FRAMING_LOOKALIKE);
    assert_int_equal(trailers("A: b\n\n").reason, REASON_LINE_END);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_request_as_meaning),
        cmocka_unit_test(every_prefix_is_a_good_beginning),
        cmocka_unit_test(target_forms),
        cmocka_unit_test(request_lines_refused),
        cmocka_unit_test(fields_refused),
        cmocka_unit_test(names_that_only_resemble_framing_pass),
        cmocka_unit_test(connection_fields_are_taken_out_and_their_names_kept),
        cmocka_unit_test(of_te_only_the_wish_for_trailers_is_kept),
        cmocka_unit_test(upgrade_counts_only_when_connection_names_it),
        cmocka_unit_test(http_1_0_is_not_kept_and_does_not_wait),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(the_field_array_bounds_too),
        cmocka_unit_test(answers_and_their_framing),
        cmocka_unit_test(answers_refused),
        cmocka_unit_test(trailers_carry_no_framing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
