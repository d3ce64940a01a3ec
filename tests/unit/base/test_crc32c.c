/* The check value of the polynomial, and that parts are as good as the whole. */
#include "base/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_check_value_is_right(void **state) {
    (void)state;
    struct slice whole = slice_text("123456789");
    struct slice zeros = slice_of((const uint8_t[32]){0}, 32); /* RFC 3720 appendix B.4 */
    assert_int_equal(crc32c_parts(&whole, 1), 0xe3069283);
    assert_int_equal(crc32c_parts(&zeros, 1), 0x8a9136aa);
    assert_int_equal(crc32c_parts(NULL, 0), 0);
}

static void parts_are_as_good_as_the_whole(void **state) {
    (void)state;
    const struct slice parts[] = {slice_text("1234"), slice_text(""), slice_text("56789")};
    assert_int_equal(crc32c_parts(parts, 3), 0xe3069283);
    assert_int_not_equal(crc32c_parts(parts, 2), 0xe3069283);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_value_is_right),
        cmocka_unit_test(parts_are_as_good_as_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
