/* Passwords against hashes that other programs made: openssl passwd -6, and crypt(3) itself. */
#include "policy/passwordhash.h"

#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The hash of a password in the form of `prefix`. */
static struct slice stored_as(const char *prefix, unsigned long cost, const char *password) {
    static struct crypt_data data;
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    assert_non_null(crypt_gensalt_rn(prefix, cost, "0123456789abcdef", 16, setting, (int)sizeof(setting)));
    const char *made = crypt_rn(password, setting, &data, (int)sizeof(data));
    assert_non_null(made);
    return slice_text(made);
}

static void only_the_password_matches(void **state) {
    (void)state;
    const struct {
        const char *prefix;
        unsigned long cost;
    } forms[] = {{"$y$", 1}, {"$y$", 3}, {"$2b$", 10}, {"$2y$", 10}, {"$6$", 5000}, {"$6$", 6000}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct slice stored = stored_as(forms[i].prefix, forms[i].cost, "open sesame");
        assert_int_equal(passwordhash_check(slice_text("open sesame"), stored), PASSWORDHASH_MATCHES);
        assert_int_equal(passwordhash_check(slice_text("open sesam"), stored), PASSWORDHASH_DIFFERS);
        assert_int_equal(passwordhash_check(slice_text(""), stored), PASSWORDHASH_DIFFERS);
    }
}

static void another_program_s_hash_matches(void **state) {
    (void)state;
    struct slice stored = slice_text("$6$kiyxfqJtAO.d1bXT$7ow80slFoC7YVf41ludUP3QlCdVgqeikdnxNnTTGWfdRYaAA"
                                     ".EiOdFqOC/fKSFRiBaxN5eHM3aqv8Ko88or.8/");
    assert_int_equal(passwordhash_check(slice_text("secret"), stored), PASSWORDHASH_MATCHES);
    assert_int_equal(passwordhash_check(slice_text("Secret"), stored), PASSWORDHASH_DIFFERS);
}

/* The library would stop at the zero byte, and at the 72nd. */
static void nothing_of_a_password_is_left_out(void **state) {
    (void)state;
    struct slice stored = stored_as("$6$", 5000, "open");
    assert_int_equal(passwordhash_check(slice_of("open\0sesame", 11), stored), PASSWORDHASH_DIFFERS);
    char long_one[100];
    memset(long_one, 'a', sizeof(long_one));
    long_one[72] = '\0';
    stored = stored_as("$2b$", 10, long_one);
    assert_int_equal(passwordhash_check(slice_text(long_one), stored), PASSWORDHASH_MATCHES);
    long_one[72] = 'b';
    assert_int_equal(passwordhash_check(slice_of(long_one, 73), stored), PASSWORDHASH_DIFFERS);
}

static void the_longest_password_is_calculated(void **state) {
    (void)state;
    char long_one[512];
    memset(long_one, 'a', sizeof(long_one) - 1);
    long_one[511] = '\0';
    struct slice stored = stored_as("$6$", 5000, long_one);
    assert_int_equal(passwordhash_check(slice_text(long_one), stored), PASSWORDHASH_MATCHES);
    assert_int_equal(passwordhash_check(slice_of(long_one, 510), stored), PASSWORDHASH_DIFFERS);
}

static void what_is_not_accepted_fails(void **state) {
    (void)state;
    struct slice weak = stored_as("$1$", 0, "secret");
    assert_int_equal(passwordhash_check(slice_text("secret"), weak), PASSWORDHASH_FAILED);
    assert_int_equal(passwordhash_check(slice_text("secret"), slice_text("secret")), PASSWORDHASH_FAILED);
    assert_int_equal(passwordhash_check(slice_text(""), slice_text("")), PASSWORDHASH_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_password_matches),         cmocka_unit_test(another_program_s_hash_matches),
        cmocka_unit_test(nothing_of_a_password_is_left_out), cmocka_unit_test(the_longest_password_is_calculated),
        cmocka_unit_test(what_is_not_accepted_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
