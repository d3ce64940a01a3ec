/* Token buckets against an exact model without bounds: the table may allow less when it is crowded, never more. */
#include "policy/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t key_of(const struct limit *limit, unsigned who) {
    return limit_key(limit, 1, slice_of(&who, sizeof(who)));
}

static void a_burst_passes_and_then_the_rate(void **state) {
    (void)state;
    struct limit *limit = limit_new(1, 5);
    struct limit_rate rate = limit_rate_of(10, 1000, 3);
    uint64_t key = key_of(limit, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(limit_take(limit, key, &rate, 1000), 0);
    assert_int_equal(limit_take(limit, key, &rate, 1000), 100);
    assert_int_equal(limit_take(limit, key, &rate, 1099), 1);
    assert_int_equal(limit_take(limit, key, &rate, 1100), 0);
    assert_int_equal(limit_take(limit, key, &rate, 1100), 100);
    limit_free(&limit);
}

static void waiting_long_gives_no_more_than_a_burst(void **state) {
    (void)state;
    struct limit *limit = limit_new(1, 5);
    struct limit_rate rate = limit_rate_of(10, 1000, 2);
    uint64_t key = key_of(limit, 1);
    assert_int_equal(limit_take(limit, key, &rate, 1), 0);
    assert_int_equal(limit_take(limit, key, &rate, 1000000), 0);
    assert_int_equal(limit_take(limit, key, &rate, 1000000), 0);
    assert_int_equal(limit_take(limit, key, &rate, 1000000), 100);
    limit_free(&limit);
}

static void a_refusal_costs_nothing(void **state) {
    (void)state;
    struct limit *limit = limit_new(1, 5);
    struct limit_rate rate = limit_rate_of(1, 1000, 1);
    uint64_t key = key_of(limit, 1);
    assert_int_equal(limit_take(limit, key, &rate, 0), 0);
    for (int64_t now_ms = 0; now_ms < 1000; now_ms++)
        assert_int_equal(limit_take(limit, key, &rate, now_ms), 1000 - now_ms);
    assert_int_equal(limit_take(limit, key, &rate, 1000), 0);
    limit_free(&limit);
}

static void no_limit_is_no_limit(void **state) {
    (void)state;
    struct limit *limit = limit_new(1, 5);
    struct limit_rate rate = limit_rate_of(0, 1000, 3);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(limit_take(limit, key_of(limit, 1), &rate, 1), 0);
    limit_free(&limit);
}

static void burst_0_is_the_count(void **state) {
    (void)state;
    struct limit_rate rate = limit_rate_of(5, 60000, 0);
    assert_int_equal(rate.burst, 5);
    assert_true(rate.interval_ns == INT64_C(12000000000));
    assert_true(limit_rate_of(4000000000, 1, 0).interval_ns == 1);
}

static void what_is_given_back_is_there_again(void **state) {
    (void)state;
    struct limit *limit = limit_new(1, 5);
    struct limit_rate rate = limit_rate_of(2, 60000, 0);
    uint64_t key = key_of(limit, 1);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(limit_take(limit, key, &rate, 1000), 0);
        limit_give_back(limit, key, &rate);
    }
    assert_int_equal(limit_take(limit, key, &rate, 1000), 0);
    assert_int_equal(limit_take(limit, key, &rate, 1000), 0);
    assert_true(limit_take(limit, key, &rate, 1000) > 0);
    limit_give_back(limit, key_of(limit, 2), &rate); /* never taken: nothing happens */
    assert_true(limit_take(limit, key, &rate, 1000) > 0);
    limit_free(&limit);
}

static void scopes_are_apart(void **state) {
    (void)state;
    struct limit *limit = limit_new(16, 5);
    struct limit_rate rate = limit_rate_of(1, 1000, 1);
    assert_int_equal(limit_take(limit, limit_key(limit, 1, slice_text("who")), &rate, 1), 0);
    assert_int_equal(limit_take(limit, limit_key(limit, 2, slice_text("who")), &rate, 1), 0);
    assert_true(limit_take(limit, limit_key(limit, 1, slice_text("who")), &rate, 1) > 0);
    limit_free(&limit);
}

/* One who used up its bucket, then 10,000 others, each with a fresh key, then the first again. */
static void a_flood_of_keys_gives_nobody_fresh_tokens(void **state) {
    (void)state;
    struct limit *limit = limit_new(4, 5);
    struct limit_rate rate = limit_rate_of(3, 60000, 0);
    uint64_t key = key_of(limit, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(limit_take(limit, key, &rate, 1000), 0);
    unsigned passed = 0;
    for (unsigned who = 1; who <= 10000; who++)
        passed += limit_take(limit, key_of(limit, who), &rate, 1001) == 0;
    assert_in_range(passed, 1, 4 * LIMIT_WAYS * 3); /* no more than the table's own tokens */
    assert_true(limit_take(limit, key, &rate, 1002) > 0);
    assert_int_equal(limit_take(limit, key, &rate, 61000), 0);
    limit_free(&limit);
}

/* A bucket without a table: tokens in units of their interval. */
struct model {
    int64_t full_ns;
};

static bool model_take(struct model *model, const struct limit_rate *rate, int64_t now_ms) {
    int64_t now_ns = now_ms * 1000000;
    int64_t full_ns = (model->full_ns > now_ns ? model->full_ns : now_ns) + rate->interval_ns;
    if (full_ns > now_ns + (int64_t)rate->burst * rate->interval_ns)
        return false;
    model->full_ns = full_ns;
    return true;
}

/* 200 keys in 32 places, 100,000 steps: whatever the table allows, a table without end allows, too. A key's model
 * follows what the table allowed. */
static void a_crowded_table_allows_no_more_than_an_endless_one(void **state) {
    (void)state;
    enum { KEYS = 200, STEPS = 100000 };
    static struct model models[KEYS];
    struct limit *limit = limit_new(4, 99);
    struct limit_rate rate = limit_rate_of(20, 1000, 4);
    uint64_t random = 42;
    int64_t now_ms = 1;
    unsigned passed = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        unsigned who = (unsigned)(random >> 33) % KEYS;
        now_ms += (random >> 60) == 0;
        if (limit_take(limit, key_of(limit, who), &rate, now_ms) != 0)
            continue;
        assert_true(model_take(&models[who], &rate, now_ms));
        passed++;
    }
    assert_true(passed > 1000);
    limit_free(&limit);
}

/* With room for everybody both say the same. */
static void a_roomy_table_is_exact(void **state) {
    (void)state;
    enum { KEYS = 6, STEPS = 20000 };
    static struct model models[KEYS];
    struct limit *limit = limit_new(1, 99);
    struct limit_rate rate = limit_rate_of(50, 1000, 5);
    uint64_t random = 7;
    int64_t now_ms = 1;
    for (unsigned step = 0; step < STEPS; step++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        unsigned who = (unsigned)(random >> 33) % KEYS;
        now_ms += (int64_t)(random >> 62);
        bool passes = limit_take(limit, key_of(limit, who), &rate, now_ms) == 0;
        assert_int_equal(passes, model_take(&models[who], &rate, now_ms));
    }
    limit_free(&limit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_and_then_the_rate),
        cmocka_unit_test(waiting_long_gives_no_more_than_a_burst),
        cmocka_unit_test(a_refusal_costs_nothing),
        cmocka_unit_test(no_limit_is_no_limit),
        cmocka_unit_test(burst_0_is_the_count),
        cmocka_unit_test(what_is_given_back_is_there_again),
        cmocka_unit_test(scopes_are_apart),
        cmocka_unit_test(a_flood_of_keys_gives_nobody_fresh_tokens),
        cmocka_unit_test(a_crowded_table_allows_no_more_than_an_endless_one),
        cmocka_unit_test(a_roomy_table_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
