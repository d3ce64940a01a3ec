/* Comparing, cutting and reading numbers, with the empty slice (NULL pointer) everywhere. */
#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct slice nothing = {.data = NULL, .len = 0};

static struct slice text(const char *string) {
    return slice_text(string);
}

static void sub_never_reaches_outside(void **state) {
    (void)state;
    struct slice word = text("gateway");
    assert_true(slice_equal(slice_sub(word, 4, 3), text("way")));
    assert_true(slice_equal(slice_sub(word, 4, SIZE_MAX), text("way")));
    assert_int_equal(slice_sub(word, 7, 1).len, 0);
    assert_int_equal(slice_sub(word, SIZE_MAX, SIZE_MAX).len, 0);
    assert_int_equal(slice_sub(nothing, 0, 5).len, 0);
    assert_int_equal(slice_sub(nothing, 3, 5).len, 0);
}

static void equality_is_of_bytes(void **state) {
    (void)state;
    assert_true(slice_equal(nothing, text("")));
    assert_true(slice_equal(slice_of("a\0b", 3), slice_of("a\0b", 3)));
    assert_false(slice_equal(slice_of("a\0b", 3), slice_of("a\0c", 3)));
    assert_false(slice_equal(text("Host"), text("host")));
    assert_false(slice_equal(text("host"), text("hos")));
}

static void case_is_folded_for_ascii_letters_only(void **state) {
    (void)state;
    assert_true(slice_equal_nocase(text("Client-CERT"), text("client-cert")));
    assert_true(slice_equal_nocase(nothing, nothing));
    assert_false(slice_equal_nocase(text("[]"), text("{}"))); /* 0x20 apart, but no letters */
    assert_false(slice_equal_nocase(text("@"), text("`")));
    assert_false(slice_equal_nocase(text("\xc3\x84"), text("\xc3\xa4")));
    assert_false(slice_equal_nocase(text("a"), text("ab")));
}

static void starts_and_ends(void **state) {
    (void)state;
    assert_true(slice_starts(text("/admin/x"), text("/admin/")));
    assert_false(slice_starts(text("/adm"), text("/admin/")));
    assert_true(slice_ends(text("a.example.com"), text(".example.com")));
    assert_false(slice_ends(text("example.com"), text(".example.com")));
    assert_true(slice_starts(nothing, nothing));
    assert_true(slice_ends(text("x"), nothing));
}

static void find_gives_the_first(void **state) {
    (void)state;
    assert_int_equal(slice_find(text("a:b:c"), ':'), 1);
    assert_int_equal(slice_find(text("abc"), ':'), -1);
    assert_int_equal(slice_find(nothing, 0), -1);
    assert_int_equal(slice_find(slice_of("a\0", 2), 0), 1);
}

static void trim_takes_spaces_and_tabs_only(void **state) {
    (void)state;
    assert_true(slice_equal(slice_trim(text(" \t a b\t ")), text("a b")));
    assert_int_equal(slice_trim(text(" \t ")).len, 0);
    assert_int_equal(slice_trim(nothing).len, 0);
    assert_true(slice_equal(slice_trim(text("\r\na\n")), text("\r\na\n")));
}

static void decimal_is_digits_and_nothing_else(void **state) {
    (void)state;
    uint64_t number = 0;
    assert_true(slice_decimal(text("0"), &number));
    assert_int_equal(number, 0);
    assert_true(slice_decimal(text("0042"), &number));
    assert_int_equal(number, 42);
    assert_true(slice_decimal(text("9999999999999999999"), &number));
    assert_true(number == 9999999999999999999u);
}

static void decimal_refuses_the_rest_untouched(void **state) {
    (void)state;
    static const char *const bad[] = {
        "", "+1", "-1", " 1", "1 ", "1a", "0x10", "1,0", "18446744073709551616", "00000000000000000001", ":", "/"};
    uint64_t number = 7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(slice_decimal(text(bad[i]), &number));
    assert_false(slice_decimal(slice_of("1\0", 2), &number));
    assert_int_equal(number, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sub_never_reaches_outside),
        cmocka_unit_test(equality_is_of_bytes),
        cmocka_unit_test(case_is_folded_for_ascii_letters_only),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(find_gives_the_first),
        cmocka_unit_test(trim_takes_spaces_and_tabs_only),
        cmocka_unit_test(decimal_is_digits_and_nothing_else),
        cmocka_unit_test(decimal_refuses_the_rest_untouched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
