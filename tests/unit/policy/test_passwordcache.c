/* What is remembered of passwords: for how long, and that guessing pushes no right one out. */
#include "policy/passwordcache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t key[PASSWORDCACHE_BYTES] = {1, 2, 3};

static void digest(const struct passwordcache *cache, const char *user, const char *password, const char *stored,
                   uint8_t to[PASSWORDCACHE_BYTES]) {
    passwordcache_digest(cache, slice_text(user), slice_text(password), slice_text(stored), to);
}

static void is_remembered_for_its_time(void **state) {
    (void)state;
    struct passwordcache *cache = passwordcache_new(1, key);
    uint8_t right[PASSWORDCACHE_BYTES], wrong[PASSWORDCACHE_BYTES];
    digest(cache, "alice", "right", "hash", right);
    digest(cache, "alice", "wrong", "hash", wrong);
    assert_int_equal(passwordcache_find(cache, right, 1), PASSWORDCACHE_UNKNOWN);
    passwordcache_keep(cache, right, true, 100);
    passwordcache_keep(cache, wrong, false, 50);
    assert_int_equal(passwordcache_find(cache, right, 99), PASSWORDCACHE_RIGHT);
    assert_int_equal(passwordcache_find(cache, wrong, 49), PASSWORDCACHE_WRONG);
    assert_int_equal(passwordcache_find(cache, wrong, 50), PASSWORDCACHE_UNKNOWN);
    assert_int_equal(passwordcache_find(cache, right, 100), PASSWORDCACHE_UNKNOWN);
    passwordcache_free(&cache);
    assert_null(cache);
}

static void everything_counts_in_the_digest(void **state) {
    (void)state;
    static const uint8_t other_key[PASSWORDCACHE_BYTES] = {1, 2, 4};
    struct passwordcache *cache = passwordcache_new(1, key), *other = passwordcache_new(1, other_key);
    uint8_t plain[PASSWORDCACHE_BYTES], changed[PASSWORDCACHE_BYTES];
    digest(cache, "alice", "right", "hash", plain);
    digest(cache, "alicer", "ight", "hash", changed);
    assert_memory_not_equal(plain, changed, sizeof(plain));
    digest(cache, "alice", "right", "another hash", changed);
    assert_memory_not_equal(plain, changed, sizeof(plain));
    digest(other, "alice", "right", "hash", changed);
    assert_memory_not_equal(plain, changed, sizeof(plain));
    passwordcache_free(&cache);
    passwordcache_free(&other);
}

static void guessing_pushes_no_right_one_out(void **state) {
    (void)state;
    struct passwordcache *cache = passwordcache_new(1, key);
    uint8_t right[PASSWORDCACHE_BYTES], wrong[PASSWORDCACHE_BYTES];
    digest(cache, "alice", "right", "hash", right);
    passwordcache_keep(cache, right, true, 100);
    for (int i = 0; i < 100; i++) {
        char guess[] = {(char)('a' + i % 26), (char)('a' + i / 26), '\0'};
        digest(cache, "alice", guess, "hash", wrong);
        passwordcache_keep(cache, wrong, false, 1000);
    }
    assert_int_equal(passwordcache_find(cache, right, 1), PASSWORDCACHE_RIGHT);
    assert_int_equal(passwordcache_find(cache, wrong, 1), PASSWORDCACHE_WRONG);
    passwordcache_free(&cache);
}

static void the_one_that_ends_first_goes(void **state) {
    (void)state;
    struct passwordcache *cache = passwordcache_new(1, key);
    uint8_t digests[PASSWORDCACHE_WAYS + 1][PASSWORDCACHE_BYTES];
    for (int i = 0; i <= PASSWORDCACHE_WAYS; i++) {
        char user[] = {(char)('a' + i), '\0'};
        digest(cache, user, "right", "hash", digests[i]);
        passwordcache_keep(cache, digests[i], true, i == 2 ? 50 : 100 + i);
    }
    for (int i = 0; i <= PASSWORDCACHE_WAYS; i++)
        assert_int_equal(passwordcache_find(cache, digests[i], 1),
                         i == 2 ? PASSWORDCACHE_UNKNOWN : PASSWORDCACHE_RIGHT);
    passwordcache_keep(cache, digests[0], true, 1000); /* there already: nobody goes */
    assert_int_equal(passwordcache_find(cache, digests[0], 999), PASSWORDCACHE_RIGHT);
    assert_int_equal(passwordcache_find(cache, digests[1], 1), PASSWORDCACHE_RIGHT);
    passwordcache_free(&cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_remembered_for_its_time),
        cmocka_unit_test(everything_counts_in_the_digest),
        cmocka_unit_test(guessing_pushes_no_right_one_out),
        cmocka_unit_test(the_one_that_ends_first_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
