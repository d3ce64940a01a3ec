/* The table of messages is sound, and prints as a document. */
#include "ipc/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void supervisor_is_one_end_of_every_row(void **state) {
    (void)state;
    for (unsigned i = 0; i < CATALOG_COUNT; i++) {
        const struct catalog_row *row = catalog_row(i);
        assert_true((row->from == CATALOG_ROLE_SUPERVISOR) != (row->to == CATALOG_ROLE_SUPERVISOR));
        assert_true(row->bytes <= CATALOG_BYTES_MAX);
        assert_true(row->fds <= CATALOG_FDS_MAX);
    }
}

static void workers_pass_no_descriptors_and_control_one(void **state) {
    (void)state;
    for (unsigned i = 0; i < CATALOG_COUNT; i++) {
        const struct catalog_row *row = catalog_row(i);
        bool passes = row->fds > 0;
        assert_false(passes && row->from == CATALOG_ROLE_WORKER);
        assert_true(!passes || row->from != CATALOG_ROLE_CONTROL || i == CATALOG_DENY_INDEX);
    }
}

static void text_of_the_longest_fits(void **state) {
    (void)state;
    assert_true(catalog_row(CATALOG_NOT_COMPILED)->bytes >= CATALOG_TEXT_MAX + 4);
    assert_true(catalog_row(CATALOG_REFUSED)->bytes >= CATALOG_TEXT_MAX + 12);
    assert_true(catalog_row(CATALOG_RELOADED)->bytes >= CATALOG_TEXT_MAX + 9);
}

static void document_has_a_line_for_each(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, 1 << 20);
    assert_true(catalog_print_markdown(&text));
    for (unsigned i = 0; i < CATALOG_COUNT; i++) {
        struct slice view = buf_view(&text);
        const char *label = catalog_row(i)->label;
        assert_non_null(memmem(view.data, view.len, label, strlen(label)));
    }
    buf_fini(&text);
}

static void document_without_room_fails(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, 900);
    assert_false(catalog_print_markdown(&text));
    buf_fini(&text);
    buf_init(&text, 10);
    assert_false(catalog_print_markdown(&text));
    buf_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(supervisor_is_one_end_of_every_row),
        cmocka_unit_test(workers_pass_no_descriptors_and_control_one),
        cmocka_unit_test(text_of_the_longest_fits),
        cmocka_unit_test(document_has_a_line_for_each),
        cmocka_unit_test(document_without_room_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
