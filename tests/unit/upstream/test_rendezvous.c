/* Keys spread by weight, and only those that have to move do. */
#include "upstream/rendezvous.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { KEYS = 20000, SERVERS = 5, NONE = -1 };

static uint64_t key_of(unsigned number) {
    return rendezvous_key(slice_of(&number, sizeof number));
}

static uint64_t seed_of(unsigned server) {
    char label[16];
    snprintf(label, sizeof label, "server-%u", server);
    return rendezvous_seed("app", label);
}

/* Who wins the key among servers with these weights; 0: not there. */
static int winner(unsigned key, const unsigned weights[SERVERS]) {
    int best = NONE;
    double best_lot = 0;
    for (int i = 0; i < SERVERS; i++) {
        double lot = weights[i] ? rendezvous_lot(seed_of((unsigned)i), key_of(key), weights[i]) : 0;
        if (weights[i] && (best == NONE || lot < best_lot)) {
            best = i;
            best_lot = lot;
        }
    }
    return best;
}

/* Within a tenth of its share: six times what chance leaves to the smallest. */
static void expect_shares(const unsigned weights[SERVERS]) {
    unsigned won[SERVERS] = {0};
    unsigned total = 0;
    for (unsigned key = 0; key < KEYS; key++)
        won[winner(key, weights)]++;
    for (int i = 0; i < SERVERS; i++)
        total += weights[i];
    for (int i = 0; i < SERVERS; i++) {
        unsigned share = KEYS * weights[i] / total;
        assert_in_range(won[i], share - share / 10, share + share / 10);
    }
}

static void keys_spread_by_weight(void **state) {
    (void)state;
    expect_shares((const unsigned[SERVERS]){1, 1, 1, 1, 1});
    expect_shares((const unsigned[SERVERS]){4, 1, 1, 2, 2});
    expect_shares((const unsigned[SERVERS]){1000, 500, 1000, 250, 250});
}

static void only_the_keys_of_a_server_that_goes_move(void **state) {
    (void)state;
    const unsigned whole[SERVERS] = {3, 1, 2, 1, 1};
    for (unsigned gone = 0; gone < SERVERS; gone++) {
        unsigned rest[SERVERS];
        for (int i = 0; i < SERVERS; i++)
            rest[i] = i == (int)gone ? 0 : whole[i];
        for (unsigned key = 0; key < KEYS; key++) {
            int before = winner(key, whole);
            if (before != (int)gone)
                assert_int_equal(winner(key, rest), before);
            else
                assert_int_not_equal(winner(key, rest), before);
        }
    }
}

static void a_server_that_gains_weight_only_wins_keys(void **state) {
    (void)state;
    const unsigned before[SERVERS] = {1, 1, 1, 1, 1};
    const unsigned after[SERVERS] = {1, 1, 3, 1, 1};
    for (unsigned key = 0; key < KEYS; key++) {
        int moved_to = winner(key, after);
        assert_true(moved_to == 2 || moved_to == winner(key, before));
    }
}

static void names_make_servers_and_not_their_borders(void **state) {
    (void)state;
    assert_int_not_equal(rendezvous_seed("a", "bc"), rendezvous_seed("ab", "c"));
    assert_int_not_equal(rendezvous_seed("a", "b"), rendezvous_seed("b", "a"));
    assert_int_equal(rendezvous_seed("a", "b"), rendezvous_seed("a", "b"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_spread_by_weight),
        cmocka_unit_test(only_the_keys_of_a_server_that_goes_move),
        cmocka_unit_test(a_server_that_gains_weight_only_wins_keys),
        cmocka_unit_test(names_make_servers_and_not_their_borders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
