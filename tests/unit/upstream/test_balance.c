/* Each algorithm spreads as it should, and every kind of server has its place. */
#include "upstream/balance.h"

#include "upstream/rendezvous.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NOW_MS = 5000, SERVERS = 4 };

static struct queue queue;
static struct server servers[SERVERS];
static struct backend_server entries[SERVERS];
static char labels[SERVERS][16];

/* A backend of the first `count` servers, all alike. */
static struct backend backend_of(size_t count) {
    for (size_t i = 0; i < SERVERS; i++) {
        snprintf(labels[i], sizeof labels[i], "server-%zu", i);
        servers[i] = (struct server){.backend = "app", .label = labels[i], .queue = &queue};
        entries[i] =
            (struct backend_server){.server = &servers[i], .weight = 1, .seed = rendezvous_seed("app", labels[i])};
        snprintf(entries[i].sticky_id, sizeof entries[i].sticky_id, "%016zx", i);
    }
    return (struct backend){.servers = entries, .server_count = count};
}

static int pick_at(struct backend *backend, const struct balance_ask *ask, int64_t now_ms) {
    struct server *server = balance_pick(backend, ask, now_ms);
    return server ? (int)(server - servers) : -1;
}

static int pick(struct backend *backend) {
    return pick_at(backend, &(struct balance_ask){.avoid = NULL}, NOW_MS);
}

static int pick_other(struct backend *backend, int avoid) {
    return pick_at(backend, &(struct balance_ask){.avoid = &servers[avoid]}, NOW_MS);
}

static int pick_sticky(struct backend *backend, const char *id) {
    return pick_at(backend, &(struct balance_ask){.sticky = slice_text(id)}, NOW_MS);
}

static int pick_key(struct backend *backend, unsigned key) {
    return pick_at(backend, &(struct balance_ask){.key = slice_of(&key, sizeof key)}, NOW_MS);
}

/* How often each server is chosen in so many turns. */
static void count_turns(struct backend *backend, unsigned turns, unsigned counts[SERVERS], int64_t now_ms) {
    memset(counts, 0, SERVERS * sizeof counts[0]);
    for (unsigned i = 0; i < turns; i++)
        counts[pick_at(backend, &(struct balance_ask){.avoid = NULL}, now_ms)]++;
}

static void goes_round(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    for (int i = 0; i < 7; i++)
        assert_int_equal(pick(&backend), i % 3);
}

static void gives_turns_by_weight_without_bunches(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    unsigned counts[SERVERS];
    entries[0].weight = 5;
    static const int turns[] = {0, 0, 1, 0, 2, 0, 0};
    for (size_t i = 0; i < 21; i++)
        assert_int_equal(pick(&backend), turns[i % 7]);
    count_turns(&backend, 700, counts, NOW_MS);
    assert_int_equal(counts[0], 500);
    assert_int_equal(counts[1], 100);
    assert_int_equal(counts[2], 100);
}

static void passes_over_what_is_ejected_or_down(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    servers[1].ejected_until_ms = NOW_MS + 1;
    assert_int_equal(pick(&backend), 0);
    assert_int_equal(pick(&backend), 2);
    assert_int_equal(pick(&backend), 0);
    server_set_health(&servers[0], false, NOW_MS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pick(&backend), 2);
}

static void takes_a_server_back_when_its_pause_ends(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    servers[0].ejected_until_ms = NOW_MS;
    assert_int_equal(pick(&backend), 0);
}

static void avoids_the_server_that_failed(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pick_other(&backend, 0), 1);
    servers[1].ejected_until_ms = NOW_MS + 1;
    assert_int_equal(pick_other(&backend, 0), 1);
    servers[1].is_down = true;
    assert_int_equal(pick_other(&backend, 0), 0);
}

static void takes_turns_among_ejected_ones_when_all_are(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    for (int i = 0; i < 3; i++)
        servers[i].ejected_until_ms = NOW_MS + 10 - i;
    for (int i = 0; i < 6; i++)
        assert_int_equal(pick(&backend), i % 3);
}

static void has_none_where_all_are_down(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    servers[0].is_down = servers[1].is_down = true;
    assert_int_equal(pick(&backend), -1);
    assert_int_equal(pick_other(&backend, 0), -1);
    assert_int_equal(pick_sticky(&backend, entries[0].sticky_id), -1);
    backend = backend_of(0);
    assert_int_equal(pick(&backend), -1);
}

static void backups_wait_until_no_other_can_be_used(void **state) {
    (void)state;
    struct backend backend = backend_of(4);
    unsigned counts[SERVERS];
    entries[2].is_backup = entries[3].is_backup = true;
    count_turns(&backend, 10, counts, NOW_MS);
    assert_int_equal(counts[0] + counts[1], 10);
    servers[0].is_down = true;
    count_turns(&backend, 10, counts, NOW_MS);
    assert_int_equal(counts[1], 10);
    assert_int_equal(pick_other(&backend, 1), 2);
    servers[1].ejected_until_ms = NOW_MS + 1;
    count_turns(&backend, 10, counts, NOW_MS);
    assert_int_equal(counts[2], 5);
    assert_int_equal(counts[3], 5);
    servers[2].is_down = true;
    servers[3].ejected_until_ms = NOW_MS + 1;
    count_turns(&backend, 10, counts, NOW_MS);
    assert_int_equal(counts[1], 10);
}

static void gives_a_full_server_nothing_more(void **state) {
    (void)state;
    static const enum backend_balance algorithms[] = {BACKEND_ROUND_ROBIN, BACKEND_LEAST_CONNECTIONS, BACKEND_HASH};
    for (size_t i = 0; i < 3; i++) {
        struct backend backend = backend_of(3);
        backend.balance = algorithms[i];
        backend.hash_by = BACKEND_HASH_BY_HEADER;
        entries[0].active_max = entries[1].active_max = 2;
        entries[2].is_backup = true;
        servers[0].active = 2;
        for (unsigned key = 0; key < 20; key++)
            assert_int_equal(pick_key(&backend, key), 1);
        assert_int_equal(pick_sticky(&backend, entries[0].sticky_id), 1);
        assert_true(balance_has_room(&backend, NULL, NOW_MS));
        servers[1].active = 2;
        assert_int_equal(pick_key(&backend, 7), -1); /* a backup is for those that are gone, not for busy ones */
        assert_false(balance_has_room(&backend, NULL, NOW_MS));
        assert_true(balance_may_wait(&backend));
        servers[0].active = 1;
        assert_int_equal(pick_key(&backend, 7), 0);
    }
}

static void there_is_nothing_to_wait_for_when_all_are_gone(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    server_set_drained(&servers[0], true, NOW_MS);
    assert_true(balance_may_wait(&backend));
    assert_int_equal(pick(&backend), 1);
    server_set_health(&servers[1], false, NOW_MS);
    assert_false(balance_may_wait(&backend));
    assert_false(balance_has_room(&backend, NULL, NOW_MS));
    assert_int_equal(pick(&backend), -1);
    assert_int_equal(pick_sticky(&backend, entries[0].sticky_id), -1);
}

static void chooses_who_has_least_to_do(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    backend.balance = BACKEND_LEAST_CONNECTIONS;
    servers[0].active = 2;
    servers[1].active = 1;
    servers[2].active = 2;
    assert_int_equal(pick(&backend), 1);
    servers[1].is_down = true;
    assert_int_equal(pick(&backend), 0);
    assert_int_equal(pick(&backend), 2);
    assert_int_equal(pick(&backend), 0);
}

static void weighs_what_servers_have_to_do(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    backend.balance = BACKEND_LEAST_CONNECTIONS;
    entries[0].weight = 3;
    for (int i = 0; i < 400; i++)
        servers[pick(&backend)].active++;
    assert_int_equal(servers[0].active, 300);
    assert_int_equal(servers[1].active, 100);
}

static void a_hash_keeps_a_key_on_its_server(void **state) {
    (void)state;
    struct backend backend = backend_of(4);
    unsigned moved = 0, counts[SERVERS] = {0};
    int before[1000];
    backend.balance = BACKEND_HASH;
    backend.hash_by = BACKEND_HASH_BY_HEADER;
    for (unsigned key = 0; key < 1000; key++) {
        before[key] = pick_key(&backend, key);
        assert_int_equal(pick_key(&backend, key), before[key]);
        counts[before[key]]++;
    }
    for (int i = 0; i < SERVERS; i++)
        assert_in_range(counts[i], 180, 320);
    servers[2].ejected_until_ms = NOW_MS + 1;
    for (unsigned key = 0; key < 1000; key++) {
        int after = pick_key(&backend, key);
        assert_int_not_equal(after, 2);
        assert_true(before[key] == 2 || after == before[key]);
        moved += after != before[key];
    }
    assert_int_equal(moved, counts[2]);
    servers[2].ejected_until_ms = 0;
    for (unsigned key = 0; key < 1000; key++)
        assert_int_equal(pick_key(&backend, key), before[key]);
}

static void a_hash_without_a_key_goes_round(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    struct addr_ip local = {.family = AF_UNIX};
    backend.balance = BACKEND_HASH;
    backend.hash_by = BACKEND_HASH_BY_COOKIE;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pick(&backend), i % 2);
    backend.hash_by = BACKEND_HASH_BY_ADDRESS;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pick_at(&backend, &(struct balance_ask){.client = &local}, NOW_MS), i % 2);
}

static void a_hash_by_address_ignores_the_port(void **state) {
    (void)state;
    struct backend backend = backend_of(4);
    unsigned counts[SERVERS] = {0};
    backend.balance = BACKEND_HASH;
    for (uint8_t last = 0; last < 200; last++) {
        struct addr_ip client = {.family = AF_INET, .bytes = {[15] = last}, .port = 1000};
        int chosen = pick_at(&backend, &(struct balance_ask){.client = &client}, NOW_MS);
        client.port = 2000;
        assert_int_equal(pick_at(&backend, &(struct balance_ask){.client = &client}, NOW_MS), chosen);
        counts[chosen]++;
    }
    for (int i = 0; i < SERVERS; i++)
        assert_true(counts[i] > 20);
}

static void a_sticky_client_gets_its_own_server(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pick_sticky(&backend, entries[2].sticky_id), 2);
    assert_int_equal(pick_at(&backend,
                             &(struct balance_ask){.sticky = slice_text(entries[2].sticky_id), .avoid = &servers[2]},
                             NOW_MS),
                     0);
    servers[2].ejected_until_ms = NOW_MS + 1;
    assert_int_not_equal(pick_sticky(&backend, entries[2].sticky_id), 2);
    entries[1].is_backup = true;
    assert_int_equal(pick_sticky(&backend, entries[1].sticky_id), 1);
}

static void a_cookie_of_nobody_is_no_cookie(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    static const char *const wrong[] = {"server-1", "0000000000000009", "000000000000000", "00000000000000011"};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pick_sticky(&backend, wrong[i]), i % 2);
}

static void who_came_back_begins_slowly(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    unsigned counts[SERVERS];
    backend.slow_start_ms = 1000;
    server_set_health(&servers[1], false, NOW_MS - 100);
    server_set_health(&servers[1], true, NOW_MS);
    count_turns(&backend, 101, counts, NOW_MS);
    assert_int_equal(counts[1], 1);
    count_turns(&backend, 1250, counts, NOW_MS + 250);
    assert_in_range(counts[1], 248, 252);
    count_turns(&backend, 1000, counts, NOW_MS + 1000);
    assert_in_range(counts[1], 498, 502);
    servers[1].ejected_until_ms = NOW_MS + 5000;
    count_turns(&backend, 1250, counts, NOW_MS + 5250);
    assert_in_range(counts[1], 248, 252);
}

static void a_server_that_was_never_away_has_its_whole_weight(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    unsigned counts[SERVERS];
    backend.slow_start_ms = 1000000;
    server_set_health(&servers[1], true, NOW_MS);
    count_turns(&backend, 10, counts, NOW_MS);
    assert_int_equal(counts[1], 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_round),
        cmocka_unit_test(gives_turns_by_weight_without_bunches),
        cmocka_unit_test(passes_over_what_is_ejected_or_down),
        cmocka_unit_test(takes_a_server_back_when_its_pause_ends),
        cmocka_unit_test(avoids_the_server_that_failed),
        cmocka_unit_test(takes_turns_among_ejected_ones_when_all_are),
        cmocka_unit_test(has_none_where_all_are_down),
        cmocka_unit_test(backups_wait_until_no_other_can_be_used),
        cmocka_unit_test(gives_a_full_server_nothing_more),
        cmocka_unit_test(there_is_nothing_to_wait_for_when_all_are_gone),
        cmocka_unit_test(chooses_who_has_least_to_do),
        cmocka_unit_test(weighs_what_servers_have_to_do),
        cmocka_unit_test(a_hash_keeps_a_key_on_its_server),
        cmocka_unit_test(a_hash_without_a_key_goes_round),
        cmocka_unit_test(a_hash_by_address_ignores_the_port),
        cmocka_unit_test(a_sticky_client_gets_its_own_server),
        cmocka_unit_test(a_cookie_of_nobody_is_no_cookie),
        cmocka_unit_test(who_came_back_begins_slowly),
        cmocka_unit_test(a_server_that_was_never_away_has_its_whole_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
