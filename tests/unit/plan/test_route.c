/* Tests of plan/route: the normal form of paths, what is ambiguous, and which route is the first. */
#include "plan/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void reads(const char *path, const char *expected) {
    struct route_path normal;
    if (!route_path_read(slice_text(path), &normal))
        fail_msg("%s is refused", path);
    if (!slice_equal(slice_of(normal.bytes, normal.len), slice_text(expected)))
        fail_msg("%s becomes %.*s", path, (int)normal.len, normal.bytes);
}

static void paths_become_what_a_backend_acts_on(void **state) {
    (void)state;
    reads("/", "/");
    reads("", "/");
    reads("?x=/../", "/");
    reads("*", "");
    reads("/admin/x?q=//..%2f", "/admin/x");
    reads("/%61dm%69n/", "/admin/");
    reads("/%41", "/A");
    reads("/a%20b", "/a b");
    reads("/a;v=1/b;c", "/a/b");
    reads("/a/;x", "/a/");
    reads("/...", "/...");
    reads("/.well-known/x", "/.well-known/x");
    reads("/a..b/.c./", "/a..b/.c./");
    reads("/%E2%82%AC", "/\xe2\x82\xac");
    reads("/100%25", "/100%");
}

static void paths_that_backends_differ_about_are_refused(void **state) {
    (void)state;
    const char *paths[] = {
        "admin",      "//",       "//admin",     "/a//b",         "/a/../admin", "/a/..",       "/..",
        "/.",         "/./admin", "/a/%2e%2e/b", "/a/.%2E/b",     "/%2e",        "/a/..;/b",    "/a/.;x/b",
        "/;x/admin",  "/a%2fb",   "/a%2Fb",      "/a%5cb",        "/a\\b",       "/a%00",       "/a%0a",
        "/a%7f",      "/a%",      "/a%2",        "/a%zz",         "/a%3bb",      "/%252e%252e", "/a%252fb",
        "/%c0%ae/",   "/%c1%81",  "/%e0%80%ae",  "/%f0%80%80%ae", "/a b",        "/a#b",        "/a\tb",
        "http://x/a", "\\admin",  "/a/%2e./b",
    };
    struct route_path normal;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (route_path_read(slice_text(paths[i]), &normal))
            fail_msg("%s is read", paths[i]);
    }
    assert_false(route_path_read(slice_of("/a\0b", 4), &normal));
}

static void long_paths_are_checked_to_their_end(void **state) {
    (void)state;
    static char path[8192];
    struct route_path normal;
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    assert_true(route_path_read(slice_of(path, sizeof(path)), &normal));
    assert_int_equal(normal.len, sizeof(path));
    assert_true(route_path_has(&normal, slice_of(path, 1) /* "/" */));
    assert_false(route_path_has(&normal, slice_of(path, ROUTE_PREFIX_MAX)));
    memcpy(path + sizeof(path) - 3, "/..", 3);
    assert_false(route_path_read(slice_of(path, sizeof(path)), &normal));
}

static bool has(const char *path, const char *prefix) {
    struct route_path normal;
    assert_true(route_path_read(slice_text(path), &normal));
    return route_path_has(&normal, slice_text(prefix));
}

static void prefixes_end_at_segments(void **state) {
    (void)state;
    assert_true(has("/admin", "/admin"));
    assert_true(has("/admin/", "/admin"));
    assert_true(has("/admin/x", "/admin"));
    assert_true(has("/admin;x", "/admin"));
    assert_true(has("/admin?x", "/admin"));
    assert_false(has("/administrator", "/admin"));
    assert_false(has("/Admin", "/admin"));
    assert_false(has("/admi", "/admin"));
    assert_true(has("/admin/", "/admin/"));
    assert_true(has("/admin/x", "/admin/"));
    assert_false(has("/admin", "/admin/"));
    assert_true(has("/anything", "/"));
    assert_false(has("*", "/"));
}

struct fixture {
    struct arena arena;
    struct route_table table;
};

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    arena_init(&fixture->arena, 4096, 16 << 20);
    route_table_init(&fixture->table);
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    route_table_fini(&fixture->table);
    arena_fini(&fixture->arena);
    free(fixture);
    return 0;
}

static void add(struct fixture *fixture, const char *host, const char *path, size_t number) {
    assert_true(route_table_add(&fixture->table, &fixture->arena, host, path, number));
}

/* The number found, or -1 for NONE, -2 for AMBIGUOUS. */
static int find(struct fixture *fixture, const char *host, const char *path) {
    size_t number = 0;
    switch (route_table_find(&fixture->table, slice_text(host), slice_text(path), &number)) {
    case ROUTE_FOUND:
        return (int)number;
    case ROUTE_NONE:
        return -1;
    case ROUTE_AMBIGUOUS:
        break;
    }
    return -2;
}

static void the_first_route_in_order_wins_whatever_its_host(void **state) {
    struct fixture *fixture = *state;
    add(fixture, "a.example.com", "/x/", 0);
    add(fixture, NULL, "/y/", 1);
    add(fixture, "*.example.com", NULL, 2);
    add(fixture, "a.example.com", NULL, 3);
    add(fixture, "b.other", "/", 4);
    assert_int_equal(find(fixture, "a.example.com", "/x/1"), 0);
    assert_int_equal(find(fixture, "a.example.com", "/y/1"), 1);
    assert_int_equal(find(fixture, "a.example.com", "/z"), 2);
    assert_int_equal(find(fixture, "q.example.com", "/x/1"), 2);
    assert_int_equal(find(fixture, "a.b.example.com", "/x/1"), -1);
    assert_int_equal(find(fixture, "b.other", "/y/"), 1);
    assert_int_equal(find(fixture, "b.other", "/z"), 4);
    assert_int_equal(find(fixture, "", "/y/"), 1);
    assert_int_equal(find(fixture, "", "/z"), -1);
}

static void ambiguous_paths_are_refused_only_where_prefixes_matter(void **state) {
    struct fixture *fixture = *state;
    add(fixture, NULL, NULL, 0);
    assert_int_equal(find(fixture, "a", "/x/../y"), 0);
    add(fixture, "b", "/admin", 1);
    assert_int_equal(find(fixture, "a", "/x/../y"), -2);
    assert_int_equal(find(fixture, "a", "/x/y"), 0);
}

static void no_routes_match_nothing(void **state) {
    assert_int_equal(find(*state, "a", "/"), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_become_what_a_backend_acts_on),
        cmocka_unit_test(paths_that_backends_differ_about_are_refused),
        cmocka_unit_test(long_paths_are_checked_to_their_end),
        cmocka_unit_test(prefixes_end_at_segments),
        cmocka_unit_test_setup_teardown(the_first_route_in_order_wins_whatever_its_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ambiguous_paths_are_refused_only_where_prefixes_matter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_routes_match_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
