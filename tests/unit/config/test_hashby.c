/* Four forms, and nothing else. */
#include "config/hashby.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(const char *text, enum hashby_what what, const char *name) {
    struct hashby by;
    assert_true(hashby_read(text, &by));
    assert_int_equal(by.what, what);
    if (name)
        assert_string_equal(by.name, name);
    else
        assert_null(by.name);
}

static void the_four_forms_are_read(void **state) {
    (void)state;
    expect("address", HASHBY_ADDRESS, NULL);
    expect("fingerprint", HASHBY_FINGERPRINT, NULL);
    expect("header X-User", HASHBY_HEADER, "X-User");
    expect("cookie session", HASHBY_COOKIE, "session");
}

static void nothing_else_is(void **state) {
    (void)state;
    static const char *const wrong[] = {"",       "Address", "address x", "header",         "header ", "header  X",
                                        "cookie", "cookie ", "cookie a;", "header X-User ", "uri",     "cookie\ta"};
    struct hashby by;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (hashby_read(wrong[i], &by))
            fail_msg("\"%s\" was read", wrong[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_forms_are_read),
        cmocka_unit_test(nothing_else_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
