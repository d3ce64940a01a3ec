/* Tests of policy/normal: where case counts and where it does not. */
#include "policy/normal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool becomes(enum fact_form form, const char *text, const char *expected) {
    uint8_t normal[64];
    struct slice bytes = slice_text(text);
    normal_text(form, bytes, normal);
    return slice_equal(slice_of(normal, bytes.len), slice_text(expected));
}

static void only_domains_are_folded(void **state) {
    (void)state;
    assert_true(becomes(FACT_FORM_DOMAIN, "API.Example.Com", "api.example.com"));
    assert_true(becomes(FACT_FORM_DOMAIN, "[\xc3\x84]", "[\xc3\x84]"));
    assert_true(becomes(FACT_FORM_MAIL, "Alice@B@Example.Com", "Alice@B@example.com"));
    assert_true(becomes(FACT_FORM_MAIL, "Alice", "Alice"));
    assert_true(becomes(FACT_FORM_TEXT, "Alice@Example", "Alice@Example"));
    assert_true(becomes(FACT_FORM_URI, "spiffe://A/B", "spiffe://A/B"));
    assert_true(becomes(FACT_FORM_DOMAIN, "", ""));
}

static void serials_are_hexadecimal(void **state) {
    (void)state;
    uint8_t digits[16];
    assert_int_equal(normal_serial(slice_of("\x00\xab\x01", 3), digits), 4);
    assert_memory_equal(digits, "ab01", 4);
    assert_int_equal(normal_serial(slice_of("\x00", 1), digits), 2);
    assert_memory_equal(digits, "00", 2);
    assert_int_equal(normal_serial(slice_of("\x80", 1), digits), 0);
    assert_int_equal(normal_serial(slice_of(NULL, 0), digits), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_domains_are_folded),
        cmocka_unit_test(serials_are_hexadecimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
