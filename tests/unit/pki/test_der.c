/* Elements of DER: what is strict is read, what is only BER is not. */
#include "pki/der.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BYTES(text) slice_of(text, sizeof text - 1)

static void elements_are_taken_one_by_one(void **state) {
    (void)state;
    struct slice rest = BYTES("\x02\x01\x05\x30\x00\x04\x02hi");
    struct der_item item;
    struct slice content;
    assert_true(der_next(&rest, &item));
    assert_int_equal(item.tag, DER_INTEGER);
    assert_true(slice_equal(item.whole, BYTES("\x02\x01\x05")));
    assert_false(der_take(&rest, DER_OCTET_STRING, &content));
    assert_true(der_take(&rest, DER_SEQUENCE, &content));
    assert_int_equal(content.len, 0);
    assert_true(der_take(&rest, DER_OCTET_STRING, &content));
    assert_true(slice_equal(content, slice_text("hi")));
    assert_false(der_next(&rest, &item));
}

static void long_lengths_are_minimal(void **state) {
    (void)state;
    static uint8_t large[3 + 0x80] = {0x04, 0x81, 0x80};
    struct slice rest = slice_of(large, sizeof large);
    struct slice content;
    assert_true(der_take(&rest, DER_OCTET_STRING, &content));
    assert_int_equal(content.len, 0x80);
    static const struct slice bad[] = {
        {(const uint8_t *)"\x04\x81\x01x", 4},
        {(const uint8_t *)"\x04\x82\x00\x80", 4},
        {(const uint8_t *)"\x04\x80\x00\x00", 4},
        {(const uint8_t *)"\x04\x05hi", 4},
        {(const uint8_t *)"\x1f\x01\x00", 3},
        {(const uint8_t *)"\x04", 1},
        {(const uint8_t *)"\x04\x84\xff\xff\xff", 5},
        {(const uint8_t *)"\x04\x85\x01\x00\x00\x00\x00", 7},
        {(const uint8_t *)"\x04\x84\xff\xff\xff\xff", 6},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct slice copy = bad[i];
        struct der_item item;
        if (der_next(&copy, &item))
            fail_msg("case %zu was taken", i);
        assert_int_equal(copy.len, bad[i].len);
    }
}

static void integers_are_minimal(void **state) {
    (void)state;
    assert_true(der_is_integer(BYTES("\x00")));
    assert_true(der_is_integer(BYTES("\x00\x80")));
    assert_true(der_is_integer(BYTES("\xff\x7f")));
    assert_false(der_is_integer(BYTES("")));
    assert_false(der_is_integer(BYTES("\x00\x7f")));
    assert_false(der_is_integer(BYTES("\xff\x80")));
}

static void booleans_are_all_ones_or_nothing(void **state) {
    (void)state;
    bool value = false;
    assert_true(der_boolean(BYTES("\xff"), &value) && value);
    assert_true(der_boolean(BYTES("\x00"), &value) && !value);
    assert_false(der_boolean(BYTES("\x01"), &value));
    assert_false(der_boolean(BYTES("\xff\xff"), &value));
}

static void times_are_real_dates(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {
        {"\x17\x0d"
         "700101000000Z",
         0},
        {"\x17\x0d"
         "491231235959Z",
         2524607999},
        {"\x17\x0d"
         "500101000000Z",
         -631152000},
        {"\x18\x0f"
         "20000229120000Z",
         951825600},
        {"\x18\x0f"
         "99991231235959Z",
         253402300799},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct slice rest = slice_text(good[i].text);
        int64_t seconds;
        assert_true(der_take_time(&rest, &seconds));
        assert_int_equal(seconds, good[i].seconds);
        assert_int_equal(rest.len, 0);
    }
    static const char *const bad[] = {
        "\x17\x0d"
        "700431000000Z",
        "\x17\x0b"
        "7001010000Z",
        "\x18\x0f"
        "19000229120000Z",
        "\x17\x0d"
        "700101000060Z",
        "\x17\x0d"
        "700101240000Z",
        "\x17\x0d"
        "701301000000Z",
        "\x17\x11"
        "700101000000+0000",
        "\x18\x11"
        "20000101000000.5Z",
        "\x04\x0d"
        "700101000000Z",
        "\x17\x0d"
        "7001010000x0Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct slice rest = slice_text(bad[i]);
        int64_t seconds;
        if (der_take_time(&rest, &seconds))
            fail_msg("case %zu was taken", i);
    }
}

static void extensions_are_whole(void **state) {
    (void)state;
    static const char *const bad[] = {
        "\x30\x05\x06\x03\x55\x1d\x14",                     /* no value */
        "\x30\x0a\x06\x03\x55\x1d\x14\x01\x01\x01\x04\x00", /* neither true nor false */
        "\x30\x0a\x06\x03\x55\x1d\x14\x04\x00\x04\x00\x05", /* more */
        "\x31\x08\x06\x03\x55\x1d\x14\x04\x01\x07",         /* a SET */
    };
    static const size_t lengths[] = {7, 12, 12, 10};
    struct der_extension extension;
    struct slice rest = BYTES("\x30\x0b\x06\x03\x55\x1d\x14\x01\x01\xff\x04\x01\x07"
                              "\x30\x08\x06\x03\x55\x1d\x15\x04\x01\x08");
    assert_true(der_take_extension(&rest, &extension) && extension.is_critical);
    assert_true(slice_equal(extension.type, BYTES("\x55\x1d\x14")) && slice_equal(extension.value, BYTES("\x07")));
    assert_true(der_take_extension(&rest, &extension) && !extension.is_critical);
    assert_true(slice_equal(extension.value, BYTES("\x08")) && rest.len == 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rest = slice_of(bad[i], lengths[i]);
        assert_false(der_take_extension(&rest, &extension));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_taken_one_by_one), cmocka_unit_test(long_lengths_are_minimal),
        cmocka_unit_test(integers_are_minimal),          cmocka_unit_test(booleans_are_all_ones_or_nothing),
        cmocka_unit_test(times_are_real_dates),          cmocka_unit_test(extensions_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
