/* Tests of policy/valuelist: what is a value, where it is, and what is none. */
#include "policy/valuelist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(struct valuelist *list, const char *text, unsigned line, unsigned column) {
    struct valuelist_value value;
    const char *complaint;
    assert_int_equal(valuelist_next(list, &value, &complaint), VALUELIST_VALUE);
    assert_true(slice_equal(value.text, slice_text(text)));
    assert_int_equal(value.line, line);
    assert_int_equal(value.column, column);
}

static void expect_end(struct valuelist *list) {
    struct valuelist_value value;
    const char *complaint;
    assert_int_equal(valuelist_next(list, &value, &complaint), VALUELIST_END);
}

static void refuses(struct slice bytes, unsigned line, const char *expected) {
    struct valuelist list;
    struct valuelist_value value;
    const char *complaint;
    enum valuelist_status status;
    valuelist_init(&list, bytes);
    do
        status = valuelist_next(&list, &value, &complaint);
    while (status == VALUELIST_VALUE);
    assert_int_equal(status, VALUELIST_BAD);
    assert_int_equal(value.line, line);
    assert_string_equal(complaint, expected);
}

static void values_have_their_places(void **state) {
    (void)state;
    struct valuelist list;
    valuelist_init(&list, slice_text("# people\nalice\n\n  bob \t\r\n\t# gone\nTeam #1\nlast"));
    expect(&list, "alice", 2, 1);
    expect(&list, "bob", 4, 3);
    expect(&list, "Team #1", 6, 1);
    expect(&list, "last", 7, 1);
    expect_end(&list);
    expect_end(&list);
}

static void nothing_but_comments_is_nothing(void **state) {
    (void)state;
    struct valuelist list;
    valuelist_init(&list, slice_text("\n# nobody\n  \n"));
    expect_end(&list);
}

static void what_would_never_match_is_refused(void **state) {
    (void)state;
    static uint8_t lengthy[VALUELIST_VALUE_MAX + 1];
    memset(lengthy, 'a', sizeof lengthy);
    refuses(slice_text("a\nb\x01\n"), 2, "the value has a control character or a tab");
    refuses(slice_text("a b\nc\td\n"), 2, "the value has a control character or a tab");
    refuses(slice_of("a\0b", 3), 1, "the value has a control character or a tab");
    refuses(slice_text("a\rb\n"), 1, "the value has a control character or a tab");
    refuses(slice_text("\xff\n"), 1, "the line is not UTF-8");
    refuses(slice_text("\xef\xbb\xbf"
                       "a\n"),
            1, "the line begins with a byte order mark: save the file without it");
    refuses(slice_of(lengthy, sizeof lengthy), 1, "the line is longer than 4096 bytes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_their_places),
        cmocka_unit_test(nothing_but_comments_is_nothing),
        cmocka_unit_test(what_would_never_match_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
