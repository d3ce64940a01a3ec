/* Credentials of the scheme Basic: what is read, what is somebody else's, what is malformed and leaves nothing. */
#include "policy/passwordbasic.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct passwordbasic read_credentials;

static enum passwordbasic_status read_value(const char *value) {
    return passwordbasic_read(slice_text(value), &read_credentials);
}

/* "Basic" and the base64 of these bytes. */
static enum passwordbasic_status read_bytes(const void *bytes, size_t len) {
    char value[2048] = "Basic ";
    text_base64(value + 6, slice_of(bytes, len));
    value[6 + text_base64_len(len)] = '\0';
    return read_value(value);
}

static bool is(struct slice text, const char *expected) {
    return slice_equal(text, slice_text(expected));
}

/* The example of RFC 7617 section 2, and its second one, in UTF-8. */
static void the_standard_s_examples_are_read(void **state) {
    (void)state;
    assert_int_equal(read_value("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), PASSWORDBASIC_GOOD);
    assert_true(is(read_credentials.user, "Aladdin"));
    assert_true(is(read_credentials.password, "open sesame"));
    assert_int_equal(read_value("bAsIc   dGVzdDoxMjPCow== "), PASSWORDBASIC_GOOD);
    assert_true(is(read_credentials.user, "test"));
    assert_true(is(read_credentials.password, "123\xc2\xa3"));
}

static void the_first_colon_splits(void **state) {
    (void)state;
    assert_int_equal(read_bytes("a:b:c", 5), PASSWORDBASIC_GOOD);
    assert_true(is(read_credentials.user, "a"));
    assert_true(is(read_credentials.password, "b:c"));
    assert_int_equal(read_bytes("a:", 2), PASSWORDBASIC_GOOD);
    assert_int_equal(read_credentials.password.len, 0);
}

static void other_schemes_are_not_ours(void **state) {
    (void)state;
    assert_int_equal(read_value(""), PASSWORDBASIC_OTHER);
    assert_int_equal(read_value("Bearer QWxhZGRpbg=="), PASSWORDBASIC_OTHER);
    assert_int_equal(read_value("Basically QWxhZGRpbg=="), PASSWORDBASIC_OTHER);
    assert_int_equal(read_value("Basi"), PASSWORDBASIC_OTHER);
}

static void malformed_credentials_leave_nothing(void **state) {
    (void)state;
    static const char *const bad[] = {
        "Basic",
        "Basic ",
        "Basic QWxhZGRpbg==",               /* no colon */
        "Basic OnBhc3N3b3Jk",               /* no user */
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", /* no padding */
        "Basic QWxhZGRpbjpvcGVu IHNlc2FtZQ==",
        "Basic !!!!",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==,",
    };
    static const struct passwordbasic nothing;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(read_value(bad[i]), PASSWORDBASIC_MALFORMED);
        assert_memory_equal(&read_credentials, &nothing, sizeof(nothing));
    }
}

static void control_characters_are_malformed(void **state) {
    (void)state;
    assert_int_equal(read_bytes("us\0er:password", 14), PASSWORDBASIC_MALFORMED);
    assert_int_equal(read_bytes("user:pass\0word", 14), PASSWORDBASIC_MALFORMED);
    assert_int_equal(read_bytes("user:pass\nword", 14), PASSWORDBASIC_MALFORMED);
    assert_int_equal(read_bytes("us\x7f"
                                "er:password",
                                14),
                     PASSWORDBASIC_MALFORMED);
}

static void lengths_have_maxima(void **state) {
    (void)state;
    char text[1024];
    memset(text, 'a', sizeof(text));
    text[PASSWORDBASIC_USER_MAX] = ':';
    assert_int_equal(read_bytes(text, PASSWORDBASIC_USER_MAX + 1 + PASSWORDBASIC_PASSWORD_MAX), PASSWORDBASIC_GOOD);
    assert_int_equal(read_credentials.user.len, PASSWORDBASIC_USER_MAX);
    assert_int_equal(read_credentials.password.len, PASSWORDBASIC_PASSWORD_MAX);
    assert_int_equal(read_bytes(text, PASSWORDBASIC_USER_MAX + 2 + PASSWORDBASIC_PASSWORD_MAX),
                     PASSWORDBASIC_MALFORMED);
    memset(text, 'a', sizeof(text));
    text[PASSWORDBASIC_USER_MAX + 1] = ':';
    assert_int_equal(read_bytes(text, PASSWORDBASIC_USER_MAX + 10), PASSWORDBASIC_MALFORMED);
    text[PASSWORDBASIC_USER_MAX + 1] = 'a';
    text[5] = ':';
    assert_int_equal(read_bytes(text, 6 + PASSWORDBASIC_PASSWORD_MAX + 1), PASSWORDBASIC_MALFORMED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standard_s_examples_are_read), cmocka_unit_test(the_first_colon_splits),
        cmocka_unit_test(other_schemes_are_not_ours),       cmocka_unit_test(malformed_credentials_leave_nothing),
        cmocka_unit_test(control_characters_are_malformed), cmocka_unit_test(lengths_have_maxima),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
