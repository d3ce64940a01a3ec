/* Servers are found again by backend, label and address, and go with their last reference. */
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
    struct server *first = server_get(upstream, "app", NULL, &addr);
    struct server *second = server_get(upstream, "app", NULL, &addr);
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
    struct server *first = server_get(upstream, "app", NULL, &a);
    struct server *second = server_get(upstream, "app", NULL, &b);
    assert_ptr_not_equal(first, second);
    server_release(&first);
    server_release(&second);
    upstream_free(&upstream);
}

static void each_backend_has_its_own_servers(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr addr = addr_of("127.0.0.1:8080");
    struct server *first = server_get(upstream, "app", "blue", &addr);
    struct server *second = server_get(upstream, "other", "blue", &addr);
    struct server *third = server_get(upstream, "app", "green", &addr);
    assert_ptr_not_equal(first, second);
    assert_ptr_not_equal(first, third);
    assert_string_equal(first->backend, "app");
    assert_string_equal(first->label, "blue");
    assert_string_equal(second->backend, "other");
    server_release(&first);
    server_release(&second);
    server_release(&third);
    upstream_free(&upstream);
}

static void what_is_in_progress_is_counted_and_holds(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr addr = addr_of("127.0.0.1:8080");
    struct server *server = server_get(upstream, "app", NULL, &addr);
    struct server *first = server_take(server);
    struct server *second = server_take(server);
    assert_int_equal(server->active, 2);
    server_release(&server);
    server_drop(&first);
    assert_null(first);
    assert_int_equal(second->active, 1);
    server_drop(&second);
    server_drop(&second);
    upstream_free(&upstream);
}

static void state_lives_as_long_as_a_reference(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr addr = addr_of("unix:/run/app.sock");
    struct server *kept = server_get(upstream, "app", NULL, &addr);
    kept->failures = 7;
    struct server *found = server_get(upstream, "app", NULL, &addr);
    assert_int_equal(found->failures, 7);
    server_release(&kept);
    server_release(&found);
    found = server_get(upstream, "app", NULL, &addr);
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
    assert_non_null(server_get(upstream, "app", NULL, &a));
    assert_non_null(server_get(upstream, "app", NULL, &b));
    upstream_each(upstream, count_and_release);
    assert_int_equal(visited, 2);
    upstream_free(&upstream);
}

/* How many servers a word meant. */
static unsigned drained(struct upstream *upstream, const char *name, bool is_drained, uint64_t active) {
    struct upstream_meant meant;
    assert_true(upstream_drain(upstream, slice_text(name), is_drained, 7, &meant));
    assert_int_equal(meant.active, active);
    return meant.servers;
}

static void a_drain_means_its_server_only(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr addr = addr_of("127.0.0.1:8080");
    struct server *blue = server_get(upstream, "app", "blue", &addr);
    struct server *bluer = server_get(upstream, "app", "blue/1", &addr);
    struct server *other = server_get(upstream, "apple", "blue", &addr);
    struct server *busy = server_take(blue);
    assert_int_equal(drained(upstream, "app/blue", true, 1), 1);
    assert_true(blue->is_drained && !bluer->is_drained && !other->is_drained);
    assert_int_equal(drained(upstream, "app", true, 0), 0);
    assert_int_equal(drained(upstream, "app/", true, 0), 0);
    assert_int_equal(drained(upstream, "ap/blue", true, 0), 0);
    assert_int_equal(drained(upstream, "app/blu", true, 0), 0);
    assert_int_equal(drained(upstream, "app/blue", true, 1), 1);
    assert_int_equal(drained(upstream, "app/blue", false, 1), 1);
    assert_false(blue->is_drained);
    assert_int_equal(blue->back_ms, 7);
    server_drop(&busy);
    server_release(&blue);
    server_release(&bluer);
    server_release(&other);
    upstream_free(&upstream);
}

static void a_drain_waits_for_servers_that_come_later(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr addr = addr_of("127.0.0.1:8080");
    struct server *server = server_get(upstream, "app", NULL, &addr);
    assert_int_equal(drained(upstream, "app/127.0.0.1:8080", true, 0), 1);
    server_release(&server);
    server = server_get(upstream, "app", NULL, &addr);
    assert_true(server->is_drained);
    server_release(&server);
    assert_int_equal(drained(upstream, "app/127.0.0.1:8080", false, 0), 0);
    server = server_get(upstream, "app", NULL, &addr);
    assert_false(server->is_drained);
    server_release(&server);
    upstream_free(&upstream);
}

static void a_name_means_all_that_it_resolves_to(void **state) {
    (void)state;
    struct upstream *upstream = upstream_new();
    struct addr a = addr_of("10.0.0.1:80");
    struct addr b = addr_of("10.0.0.2:80");
    struct server *first = server_get_named(upstream, "app", "db.internal/10.0.0.1:80", "db.internal", &a);
    assert_int_equal(drained(upstream, "app/db.internal", true, 0), 1);
    struct server *second = server_get_named(upstream, "app", "db.internal/10.0.0.2:80", "db.internal", &b);
    assert_true(first->is_drained && second->is_drained);
    assert_int_equal(drained(upstream, "app/db.internal/10.0.0.1:80", true, 0), 1);
    assert_int_equal(drained(upstream, "app/db.internal", false, 0), 2);
    assert_true(first->is_drained && !second->is_drained);
    server_release(&first);
    server_release(&second);
    upstream_free(&upstream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_is_one_server),
        cmocka_unit_test(another_port_is_another_server),
        cmocka_unit_test(each_backend_has_its_own_servers),
        cmocka_unit_test(what_is_in_progress_is_counted_and_holds),
        cmocka_unit_test(state_lives_as_long_as_a_reference),
        cmocka_unit_test(a_visit_may_release),
        cmocka_unit_test(a_drain_means_its_server_only),
        cmocka_unit_test(a_drain_waits_for_servers_that_come_later),
        cmocka_unit_test(a_name_means_all_that_it_resolves_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
