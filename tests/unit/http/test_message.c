/* Messages: fields are found and bounded, a copy stands on its own, hosts have one spelling. */
#include "http/message.h"

#include "text.h"

static void add_stops_at_the_room(void **state) {
    (void)state;
    struct http_field fields[2];
    struct http_message message;
    http_message_init(&message, fields, 2);
    assert_true(http_message_add(&message, S("A"), S("1"), 0));
    assert_true(http_message_add(&message, S("B"), S("2"), HTTP_FIELD_NEVER_INDEXED));
    assert_false(http_message_add(&message, S("C"), S("3"), 0));
    assert_int_equal(message.field_count, 2);
    assert_slice(http_message_find(&message, S("b")), "2");
    assert_null(http_message_find(&message, S("C")).data);
}

static void copy_outlives_the_bytes_read(void **state) {
    (void)state;
    char bytes[] = "GET /p HTTP/1.1\r\nHost: h\r\nConnection: x-gone\r\nX-Kept: v\r\nx-empty:\r\n\r\n";
    struct http_field fields[8];
    struct http_message message = {.fields = fields, .field_room = 8};
    struct h1parse_scan scan = {0};
    assert_int_equal(h1parse_request(S(bytes), &text_limits, &scan, &message).status, H1PARSE_DONE);
    char outside[] = "outside";
    assert_true(http_message_add(&message, S("X-Ours"), slice_text(outside), HTTP_FIELD_NEVER_INDEXED));

    struct arena arena;
    struct http_message copy;
    arena_init(&arena, 1024, 65536);
    assert_true(http_message_copy(&arena, &message, &copy, 3));
    memset(bytes, '?', sizeof bytes);
    memset(outside, '?', sizeof outside);
    memset(fields, 0, sizeof fields);
    assert_slice(copy.method, "GET");
    assert_slice(copy.path, "/p");
    assert_slice(copy.authority, "h");
    assert_slice(copy.connection_tokens[0], "x-gone");
    assert_slice(http_message_find(&copy, S("X-Kept")), "v");
    assert_slice(http_message_find(&copy, S("X-Empty")), "");
    assert_slice(http_message_find(&copy, S("X-Ours")), "outside");
    assert_int_equal(copy.fields[2].flags, HTTP_FIELD_NEVER_INDEXED);
    assert_int_equal(copy.field_room, 6);
    arena_fini(&arena);
}

static void copy_fails_when_the_arena_is_full(void **state) {
    (void)state;
    struct http_field field;
    struct http_message message, copy;
    struct arena arena;
    http_message_init(&message, &field, 1);
    message.raw = S("0123456789");
    assert_true(http_message_add(&message, S("outside"), S("value"), 0));
    for (size_t max = 0; max < 96; max += 8) {
        arena_init(&arena, 64, max);
        bool is_copied = http_message_copy(&arena, &message, &copy, 0);
        assert_true(is_copied || max < 90);
        arena_fini(&arena);
    }
}

static void methods_and_statuses(void **state) {
    (void)state;
    assert_true(http_method_is_safe(S("GET")));
    assert_false(http_method_is_safe(S("get")));
    assert_false(http_method_is_safe(S("PUT")));
    assert_true(http_method_is_idempotent(S("PUT")));
    assert_true(http_method_is_idempotent(S("DELETE")));
    assert_false(http_method_is_idempotent(S("POST")));
    assert_true(http_status_has_no_body(204, S("GET")));
    assert_true(http_status_has_no_body(304, S("GET")));
    assert_true(http_status_has_no_body(103, S("GET")));
    assert_true(http_status_has_no_body(200, S("HEAD")));
    assert_false(http_status_has_no_body(200, S("GET")));
    assert_slice(http_status_phrase(404), "Not Found");
    assert_slice(http_status_phrase(299), "");
}

static void hosts_have_one_spelling(void **state) {
    (void)state;
    static const struct {
        const char *authority;
        const char *host; /* NULL: refused */
    } rows[] = {
        {"Example.COM", "example.com"},
        {"example.com.", "example.com"},
        {"example.com:8443", "example.com"},
        {"example.com.:1", "example.com"},
        {"10.0.0.1:80", "10.0.0.1"},
        {"[::1]", "[::1]"},
        {"[2001:DB8::1]:443", "[2001:db8::1]"},
        {"a_b-c.d", "a_b-c.d"},
        {"", NULL},
        {".", NULL},
        {":80", NULL},
        {"a:", NULL},
        {"a:123456", NULL},
        {"a:65536", NULL},
        {"a:8o", NULL},
        {"a:80:80", NULL},
        {"user@a", NULL},
        {"a b", NULL},
        {"a,b", NULL},
        {"a/b", NULL},
        {"a%41", NULL},
        {"0.0.0.0=5000", NULL},
        {"[::1", NULL},
        {"[::1]x", NULL},
        {"[::1]x:80", NULL},
        {"[]", NULL},
        {"[zz]", NULL},
        {"[fe80::1%eth0]", NULL},
        {"::1", NULL},
        {"[1.2.3.4]", NULL},
        {"h\xc3\xb6st", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char host[254];
        size_t len = 0;
        bool is_host = http_authority_host(slice_text(rows[i].authority), host, &len);
        if (is_host != (rows[i].host != NULL))
            fail_msg("%s", rows[i].authority);
        if (is_host) {
            assert_string_equal(host, rows[i].host);
            assert_int_equal(len, strlen(rows[i].host));
        }
    }
}

static void a_host_may_have_253_octets(void **state) {
    (void)state;
    char authority[256], host[254];
    size_t len;
    memset(authority, 'a', sizeof authority);
    assert_true(http_authority_host(slice_of(authority, 253), host, &len));
    assert_false(http_authority_host(slice_of(authority, 254), host, &len));
    authority[253] = '.';
    assert_true(http_authority_host(slice_of(authority, 254), host, &len));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_stops_at_the_room),
        cmocka_unit_test(copy_outlives_the_bytes_read),
        cmocka_unit_test(copy_fails_when_the_arena_is_full),
        cmocka_unit_test(methods_and_statuses),
        cmocka_unit_test(hosts_have_one_spelling),
        cmocka_unit_test(a_host_may_have_253_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
