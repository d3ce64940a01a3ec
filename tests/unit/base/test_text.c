/* Text forms of bytes: test vectors of the standards, and what a stranger may send instead. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

static void assert_base64(struct slice bytes, const char *expected) {
    char text[64];
    text_base64(text, bytes);
    assert_true(slice_equal(slice_of(text, text_base64_len(bytes.len)), slice_text(expected)));
    struct buf back;
    buf_init(&back, 64);
    assert_true(text_unbase64(&back, slice_text(expected)));
    assert_true(slice_equal(buf_view(&back), bytes));
    buf_fini(&back);
}

static void base64_of_the_standard(void **state) { /* RFC 4648 section 10 */
    (void)state;
    assert_base64(BYTES(""), "");
    assert_base64(BYTES("f"), "Zg==");
    assert_base64(BYTES("fo"), "Zm8=");
    assert_base64(BYTES("foo"), "Zm9v");
    assert_base64(BYTES("foob"), "Zm9vYg==");
    assert_base64(BYTES("fooba"), "Zm9vYmE=");
    assert_base64(BYTES("foobar"), "Zm9vYmFy");
    assert_base64(BYTES("\xff\xef\xfe\x00\x3f"), "/+/+AD8=");
}

static void base64_is_strict(void **state) {
    (void)state;
    static const char *const bad[] = {"Z",    "Zg",       "Zg=",  "Zg===",    "Zh==",   "Zm9=",
                                      "====", "=Zg=",     "Z=g=", "Zm9v\n",   " Zm9v",  "Zm9v ",
                                      "Zm-_", "Zg==Zg==", "Zm 9", "Zm9v====", "Zm9\xff"};
    struct buf to;
    buf_init(&to, 64);
    assert_true(buf_append_text(&to, "kept"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(text_unbase64(&to, slice_text(bad[i])));
        assert_true(slice_equal(buf_view(&to), slice_text("kept")));
    }
    buf_fini(&to);
}

static void base64_respects_the_buffer(void **state) {
    (void)state;
    struct buf to;
    buf_init(&to, 5);
    assert_false(text_unbase64(&to, slice_text("Zm9vYmFy")));
    assert_true(text_unbase64(&to, slice_text("Zm9v")));
    buf_fini(&to);
}

static void hex_is_lower_case(void **state) {
    (void)state;
    char to[8];
    text_hex(to, BYTES("\x00\x9f\xAB\xff"));
    assert_memory_equal(to, "009fabff", 8);
}

static void assert_json(struct slice text, const char *expected) {
    struct buf to;
    buf_init(&to, 1000);
    assert_true(text_json(&to, text));
    assert_true(buf_append_byte(&to, 0));
    assert_string_equal((const char *)buf_view(&to).data, expected);
    buf_fini(&to);
}

static void json_leaves_plain_text(void **state) {
    (void)state;
    assert_json(BYTES(""), "\"\"");
    assert_json(slice_of(NULL, 0), "\"\"");
    assert_json(BYTES("/index.html?a=b&c=~!"), "\"/index.html?a=b&c=~!\"");
    assert_json(BYTES("M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x94\x91"),
                "\"M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x94\x91\"");
}

static void json_escapes_what_it_must(void **state) {
    (void)state;
    assert_json(BYTES("\""), "\"\\\"\"");
    assert_json(BYTES("C:\\x"), "\"C:\\\\x\"");
    assert_json(BYTES("a\r\nb\tc"), "\"a\\u000d\\u000ab\\u0009c\"");
    assert_json(slice_of("\0x", 2), "\"\\u0000x\"");
    assert_json(BYTES("\x7f"), "\"\\u007f\"");
    assert_json(BYTES("\xc2\x9b"), "\"\\u009b\""); /* a terminal reads U+009B as ESC [ */
    assert_json(BYTES("\xc2\xa0"), "\"\xc2\xa0\"");
}

static void json_replaces_what_is_not_utf8(void **state) {
    (void)state;
    assert_json(BYTES("\xff"), "\"\xef\xbf\xbd\"");
    assert_json(BYTES("a\xc3"), "\"a\xef\xbf\xbd\"");
    assert_json(BYTES("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_json(BYTES("\xed\xa0\x80z"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}

static void json_finds_each_byte_at_each_place(void **state) {
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
        for (size_t at = 0; at < 17; at++) {
            uint8_t text[17];
            memset(text, 'x', sizeof(text));
            text[at] = (uint8_t)byte;
            struct buf to;
            buf_init(&to, 100);
            assert_true(text_json(&to, slice_of(text, sizeof(text))));
            assert_int_equal(buf_len(&to) == sizeof(text) + 2, plain);
            buf_fini(&to);
        }
    }
}

static void json_that_does_not_fit_leaves_nothing(void **state) {
    (void)state;
    struct buf to;
    buf_init(&to, 10);
    assert_true(buf_append_text(&to, "kept"));
    assert_false(text_json(&to, BYTES("12345")));
    assert_false(text_json(&to, BYTES("\n")));
    assert_false(text_json(&to, BYTES("a\n")));
    assert_true(slice_equal(buf_view(&to), slice_text("kept")));
    assert_true(text_json(&to, BYTES("1234")));
    buf_fini(&to);
}

static void assert_decimal(uint64_t number, const char *expected) {
    char to[21] = {0};
    assert_int_equal(text_decimal(to, number), strlen(expected));
    assert_string_equal(to, expected);
}

static void decimal_at_its_bounds(void **state) {
    (void)state;
    assert_decimal(0, "0");
    assert_decimal(9, "9");
    assert_decimal(10, "10");
    assert_decimal(65535, "65535");
    assert_decimal(UINT64_MAX, "18446744073709551615");
}

static void decimal_of_every_length(void **state) {
    (void)state;
    for (uint64_t power = 1, i = 0; i < 20; i++, power *= 10) {
        for (uint64_t number = power - 1; number <= power + 1; number++) {
            char expected[24];
            snprintf(expected, sizeof(expected), "%llu", (unsigned long long)number);
            assert_decimal(number, expected);
        }
    }
}

static void assert_time(int64_t unix_ms, const char *expected) {
    char to[25] = {0};
    text_time(to, unix_ms);
    assert_string_equal(to, expected);
}

static void time_at_its_bounds(void **state) {
    (void)state;
    assert_time(0, "1970-01-01T00:00:00.000Z");
    assert_time(-1, "1969-12-31T23:59:59.999Z");
    assert_time(951782400000, "2000-02-29T00:00:00.000Z");
    assert_time(4107542400000, "2100-03-01T00:00:00.000Z");
    assert_time(-62167219200000, "0000-01-01T00:00:00.000Z");
    assert_time(253402300799999, "9999-12-31T23:59:59.999Z");
    assert_time(INT64_MAX, "9999-12-31T23:59:59.999Z");
    assert_time(INT64_MIN, "0000-01-01T00:00:00.000Z");
}

static void time_agrees_with_libc_on_every_day(void **state) {
    (void)state;
    for (int64_t day = -700000; day < 2900000; day += 7) {
        time_t seconds = day * 86400 + day % 86400;
        struct tm parts;
        char expected[32], actual[25] = {0};
        assert_non_null(gmtime_r(&seconds, &parts));
        strftime(expected, sizeof(expected), "%m-%dT%H:%M:%S.000Z", &parts);
        text_time(actual, seconds * 1000);
        assert_int_equal(atoi(actual), parts.tm_year + 1900);
        assert_string_equal(actual + 5, expected);
    }
}

static unsigned distance(const char *a, const char *b) {
    unsigned there = text_distance(slice_text(a), slice_text(b));
    assert_int_equal(there, text_distance(slice_text(b), slice_text(a)));
    return there;
}

static void distance_counts_edits(void **state) {
    (void)state;
    assert_int_equal(distance("", ""), 0);
    assert_int_equal(distance("listeners", "Listeners"), 0);
    assert_int_equal(distance("listener", "listeners"), 1);
    assert_int_equal(distance("lisener", "listener"), 1);
    assert_int_equal(distance("kitten", "sitting"), 3);
    assert_int_equal(distance("", "abc"), 3);
    char long_word[100];
    memset(long_word, 'a', sizeof(long_word));
    assert_int_equal(text_distance(slice_of(long_word, 65), slice_text("a")), 255);
    assert_int_equal(text_distance(slice_of(long_word, 64), slice_text("a")), 63);
}

static void utf8_is_well_formed_only(void **state) {
    (void)state;
    static const char *const good[] = {"",
                                       "plain",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x41",
                                      "\xe0\x9f\xbf",
                                      "\xe0\xa0",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "a\xe2\x82",
                                      "\xe2\x82\x28"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(text_utf8(slice_text(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(text_utf8(slice_text(bad[i])));
}

static void clean_removes_controls_and_broken_bytes(void **state) {
    (void)state;
    char text[] = "a\r\nb\x1b[1m \xc2\x9b \xc3\xbc \xff\xe2\x82";
    text_clean(text, strlen(text));
    assert_string_equal(text, "a??b?[1m ?? \xc3\xbc ???");
    text_clean(NULL, 0);
}

static void wipe_overwrites(void **state) {
    (void)state;
    char secret[] = "secret";
    text_wipe(secret, sizeof(secret));
    assert_memory_equal(secret, "\0\0\0\0\0\0\0", 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_of_the_standard),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(base64_respects_the_buffer),
        cmocka_unit_test(hex_is_lower_case),
        cmocka_unit_test(json_leaves_plain_text),
        cmocka_unit_test(json_escapes_what_it_must),
        cmocka_unit_test(json_replaces_what_is_not_utf8),
        cmocka_unit_test(json_finds_each_byte_at_each_place),
        cmocka_unit_test(json_that_does_not_fit_leaves_nothing),
        cmocka_unit_test(decimal_at_its_bounds),
        cmocka_unit_test(decimal_of_every_length),
        cmocka_unit_test(time_at_its_bounds),
        cmocka_unit_test(time_agrees_with_libc_on_every_day),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(utf8_is_well_formed_only),
        cmocka_unit_test(clean_removes_controls_and_broken_bytes),
        cmocka_unit_test(wipe_overwrites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
