/* Members come one after the other as they are written; what is not JSON is bad. */
#include "base/jsonread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool is_good(const char *text) {
    struct jsonread reading;
    struct slice name, value;
    jsonread_begin(&reading, slice_text(text));
    while (jsonread_next(&reading, &name, &value))
        continue;
    return !reading.is_bad;
}

static void members_come_as_they_are_written(void **state) {
    (void)state;
    static const char *const expected[][2] = {
        {"a", "\"x\\\"y\""}, {"b", "{\"in\": [1, {}]}"}, {"c", "-1.5e+3"}, {"d", "null"}, {"", "[]"}};
    struct jsonread reading;
    struct slice name, value;
    jsonread_begin(&reading,
                   slice_text(" {\"a\":\"x\\\"y\" , \"b\" : {\"in\": [1, {}]},\"c\":-1.5e+3,\"d\":null,\"\":[]}\n"));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(jsonread_next(&reading, &name, &value));
        assert_true(slice_equal(name, slice_text(expected[i][0])));
        assert_true(slice_equal(value, slice_text(expected[i][1])));
    }
    assert_false(jsonread_next(&reading, &name, &value));
    assert_false(jsonread_next(&reading, &name, &value));
    assert_false(reading.is_bad);
    assert_true(is_good("{}"));
}

static void what_is_no_object_is_bad(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{",
        "{}x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":tru}",
        "{\"a\":\"",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":[1 2]}",
        "{\"a\":[1,]}",
        "{\"a\":{\"b\"}}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{\"a\":\"\\",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (is_good(bad[i]))
            fail_msg("taken: %s", bad[i]);
    }
}

static void depth_is_bounded(void **state) {
    (void)state;
    char text[200] = "{\"a\":";
    for (int depth = JSONREAD_DEPTH_MAX; depth <= JSONREAD_DEPTH_MAX + 1; depth++) {
        snprintf(text, sizeof text, "{\"a\":%.*s%.*s}", depth, "[[[[[[[[[[[[[[[[[[[[", depth, "]]]]]]]]]]]]]]]]]]]]");
        assert_int_equal(is_good(text), depth == JSONREAD_DEPTH_MAX);
    }
}

static void expect_text(const char *value, const char *expected) {
    struct buf text;
    buf_init(&text, 100);
    assert_int_equal(jsonread_text(slice_text(value), &text), expected != NULL);
    if (expected)
        assert_true(slice_equal(buf_view(&text), slice_text(expected)));
    buf_fini(&text);
}

static void texts_are_decoded(void **state) {
    (void)state;
    expect_text("\"plain\"", "plain");
    expect_text("\"\"", "");
    expect_text("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz");
    expect_text("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    expect_text("\"\\ud83d\"", NULL);
    expect_text("\"\\ud83dx\"", NULL);
    expect_text("\"\\ude00\"", NULL);
    expect_text("17", NULL);
    expect_text("\"a\" ", NULL);
    expect_text("\"open", NULL);
}

static void lists_are_read_item_by_item(void **state) {
    (void)state;
    static const char *const bad[] = {"", "{}", "[", "[1", "[1,]", "[,1]", "[1 2]", "[1]]", "[1}", "[x]"};
    struct jsonread reading;
    struct slice value;
    jsonread_begin_list(&reading, slice_text(" [ {\"a\": [1]} , \"b\",3 ] "));
    assert_true(jsonread_item(&reading, &value) && slice_equal(value, slice_text("{\"a\": [1]}")));
    assert_true(jsonread_item(&reading, &value) && slice_equal(value, slice_text("\"b\"")));
    assert_true(jsonread_item(&reading, &value) && slice_equal(value, slice_text("3")));
    assert_false(jsonread_item(&reading, &value));
    assert_false(reading.is_bad);
    jsonread_begin_list(&reading, slice_text("[]"));
    assert_false(jsonread_item(&reading, &value) || reading.is_bad);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        jsonread_begin_list(&reading, slice_text(bad[i]));
        while (jsonread_item(&reading, &value))
            continue;
        assert_true(reading.is_bad);
    }
}

static void texts_are_copied_to_the_room(void **state) {
    (void)state;
    char text[5] = "kept";
    jsonread_copy(slice_text("7"), text, sizeof text);
    assert_string_equal(text, "kept");
    jsonread_copy(slice_text("\"alice\""), text, sizeof text);
    assert_string_equal(text, "alic");
    jsonread_copy(slice_text("\"\""), text, sizeof text);
    assert_string_equal(text, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read_item_by_item), cmocka_unit_test(members_come_as_they_are_written),
        cmocka_unit_test(what_is_no_object_is_bad),    cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(texts_are_decoded),           cmocka_unit_test(texts_are_copied_to_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
