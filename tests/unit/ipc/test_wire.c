/* What is put comes out again; what is too large or too short is refused, and stays refused. */
#include "ipc/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void numbers_come_back(void **state) {
    (void)state;
    uint8_t memory[64];
    struct wire_out out;
    struct wire_in in;
    wire_out_init(&out, memory, sizeof(memory));
    wire_put_u8(&out, 0xfe);
    wire_put_u16(&out, 0x1234);
    wire_put_u32(&out, 0xdeadbeef);
    wire_put_u64(&out, UINT64_MAX - 1);
    wire_put_i64(&out, -5);
    wire_put_bool(&out, true);
    wire_in_init(&in, wire_out_view(&out));
    assert_int_equal(wire_get_u8(&in), 0xfe);
    assert_int_equal(wire_get_u16(&in), 0x1234);
    assert_int_equal(wire_get_u32(&in), 0xdeadbeef);
    assert_true(wire_get_u64(&in) == UINT64_MAX - 1);
    assert_true(wire_get_i64(&in) == -5);
    assert_true(wire_get_bool(&in));
    assert_true(wire_in_done(&in));
}

static void numbers_are_little_endian(void **state) {
    (void)state;
    uint8_t memory[4];
    struct wire_out out;
    wire_out_init(&out, memory, sizeof(memory));
    wire_put_u32(&out, 0x01020304);
    assert_memory_equal(memory, "\x04\x03\x02\x01", 4);
}

static void texts_come_back(void **state) {
    (void)state;
    uint8_t memory[64];
    char text[8];
    struct wire_out out;
    struct wire_in in;
    wire_out_init(&out, memory, sizeof(memory));
    wire_put_text(&out, "hello");
    wire_put_text(&out, NULL);
    wire_put_text_cut(&out, slice_text("too long"), 3);
    wire_in_init(&in, wire_out_view(&out));
    wire_get_text(&in, text, sizeof(text));
    assert_string_equal(text, "hello");
    wire_get_text(&in, text, sizeof(text));
    assert_string_equal(text, "");
    assert_true(slice_equal(wire_get_bytes(&in, 3), slice_text("too")));
    assert_true(wire_in_done(&in));
}

static void full_message_is_none(void **state) {
    (void)state;
    uint8_t memory[6];
    struct wire_out out;
    wire_out_init(&out, memory, sizeof(memory));
    wire_put_u32(&out, 1);
    assert_int_equal(wire_out_view(&out).len, 4);
    wire_put_u32(&out, 2);
    wire_put_u8(&out, 3);
    assert_true(out.full);
    assert_null(wire_out_view(&out).data);
}

static void bytes_that_do_not_fit_are_not_written(void **state) {
    (void)state;
    uint8_t memory[8] = {0};
    struct wire_out out;
    wire_out_init(&out, memory, sizeof(memory));
    wire_put_bytes(&out, slice_text("12345"));
    assert_true(out.full);
    assert_int_equal(memory[4], 0);
}

static void short_message_gives_zeroes_and_is_bad(void **state) {
    (void)state;
    struct wire_in in;
    wire_in_init(&in, slice_of("\1\2\3", 3));
    assert_int_equal(wire_get_u32(&in), 0);
    assert_true(in.bad);
    assert_int_equal(wire_get_u8(&in), 0);
    assert_false(wire_in_done(&in));
}

static void leftover_bytes_are_bad(void **state) {
    (void)state;
    struct wire_in in;
    wire_in_init(&in, slice_of("\1\2", 2));
    assert_int_equal(wire_get_u8(&in), 1);
    assert_false(in.bad);
    assert_false(wire_in_done(&in));
}

static void bool_other_than_0_and_1_is_bad(void **state) {
    (void)state;
    struct wire_in in;
    wire_in_init(&in, slice_of("\2", 1));
    assert_false(wire_get_bool(&in));
    assert_true(in.bad);
}

static void count_over_the_maximum_is_bad(void **state) {
    (void)state;
    struct wire_in in;
    wire_in_init(&in, slice_of("\5\0\0\0", 4));
    assert_int_equal(wire_get_count(&in, 4), 0);
    assert_true(in.bad);
    wire_in_init(&in, slice_of("\4\0\0\0", 4));
    assert_int_equal(wire_get_count(&in, 4), 4);
    assert_true(wire_in_done(&in));
}

static void length_beyond_the_message_is_bad(void **state) {
    (void)state;
    struct wire_in in;
    wire_in_init(&in, slice_of("\377\377\377\377x", 5));
    assert_null(wire_get_bytes(&in, UINT32_MAX).data);
    assert_true(in.bad);
}

static void bytes_over_the_maximum_are_bad(void **state) {
    (void)state;
    struct wire_in in;
    wire_in_init(&in, slice_of("\2\0\0\0xy", 6));
    assert_int_equal(wire_get_bytes(&in, 1).len, 0);
    assert_true(in.bad);
}

static void text_without_room_or_with_a_zero_is_bad(void **state) {
    (void)state;
    char text[3];
    struct wire_in in;
    wire_in_init(&in, slice_of("\3\0\0\0abc", 7));
    wire_get_text(&in, text, sizeof(text));
    assert_true(in.bad);
    assert_string_equal(text, "");
    wire_in_init(&in, slice_of("\2\0\0\0a\0", 6));
    wire_get_text(&in, text, sizeof(text));
    assert_true(in.bad);
    assert_string_equal(text, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(texts_come_back),
        cmocka_unit_test(full_message_is_none),
        cmocka_unit_test(bytes_that_do_not_fit_are_not_written),
        cmocka_unit_test(short_message_gives_zeroes_and_is_bad),
        cmocka_unit_test(leftover_bytes_are_bad),
        cmocka_unit_test(bool_other_than_0_and_1_is_bad),
        cmocka_unit_test(count_over_the_maximum_is_bad),
        cmocka_unit_test(length_beyond_the_message_is_bad),
        cmocka_unit_test(bytes_over_the_maximum_are_bad),
        cmocka_unit_test(text_without_room_or_with_a_zero_is_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
