/* The buffer's bounds: it never grows beyond its maximum, and a refused append changes nothing. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_holds(const struct buf *buf, const char *text) {
    assert_true(slice_equal(buf_view(buf), slice_text(text)));
}

static void empty_buffer_owns_nothing(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    assert_null(buf.data);
    assert_int_equal(buf_len(&buf), 0);
    assert_int_equal(buf_view(&buf).len, 0);
    assert_true(buf_append(&buf, slice_of(NULL, 0)));
    assert_null(buf.data);
    buf_fini(&buf);
}

static void append_and_consume(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    assert_true(buf_append_text(&buf, "hello"));
    assert_true(buf_append_byte(&buf, ' '));
    assert_true(buf_printf(&buf, "%s %d", "world", 42));
    assert_holds(&buf, "hello world 42");
    buf_consume(&buf, 6);
    assert_holds(&buf, "world 42");
    buf_consume(&buf, 8);
    assert_int_equal(buf.start, 0);
    assert_int_equal(buf.end, 0);
    assert_non_null(buf.data);
    buf_fini(&buf);
}

static void maximum_is_exact(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 8);
    assert_true(buf_append_text(&buf, "12345678"));
    assert_false(buf_append_byte(&buf, '9'));
    assert_false(buf_append_text(&buf, "9"));
    assert_false(buf_printf(&buf, "%d", 9));
    assert_null(buf_reserve(&buf, 1));
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_holds(&buf, "12345678");
    assert_true(buf.cap <= 8);
    buf_fini(&buf);
}

static void refused_append_changes_nothing(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 8);
    assert_true(buf_append_text(&buf, "1234"));
    assert_false(buf_append_text(&buf, "56789"));
    assert_false(buf_printf(&buf, "%s", "56789"));
    assert_holds(&buf, "1234");
    buf_fini(&buf);
}

static void consumed_room_is_used_again(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 8);
    assert_true(buf_append_text(&buf, "12345678"));
    for (int i = 0; i < 100; i++) {
        buf_consume(&buf, 3);
        assert_true(buf_append_text(&buf, "abc"));
        assert_int_equal(buf_len(&buf), 8);
        assert_true(buf.end <= buf.cap && buf.cap <= 8);
    }
    assert_holds(&buf, "bcabcabc");
    buf_fini(&buf);
}

static void reserve_gives_all_the_room_asked_for(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 70000);
    for (size_t bytes = 1; bytes <= 65536; bytes *= 2) {
        uint8_t *to = buf_reserve(&buf, bytes);
        assert_non_null(to);
        memset(to, 'x', bytes);
        buf_commit(&buf, bytes);
        buf_consume(&buf, bytes);
    }
    assert_true(buf.cap >= 65536 && buf.cap <= 70000);
    buf_fini(&buf);
}

static void growing_keeps_the_bytes(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 100000);
    for (unsigned i = 0; i < 20000; i++)
        assert_true(buf_append_byte(&buf, (uint8_t)i));
    buf_consume(&buf, 100);
    for (unsigned i = 20000; i < 50000; i++)
        assert_true(buf_append_byte(&buf, (uint8_t)i));
    struct slice view = buf_view(&buf);
    assert_int_equal(view.len, 49900);
    for (unsigned i = 0; i < view.len; i++)
        assert_int_equal(view.data[i], (uint8_t)(i + 100));
    buf_fini(&buf);
}

static void truncate_takes_back(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    assert_true(buf_append_text(&buf, "keep-drop"));
    buf_consume(&buf, 1);
    buf_truncate(&buf, 3);
    assert_holds(&buf, "eep");
    buf_truncate(&buf, 0);
    assert_int_equal(buf_len(&buf), 0);
    buf_fini(&buf);
}

static void maximum_of_zero_takes_nothing(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    assert_false(buf_append_byte(&buf, 'x'));
    assert_true(buf_append(&buf, slice_of(NULL, 0)));
    buf_fini(&buf);
}

static void wiped_buffer_is_empty_and_usable(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    buf_wipe(&buf);
    assert_true(buf_append_text(&buf, "secret"));
    buf_wipe(&buf);
    assert_null(buf.data);
    assert_true(buf_append_text(&buf, "again"));
    assert_holds(&buf, "again");
    buf_fini(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_buffer_owns_nothing),
        cmocka_unit_test(append_and_consume),
        cmocka_unit_test(maximum_is_exact),
        cmocka_unit_test(refused_append_changes_nothing),
        cmocka_unit_test(consumed_room_is_used_again),
        cmocka_unit_test(reserve_gives_all_the_room_asked_for),
        cmocka_unit_test(growing_keeps_the_bytes),
        cmocka_unit_test(truncate_takes_back),
        cmocka_unit_test(maximum_of_zero_takes_nothing),
        cmocka_unit_test(wiped_buffer_is_empty_and_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
