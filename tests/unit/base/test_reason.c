/* Every row of the table of reasons holds to the rules that its readers (log, counters, pages, alerts) rely on. */
#include "base/reason.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void labels_are_unique_words(void **state) {
    (void)state;
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        const char *label = reason_row((enum reason)i)->label;
        assert_true(islower((unsigned char)label[0]));
        for (const char *at = label; *at != '\0'; at++)
            assert_true(islower((unsigned char)*at) || isdigit((unsigned char)*at) || *at == '-');
        assert_int_equal(reason_find(slice_text(label)), i);
    }
}

static void unknown_labels_are_not_found(void **state) {
    (void)state;
    assert_int_equal(reason_find(slice_text("")), REASON_COUNT);
    assert_int_equal(reason_find(slice_text("None")), REASON_COUNT);
    assert_int_equal(reason_find(slice_text("no-such-reason")), REASON_COUNT);
}

static void nothing_is_the_first(void **state) {
    (void)state;
    assert_int_equal(REASON_NONE, 0);
    assert_string_equal(reason_row(REASON_NONE)->label, "none");
}

static void statuses_are_refusals(void **state) {
    (void)state;
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        unsigned status = reason_row((enum reason)i)->status;
        assert_true(status == 0 || (status >= 400 && status <= 599));
    }
}

static void sentences_are_sentences(void **state) {
    (void)state;
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        const struct reason_row *row = reason_row((enum reason)i);
        assert_true(slice_ends(slice_text(row->sentence), slice_text(".")));
        assert_int_equal(slice_find(slice_text(row->sentence), '|'), -1);
        assert_int_equal(slice_find(slice_text(row->remedy), '|'), -1);
    }
}

static void only_the_backend_is_tried_again(void **state) {
    (void)state;
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        const struct reason_row *row = reason_row((enum reason)i);
        assert_true(row->retry == REASON_RETRY_NO || row->fault == REASON_FAULT_BACKEND);
    }
}

static void page_has_a_line_for_each(void **state) {
    (void)state;
    struct buf page;
    buf_init(&page, 1 << 20);
    assert_true(reason_print_markdown(&page));
    struct slice rest = buf_view(&page);
    assert_true(slice_starts(rest, slice_text("# Reasons\n")));
    unsigned rows = 0;
    for (ptrdiff_t end; (end = slice_find(rest, '\n')) >= 0; rest = slice_sub(rest, (size_t)end + 1, rest.len))
        rows += slice_starts(rest, slice_text("| `"));
    assert_int_equal(rows, REASON_COUNT);
    buf_fini(&page);
}

static void page_that_does_not_fit_is_an_error(void **state) {
    (void)state;
    struct buf page;
    buf_init(&page, 1000);
    assert_false(reason_print_markdown(&page));
    buf_fini(&page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_unique_words),  cmocka_unit_test(unknown_labels_are_not_found),
        cmocka_unit_test(nothing_is_the_first),     cmocka_unit_test(statuses_are_refusals),
        cmocka_unit_test(sentences_are_sentences),  cmocka_unit_test(only_the_backend_is_tried_again),
        cmocka_unit_test(page_has_a_line_for_each), cmocka_unit_test(page_that_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
