/* Round robin passes over paused servers, but never leaves a request without one. */
#include "upstream/balance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NOW_MS = 5000 };

static struct server servers[3];
static struct server *list[] = {&servers[0], &servers[1], &servers[2]};

static struct backend backend_of(size_t count) {
    for (size_t i = 0; i < 3; i++)
        servers[i] = (struct server){0};
    return (struct backend){.servers = list, .server_count = count};
}

static struct server *pick(struct backend *backend, const struct server *avoid) {
    return balance_pick(backend, &(struct balance_ask){.avoid = avoid}, NOW_MS);
}

static void goes_round(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    for (size_t i = 0; i < 7; i++)
        assert_ptr_equal(pick(&backend, NULL), list[i % 3]);
}

static void passes_over_a_paused_server(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    servers[1].paused_until_ms = NOW_MS + 1;
    assert_ptr_equal(pick(&backend, NULL), list[0]);
    assert_ptr_equal(pick(&backend, NULL), list[2]);
    assert_ptr_equal(pick(&backend, NULL), list[0]);
}

static void takes_a_server_back_when_its_pause_ends(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    servers[0].paused_until_ms = NOW_MS;
    assert_ptr_equal(pick(&backend, NULL), list[0]);
}

static void avoids_the_server_that_failed(void **state) {
    (void)state;
    struct backend backend = backend_of(2);
    for (int i = 0; i < 4; i++)
        assert_ptr_equal(pick(&backend, list[0]), list[1]);
}

static void falls_back_to_the_first_to_end_its_pause(void **state) {
    (void)state;
    struct backend backend = backend_of(3);
    servers[0].paused_until_ms = NOW_MS + 30;
    servers[1].paused_until_ms = NOW_MS + 10;
    servers[2].paused_until_ms = NOW_MS + 20;
    assert_ptr_equal(pick(&backend, NULL), list[1]);
    assert_ptr_equal(pick(&backend, list[1]), list[2]);
}

static void takes_the_only_one_even_if_it_is_to_be_avoided(void **state) {
    (void)state;
    struct backend backend = backend_of(1);
    assert_ptr_equal(pick(&backend, list[0]), list[0]);
}

static void has_none_where_there_is_none(void **state) {
    (void)state;
    struct backend backend = backend_of(0);
    assert_null(pick(&backend, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_round),
        cmocka_unit_test(passes_over_a_paused_server),
        cmocka_unit_test(takes_a_server_back_when_its_pause_ends),
        cmocka_unit_test(avoids_the_server_that_failed),
        cmocka_unit_test(falls_back_to_the_first_to_end_its_pause),
        cmocka_unit_test(takes_the_only_one_even_if_it_is_to_be_avoided),
        cmocka_unit_test(has_none_where_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
