/* Tests of plan/alpnindex: protocols in the operator's order, names before any name. */
#include "plan/alpnindex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;
static struct alpnindex index_of_test;
static int for_db, for_wild, for_any, for_h2;

/* As in a ClientHello: each name with its length before it. */
#define H2       "\x02h2"
#define POSTGRES "\x0apostgresql"
#define ACME                                                                                                           \
    "\x0a"                                                                                                             \
    "acme-tls/1"

static int set_up(void **state) {
    static const char *const db[] = {"db.example.com", "other.example"};
    static const char *const wild[] = {"*.example.com"};
    (void)state;
    arena_init(&arena, 4096, 65536);
    return !alpnindex_init(&index_of_test, &arena, 4) || !alpnindex_set(&index_of_test, "postgresql", db, 2, &for_db) ||
        !alpnindex_set(&index_of_test, "acme-tls/1", NULL, 0, &for_any) ||
        !alpnindex_set(&index_of_test, "h2", db, 1, &for_h2) ||
        !alpnindex_set(&index_of_test, "postgresql", wild, 1, &for_wild);
}

static int tear_down(void **state) {
    (void)state;
    alpnindex_fini(&index_of_test);
    arena_fini(&arena);
    return 0;
}

static const void *find(const char *offered, const char *name) {
    return alpnindex_find(&index_of_test, slice_text(offered), slice_text(name));
}

static void names_count_before_any_name(void **state) {
    (void)state;
    assert_ptr_equal(find(POSTGRES, "db.example.com"), &for_db);
    assert_ptr_equal(find(POSTGRES, "other.example"), &for_db);
    assert_ptr_equal(find(POSTGRES, "b.example.com"), &for_wild);
    assert_null(find(POSTGRES, "a.b.example.com"));
    assert_ptr_equal(find(ACME, "db.example.com"), &for_any);
    assert_ptr_equal(find(ACME, ""), &for_any);
    assert_ptr_equal(find(ACME H2, "db.example.com"), &for_h2);
    assert_ptr_equal(find(H2 ACME, "b.example.com"), &for_any);
}

static void the_operator_s_order_decides(void **state) {
    (void)state;
    assert_ptr_equal(find(H2 POSTGRES, "db.example.com"), &for_db);
    assert_ptr_equal(find(POSTGRES H2, "db.example.com"), &for_db);
}

static void who_offers_nothing_known_is_nobody(void **state) {
    (void)state;
    assert_null(find("", "db.example.com"));
    assert_null(find("\x03h2c", "db.example.com"));
    assert_null(find("\x01h", "db.example.com"));
    assert_null(find(H2, ""));
    assert_null(find(POSTGRES, ""));
}

static void without_protocols_there_is_nothing(void **state) {
    struct alpnindex empty;
    (void)state;
    assert_true(alpnindex_init(&empty, &arena, 0));
    assert_null(alpnindex_find(&empty, slice_text(H2), slice_text("db.example.com")));
    alpnindex_fini(&empty);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_count_before_any_name),
        cmocka_unit_test(the_operator_s_order_decides),
        cmocka_unit_test(who_offers_nothing_known_is_nobody),
        cmocka_unit_test(without_protocols_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
