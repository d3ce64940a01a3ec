/* What is allocated counts until it is freed, and the limit of descriptors is the one in force. */
#include "os/usage.h"

#include "os/sanitizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

/* PIECE: from the heap. LARGE: a mapping of its own. */
enum { PIECES = 1000, PIECE_BYTES = 1000, LARGE_BYTES = 8 << 20 };

static void memory_counts_until_it_is_freed(void **state) {
    (void)state;
    static void *pieces[PIECES];
    if (SANITIZER_TRACES_ITSELF)
        skip(); /* it allocates by itself */
    size_t before = usage_memory_bytes();
    for (size_t i = 0; i < PIECES; i++)
        assert_non_null(pieces[i] = malloc(PIECE_BYTES));
    void *large = malloc(LARGE_BYTES);
    assert_non_null(large);
    assert_in_range(usage_memory_bytes() - before, PIECES * PIECE_BYTES + LARGE_BYTES,
                    PIECES * (PIECE_BYTES + 64) + LARGE_BYTES + 65536);
    for (size_t i = 0; i < PIECES; i++)
        free(pieces[i]);
    free(large);
    assert_in_range(usage_memory_bytes(), 0, before + 65536);
}

static void limit_is_the_one_in_force(void **state) {
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(usage_limit_descriptors(77));
    assert_int_equal(usage_descriptors_max(), 77);
    assert_true(usage_limit_descriptors(SIZE_MAX));
    assert_int_equal(usage_descriptors_max(), before.rlim_max == RLIM_INFINITY ? SIZE_MAX : before.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_counts_until_it_is_freed),
        cmocka_unit_test(limit_is_the_one_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
