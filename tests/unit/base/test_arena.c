/* The arena's maximum, alignment and re-use. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>

#include <cmocka.h>

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena, 256, 10000);
    for (size_t bytes = 0; bytes < 100; bytes++) {
        uint8_t *memory = arena_alloc(&arena, bytes);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, bytes);
    }
    arena_fini(&arena);
}

static void maximum_holds(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena, 64, 128);
    assert_null(arena_alloc(&arena, 129));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_non_null(arena_alloc(&arena, 100));
    assert_null(arena_alloc(&arena, 17));
    assert_non_null(arena_alloc(&arena, 16));
    assert_null(arena_alloc(&arena, 1));
    assert_null(arena_copy(&arena, slice_text("x")).data);
    assert_null(arena_text(&arena, slice_text("x")));
    arena_fini(&arena);
}

static void one_may_be_larger_than_a_block(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena, 64, 10000);
    uint8_t *small = arena_alloc(&arena, 10);
    uint8_t *large = arena_alloc(&arena, 5000);
    assert_non_null(small);
    assert_non_null(large);
    memset(large, 1, 5000);
    assert_int_equal(small[9], 0);
    arena_fini(&arena);
}

static void array_refuses_overflow(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena, 64, 10000);
    assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_array(&arena, 10001, 1));
    assert_non_null(arena_array(&arena, 100, 8));
    assert_non_null(arena_array(&arena, 0, 8));
    arena_fini(&arena);
}

static void reset_keeps_the_first_block_warm(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024, 100000);
    uint8_t *first = arena_alloc(&arena, 100);
    assert_non_null(first);
    memset(first, 0xff, 100);
    assert_non_null(arena_alloc(&arena, 50000));
    arena_reset(&arena);
    assert_int_equal(arena.used_bytes, 0);
    uint8_t *again = arena_alloc(&arena, 100);
    assert_ptr_equal(again, first);
    assert_int_equal(again[50], 0);
    arena_fini(&arena);
    arena_reset(&arena);
    assert_non_null(arena_alloc(&arena, 1));
    arena_fini(&arena);
}

static void copies_are_their_own(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024, 100000);
    char source[] = "name";
    struct slice copy = arena_copy(&arena, slice_text(source));
    char *text = arena_text(&arena, slice_text(source));
    source[0] = 'X';
    assert_true(slice_equal(copy, slice_text("name")));
    assert_string_equal(text, "name");
    assert_non_null(arena_copy(&arena, slice_of(NULL, 0)).data);
    assert_string_equal(arena_text(&arena, slice_of(NULL, 0)), "");
    arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),     cmocka_unit_test(maximum_holds),
        cmocka_unit_test(one_may_be_larger_than_a_block),   cmocka_unit_test(array_refuses_overflow),
        cmocka_unit_test(reset_keeps_the_first_block_warm), cmocka_unit_test(copies_are_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
