/* Messages become field lines in which nothing can break out. */
#include "http/h2write.h"

#include "text.h"

static struct h2write_lines lines;
static char text[4096];

/* All lines as text; '!' marks what is never indexed. */
static const char *as_text(void) {
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < lines.count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s=%.*s%s ", (int)lines.lines[i].namelen,
                                lines.lines[i].name, (int)lines.lines[i].valuelen, lines.lines[i].value,
                                lines.lines[i].flags & NGHTTP2_NV_FLAG_NO_INDEX ? "!" : "");
    h2write_fini(&lines);
    return text;
}

static struct http_message request_for(const char *path) {
    return (
        struct http_message){.method = S("GET"), .scheme = S("https"), .authority = S("a"), .path = slice_text(path)};
}

static void a_request_begins_with_its_pseudo_fields(void **state) {
    (void)state;
    struct http_message request = request_for("/p");
    struct http_field fields[] = {{.name = S("a"), .value = S(" b ")},
                                  {.name = S("client-cert"), .value = S("c"), .flags = HTTP_FIELD_NEVER_INDEXED}};
    request.fields = fields;
    request.field_count = 2;
    request.body = HTTP_BODY_LENGTH;
    request.content_length = 18446744073709551615u;
    request.takes_trailers = true;
    assert_true(h2write_request(&lines, &request));
    assert_string_equal(as_text(),
                        ":method=GET :scheme=https :authority=a :path=/p "
                        "content-length=18446744073709551615 te=trailers a=b client-cert=c! ");
}

static void a_path_is_written_as_one(void **state) {
    (void)state;
    struct http_message request = request_for("/a\"b%zz#\xc3\xa4");
    assert_true(h2write_request(&lines, &request));
    assert_string_equal(as_text(), ":method=GET :scheme=https :authority=a :path=/a%22b%25zz%23%C3%A4 ");
}

static void fields_of_the_connection_stay_behind(void **state) {
    (void)state;
    struct http_message request = request_for("/");
    struct http_field fields[] = {
        {.name = S("Connection"), .value = S("x")}, {.name = S("Transfer-Encoding"), .value = S("chunked")},
        {.name = S("Host"), .value = S("x")},       {.name = S("TE"), .value = S("gzip")},
        {.name = S("Trailer"), .value = S("x")},
    };
    request.fields = fields;
    request.field_count = 5;
    assert_true(h2write_request(&lines, &request));
    assert_string_equal(as_text(), ":method=GET :scheme=https :authority=a :path=/ Trailer=x ");
}

static void an_upgrade_is_an_extended_connect(void **state) {
    (void)state;
    struct http_message request = request_for("/c");
    request.upgrade = S("websocket");
    assert_true(h2write_request(&lines, &request));
    assert_string_equal(as_text(), ":method=CONNECT :protocol=websocket :scheme=https :authority=a :path=/c ");
}

static void answers_tell_status_and_length(void **state) {
    (void)state;
    struct http_message answer = {.status = 200, .body = HTTP_BODY_LENGTH, .content_length = 7};
    assert_true(h2write_answer(&lines, &answer));
    assert_string_equal(as_text(), ":status=200 content-length=7 ");
    answer.status = 204;
    assert_true(h2write_answer(&lines, &answer));
    assert_string_equal(as_text(), ":status=204 ");
    answer = (struct http_message){.status = 101, .upgrade = S("websocket")};
    assert_true(h2write_answer(&lines, &answer));
    assert_string_equal(as_text(), ":status=200 ");
}

static void what_could_break_out_is_not_written(void **state) {
    (void)state;
    const struct http_field bad[] = {{.name = S("a"), .value = S("b\nc")},
                                     {.name = S("a"), .value = S("b\0c")},
                                     {.name = S("a b"), .value = S("c")},
                                     {.name = S(""), .value = S("c")},
                                     {.name = S(":path"), .value = S("/")}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct http_field field = bad[i];
        struct http_message message = request_for("/");
        message.fields = &field;
        message.field_count = 1;
        assert_false(h2write_request(&lines, &message));
        h2write_fini(&lines);
        assert_false(h2write_trailers(&lines, &message));
        h2write_fini(&lines);
    }
    struct http_message message = request_for("");
    assert_false(h2write_request(&lines, &message));
    message = (struct http_message){.status = 99};
    assert_false(h2write_answer(&lines, &message));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_begins_with_its_pseudo_fields),
        cmocka_unit_test(a_path_is_written_as_one),
        cmocka_unit_test(fields_of_the_connection_stay_behind),
        cmocka_unit_test(an_upgrade_is_an_extended_connect),
        cmocka_unit_test(answers_tell_status_and_length),
        cmocka_unit_test(what_could_break_out_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
