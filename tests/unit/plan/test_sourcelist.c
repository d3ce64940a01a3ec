/* Sources are gathered once each, documents are found by their names, and hosts of URLs are allowed. */
#include "plan/sourcelist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;
static struct sourcelist list;
static struct buf bytes;

static int set_up(void **state) {
    (void)state;
    arena_init(&arena, 65536, 16 << 20);
    sourcelist_init(&list, &arena);
    buf_init(&bytes, SOURCE_LIST_BYTES_MAX);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_fini(&arena);
    buf_fini(&bytes);
    return 0;
}

static struct source *add(const char *url, int64_t interval_ms) {
    const struct source source = {.kind = SOURCE_URL,
                                  .name = slice_text(url),
                                  .request = {.url = slice_text(url), .max_bytes = 10, .limit_ms = 10},
                                  .interval_ms = interval_ms};
    return sourcelist_add(&list, &source);
}

static void one_name_is_one_source_with_the_shorter_interval(void **state) {
    (void)state;
    struct source *first = add("http://a/x", 60);
    assert_ptr_equal(add("http://a/x", 30), first);
    assert_ptr_equal(add("http://a/x", 90), first);
    assert_int_equal(first->interval_ms, 30);
    assert_ptr_not_equal(add("http://a/y", 90), first);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.host_count, 1);
    assert_true(slice_equal(list.hosts[0], slice_text("a:80")));
}

static void no_more_than_the_maximum(void **state) {
    (void)state;
    char url[32];
    for (unsigned i = 0; i < SOURCE_MAX; i++) {
        snprintf(url, sizeof(url), "http://a/%u", i);
        assert_non_null(add(url, 1));
    }
    assert_null(add("http://a/more", 1));
    assert_non_null(add("http://a/7", 1));
    assert_true(sourcelist_write(&list, &bytes));
}

static void url_that_is_not_dialled_is_no_source(void **state) {
    (void)state;
    assert_null(add("http://user@a/", 1));
    assert_int_equal(list.host_count, 0);
}

static void documents_are_found_by_name(void **state) {
    (void)state;
    const struct sourcelist_document former = {.name = slice_text("n"), .former = slice_text("old")};
    const struct sourcelist_document fresh = {.name = slice_text("n"), .fresh = slice_text("new")};
    assert_true(sourcelist_add_document(&list, &former) && sourcelist_add_document(&list, &fresh));
    struct sourcelist_document found = sourcelist_document(&list, slice_text("n"));
    assert_true(slice_equal(found.former, slice_text("old")) && slice_equal(found.fresh, slice_text("new")));
    found = sourcelist_document(&list, slice_text("m"));
    assert_int_equal(found.former.len + found.fresh.len, 0);
}

static void what_is_written_is_read_by_the_supervisor(void **state) {
    (void)state;
    struct wire_in in;
    struct source got;
    struct source *source = add("http://a/x", 60);
    sourcelist_judge(&list, source, SOURCE_VERDICT_REFUSED, "It went back.");
    assert_true(sourcelist_write(&list, &bytes));
    wire_in_init(&in, buf_view(&bytes));
    source_get(&got, &in);
    assert_true(wire_in_done(&in));
    assert_true(slice_equal(got.why, slice_text("It went back.")));
    buf_consume(&bytes, buf_len(&bytes));
    assert_true(sourcelist_allow(&list, slice_text("b")) && sourcelist_allow(&list, slice_text("b")));
    assert_true(sourcelist_write_hosts(&list, &bytes));
    wire_in_init(&in, buf_view(&bytes));
    assert_true(slice_equal(wire_get_bytes(&in, 99), slice_text("a:80")));
    assert_true(slice_equal(wire_get_bytes(&in, 99), slice_text("b")));
    assert_true(wire_in_done(&in));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_name_is_one_source_with_the_shorter_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_than_the_maximum, set_up, tear_down),
        cmocka_unit_test_setup_teardown(url_that_is_not_dialled_is_no_source, set_up, tear_down),
        cmocka_unit_test_setup_teardown(documents_are_found_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_is_read_by_the_supervisor, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
