/* A cookie is found by its name, wherever it stands and however the others look. */
#include "http/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(const char *const *fields, const char *name, const char *value) {
    struct http_field room[4];
    struct http_message request;
    http_message_init(&request, room, 4);
    assert_true(http_message_add(&request, slice_text("Accept"), slice_text("id=no"), 0));
    for (; *fields; fields++)
        assert_true(http_message_add(&request, slice_text("Cookie"), slice_text(*fields), 0));
    struct slice found = cookie_find(&request, slice_text(name));
    if (!slice_equal(found, slice_text(value)))
        fail_msg("found \"%.*s\" instead of \"%s\"", (int)found.len, (const char *)found.data, value);
}

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void finds_a_cookie_by_its_name(void **state) {
    (void)state;
    expect(FIELDS("id=1"), "id", "1");
    expect(FIELDS("a=0; id=1; b=2"), "id", "1");
    expect(FIELDS("a=0;id=1;b=2"), "id", "1");
    expect(FIELDS("a=0; \tid = 1 ;b=2"), "id", "1");
    expect(FIELDS("a=0", "b=2; id=1"), "id", "1");
    expect(FIELDS("id=\"x y\""), "id", "x y");
    expect(FIELDS("id=a=b"), "id", "a=b");
}

static void takes_the_first_of_two(void **state) {
    (void)state;
    expect(FIELDS("id=1; id=2"), "id", "1");
    expect(FIELDS("id=; id=2"), "id", "");
}

static void finds_nothing_else(void **state) {
    (void)state;
    expect((const char *const[]){NULL}, "id", "");
    expect(FIELDS(""), "id", "");
    expect(FIELDS(";;; ; ="), "id", "");
    expect(FIELDS("id"), "id", "");
    expect(FIELDS("Id=1; xid=2; idx=3; =4"), "id", "");
    expect(FIELDS("a=id=1"), "id", "");
    expect(FIELDS("id=\""), "id", "\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_cookie_by_its_name),
        cmocka_unit_test(takes_the_first_of_two),
        cmocka_unit_test(finds_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
