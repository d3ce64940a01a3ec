/* Errors for a person: the place, the bounds, and hostile text in the sentence. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct error_place nowhere = {.file = NULL};

static void assert_prints(struct error_place place, const char *expected) {
    struct error error;
    error_set(&error, place, "It is %s.", "wrong");
    struct buf to;
    buf_init(&to, 1000);
    assert_true(error_print(&error, &to));
    assert_true(slice_equal(buf_view(&to), slice_text(expected)));
    buf_fini(&to);
}

static void place_is_printed_as_far_as_known(void **state) {
    (void)state;
    assert_prints((struct error_place){"a.yaml", 3, 7}, "a.yaml:3:7: It is wrong.\n");
    assert_prints((struct error_place){"a.yaml", 3, 0}, "a.yaml:3: It is wrong.\n");
    assert_prints((struct error_place){"a.yaml", 0, 7}, "a.yaml: It is wrong.\n");
    assert_prints((struct error_place){NULL, 3, 7}, "It is wrong.\n");
}

static void hostile_text_cannot_forge_a_line(void **state) {
    (void)state;
    struct error error;
    error_set(&error, (struct error_place){"a\nb", 1, 1}, "No host \"%s\".", "x\r\nall is well\x1b[2J\xff");
    assert_string_equal(error.sentence, "No host \"x??all is well?[2J?\".");
    assert_string_equal(error.file, "a?b");
}

static void long_text_is_cut_to_whole_characters(void **state) {
    (void)state;
    char text[2001] = {0};
    for (size_t i = 0; i < 2000; i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    struct error error;
    error_set(&error, (struct error_place){text, 1, 1}, "%s", text);
    assert_int_equal(strlen(error.sentence), ERROR_SENTENCE_MAX - 1);
    assert_int_equal(error.sentence[ERROR_SENTENCE_MAX - 2], '?');
    assert_int_equal(strlen(error.file), sizeof(error.file) - 1);
}

static void add_keeps_the_order_and_says_false(void **state) {
    (void)state;
    struct error_list list;
    error_list_init(&list);
    assert_false(error_add(&list, nowhere, "one"));
    assert_false(error_add(&list, nowhere, "two"));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].sentence, "one");
    assert_string_equal(list.items[1].sentence, "two");
    error_list_fini(&list);
    assert_int_equal(list.count, 0);
    error_list_fini(&list);
}

static void list_is_bounded_and_says_how_many_more(void **state) {
    (void)state;
    struct error_list list;
    error_list_init(&list);
    for (int i = 0; i < ERROR_LIST_MAX + 7; i++)
        assert_false(error_add(&list, nowhere, "number %d", i));
    assert_int_equal(list.count, ERROR_LIST_MAX);
    assert_int_equal(list.total, ERROR_LIST_MAX + 7);
    struct buf to;
    buf_init(&to, 100000);
    assert_true(error_list_print(&list, &to));
    assert_true(slice_starts(buf_view(&to), slice_text("number 0\nnumber 1\n")));
    assert_true(slice_ends(buf_view(&to), slice_text("number 99\n… and 7 more\n")));
    buf_fini(&to);
    error_list_fini(&list);
}

static void print_into_a_full_buffer_fails_whole(void **state) {
    (void)state;
    struct error error;
    error_set(&error, (struct error_place){"a.yaml", 1, 1}, "Something is wrong here.");
    struct buf to;
    buf_init(&to, 20);
    assert_false(error_print(&error, &to));
    assert_int_equal(buf_len(&to), 0);
    buf_fini(&to);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(place_is_printed_as_far_as_known),
        cmocka_unit_test(hostile_text_cannot_forge_a_line),
        cmocka_unit_test(long_text_is_cut_to_whole_characters),
        cmocka_unit_test(add_keeps_the_order_and_says_false),
        cmocka_unit_test(list_is_bounded_and_says_how_many_more),
        cmocka_unit_test(print_into_a_full_buffer_fails_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
