/* The classes of octets agree with the grammars, and the fast scan agrees with the slow one. */
#include "http/octets.h"

#include "text.h"

#include <ctype.h>

static void token_is_tchar(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool expected = c < 0x80 && (isalnum(c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL));
        assert_int_equal(octets_is((uint8_t)c, OCTETS_TOKEN), expected);
    }
    assert_true(octets_is_token(S("X-Field")));
    assert_false(octets_is_token(S("")));
    assert_false(octets_is_token(S("X Field")));
}

static void target_uri_and_host(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool is_uri = c < 0x80 && (isalnum(c) || (c != 0 && strchr("-._~:/?[]@!$&'()*+,;=%", c) != NULL));
        bool is_host = c < 0x80 && (isalnum(c) || c == '-' || c == '.' || c == '_');
        assert_int_equal(octets_is((uint8_t)c, OCTETS_TARGET), c > 0x20 && c != 0x7f);
        assert_int_equal(octets_is((uint8_t)c, OCTETS_URI), is_uri);
        assert_int_equal(octets_is((uint8_t)c, OCTETS_HOST), is_host);
        assert_int_equal(octets_is((uint8_t)c, OCTETS_HEX), c < 0x80 && isxdigit(c));
    }
}

static void value_run_stops_at_each_control_octet_wherever_it_stands(void **state) {
    (void)state;
    uint8_t text[40];
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at < sizeof text; at++) {
            memset(text, 'a', sizeof text);
            text[at] = (uint8_t)c;
            bool may_stand = c == '\t' || (c >= 0x20 && c != 0x7f);
            assert_int_equal(octets_is((uint8_t)c, OCTETS_VALUE), may_stand);
            assert_int_equal(octets_value_run(slice_of(text, sizeof text)), may_stand ? sizeof text : at);
        }
    for (size_t len = 0; len < sizeof text; len++)
        assert_int_equal(octets_value_run(slice_of(
                             "\t\t\t\t\xff\xff\xff\xff        \x80\x80\x80\x80\x80\x80\x80\x80zzzzzzzzzzzzzzzz", len)),
                         len);
}

static void token_run_stops_at_each_octet_that_is_no_tchar(void **state) {
    (void)state;
    uint8_t text[40];
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at < sizeof text; at++) {
            memset(text, 'Z', sizeof text);
            text[at] = (uint8_t)c;
            bool may_stand = octets_is((uint8_t)c, OCTETS_TOKEN);
            assert_int_equal(octets_token_run(slice_of(text, sizeof text)), may_stand ? sizeof text : at);
        }
    assert_int_equal(octets_token_run(S("")), 0);
}

static void letters_and_digits(void **state) {
    (void)state;
    assert_int_equal(octets_lower('Q'), 'q');
    assert_int_equal(octets_lower('['), '[');
    assert_int_equal(octets_hex('0'), 0);
    assert_int_equal(octets_hex('F'), 15);
    assert_int_equal(octets_hex('a'), 10);
    assert_int_equal(octets_hex('g'), -1);
    assert_int_equal(octets_hex('/'), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_is_tchar),
        cmocka_unit_test(target_uri_and_host),
        cmocka_unit_test(value_run_stops_at_each_control_octet_wherever_it_stands),
        cmocka_unit_test(token_run_stops_at_each_octet_that_is_no_tchar),
        cmocka_unit_test(letters_and_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
