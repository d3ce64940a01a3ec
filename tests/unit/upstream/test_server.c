/* Servers are found again by address, and go with their last reference. */
#include "upstream/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct addr addr_of(const char *text) {
    struct addr addr;
    assert_true(addr_parse(slice_text(text), &addr));
    return addr;
}

static void one_address_is_one_server(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr addr = addr_of("127.0.0.1:8080");
    struct server *first = server_get(upstream, &addr);
    struct server *second = server_get(upstream, &addr);
    assert_ptr_equal(first, second);
    assert_string_equal(first->label, "127.0.0.1:8080");
    server_release(&first);
    assert_null(first);
    assert_int_equal(second->references, 1);
    server_release(&second);
    upstream_free(&upstream);
}

static void another_port_is_another_server(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr a = addr_of("127.0.0.1:8080");
    struct addr b = addr_of("127.0.0.1:8081");
    struct server *first = server_get(upstream, &a);
    struct server *second = server_get(upstream, &b);
    assert_ptr_not_equal(first, second);
    server_release(&first);
    server_release(&second);
    upstream_free(&upstream);
}

static void state_lives_as_long_as_a_reference(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr addr = addr_of("unix:/run/app.sock");
    struct server *kept = server_get(upstream, &addr);
    kept->failures = 7;
    struct server *found = server_get(upstream, &addr);
    assert_int_equal(found->failures, 7);
    server_release(&kept);
    server_release(&found);
    found = server_get(upstream, &addr);
    assert_int_equal(found->failures, 0);
    server_release(&found);
    upstream_free(&upstream);
}

static unsigned visited;

static void count_and_release(struct server *server) {
    visited++;
    server_release(&server);
}

static void a_visit_may_release(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr a = addr_of("127.0.0.1:1");
    struct addr b = addr_of("[::1]:2");
    assert_non_null(server_get(upstream, &a));
    assert_non_null(server_get(upstream, &b));
    upstream_each(upstream, count_and_release);
    assert_int_equal(visited, 2);
    upstream_free(&upstream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_is_one_server),
        cmocka_unit_test(another_port_is_another_server),
        cmocka_unit_test(state_lives_as_long_as_a_reference),
        cmocka_unit_test(a_visit_may_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
