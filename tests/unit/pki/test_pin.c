/* Pins in each way of writing, and what is none. */
#include "pki/pin.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEX    "9874828b8c8d38a46631c6d36ed220274c5519804d31758d7ceb0a17dd2975ff"
#define PAIRS  "98:74:82:8B:8C:8D:38:A4:66:31:C6:D3:6E:D2:20:27:4C:55:19:80:4D:31:75:8D:7C:EB:0A:17:DD:29:75:FF"
#define BASE64 "mHSCi4yNOKRmMcbTbtIgJ0xVGYBNMXWNfOsKF90pdf8="

static const uint8_t expected[VERIFY_PIN_BYTES] = {0x98, 0x74, 0x82, 0x8b, 0x8c, 0x8d, 0x38, 0xa4, 0x66, 0x31, 0xc6,
                                                   0xd3, 0x6e, 0xd2, 0x20, 0x27, 0x4c, 0x55, 0x19, 0x80, 0x4d, 0x31,
                                                   0x75, 0x8d, 0x7c, 0xeb, 0x0a, 0x17, 0xdd, 0x29, 0x75, 0xff};

static void the_same_digest_is_read_from_each_form(void **state) {
    (void)state;
    static const char *const forms[] = {HEX, PAIRS, "sha256/" BASE64, "sha256//" BASE64};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        uint8_t digest[VERIFY_PIN_BYTES] = {0};
        assert_true(pin_parse(slice_text(forms[i]), digest));
        assert_memory_equal(digest, expected, sizeof expected);
    }
}

/* A second slash that is the base64's own first letter. */
static void base64_may_begin_with_a_slash(void **state) {
    (void)state;
    uint8_t digest[VERIFY_PIN_BYTES];
    static const char own[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_true(pin_parse(slice_text(own), digest));
    assert_int_equal(digest[0], 0xfc);
}

static void anything_else_is_none(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "sha256/",
        "sha256//",
        "sha256///" BASE64,
        "sha1/" BASE64,
        "SHA256/" BASE64,
        BASE64,
        "sha256/" BASE64 "=",
        "sha256/mHSCi4yNOKRmMcbTbtIgJ0xVGYBNMXWNfOsKF90pdf9=", /* pad bits */
        "sha256/AAAA",
        HEX "0",
        "874828b8c8d38a46631c6d36ed220274c5519804d31758d7ceb0a17dd2975ff",
        "g874828b8c8d38a46631c6d36ed220274c5519804d31758d7ceb0a17dd2975ff",
        "98-74:82:8B:8C:8D:38:A4:66:31:C6:D3:6E:D2:20:27:4C:55:19:80:4D:31:75:8D:7C:EB:0A:17:DD:29:75:FF",
        PAIRS ":",
    };
    uint8_t digest[VERIFY_PIN_BYTES];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (pin_parse(slice_text(bad[i]), digest))
            fail_msg("\"%s\" was read", bad[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_digest_is_read_from_each_form),
        cmocka_unit_test(base64_may_begin_with_a_slash),
        cmocka_unit_test(anything_else_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
