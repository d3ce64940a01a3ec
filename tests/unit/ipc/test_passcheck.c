/* The checker's question and answer: what is written is read, and nothing else is. */
#include "ipc/passcheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t bytes[PASSCHECK_BYTES_MAX];

static void a_question_is_read_as_it_was_written(void **state) {
    (void)state;
    struct slice password, stored;
    size_t len = passcheck_write(slice_text("open sesame"), slice_text("$6$hash"), bytes);
    assert_true(len > 0);
    assert_true(passcheck_read(slice_of(bytes, len), &password, &stored));
    assert_true(slice_equal(password, slice_text("open sesame")));
    assert_true(slice_equal(stored, slice_text("$6$hash")));
}

static void an_empty_password_is_one(void **state) {
    (void)state;
    struct slice password, stored;
    size_t len = passcheck_write(slice_text(""), slice_text("$6$hash"), bytes);
    assert_true(passcheck_read(slice_of(bytes, len), &password, &stored));
    assert_int_equal(password.len, 0);
}

static void what_is_too_long_is_not_written(void **state) {
    (void)state;
    static const char text[PASSCHECK_PASSWORD_MAX + 1];
    assert_true(passcheck_write(slice_of(text, PASSCHECK_PASSWORD_MAX), slice_of(text, PASSCHECK_STORED_MAX), bytes) >
                0);
    assert_int_equal(passcheck_write(slice_of(text, sizeof(text)), slice_text("x"), bytes), 0);
    assert_int_equal(passcheck_write(slice_text("x"), slice_of(text, PASSCHECK_STORED_MAX + 1), bytes), 0);
}

static void other_bytes_are_no_question(void **state) {
    (void)state;
    struct slice password, stored;
    size_t len = passcheck_write(slice_text("a"), slice_text("b"), bytes);
    for (size_t cut = 0; cut < len; cut++)
        assert_false(passcheck_read(slice_of(bytes, cut), &password, &stored));
    bytes[len] = 0;
    assert_false(passcheck_read(slice_of(bytes, len + 1), &password, &stored));
}

static void only_one_byte_is_an_answer(void **state) {
    (void)state;
    static const uint8_t matches[] = {PASSCHECK_MATCHES, PASSCHECK_MATCHES}, unknown[] = {9};
    assert_int_equal(passcheck_answer_of(slice_of(matches, 1)), PASSCHECK_MATCHES);
    assert_int_equal(passcheck_answer_of(slice_of(matches, 2)), PASSCHECK_FAILED);
    assert_int_equal(passcheck_answer_of(slice_of(matches, 0)), PASSCHECK_FAILED);
    assert_int_equal(passcheck_answer_of(slice_of(unknown, 1)), PASSCHECK_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_read_as_it_was_written), cmocka_unit_test(an_empty_password_is_one),
        cmocka_unit_test(what_is_too_long_is_not_written),      cmocka_unit_test(other_bytes_are_no_question),
        cmocka_unit_test(only_one_byte_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
