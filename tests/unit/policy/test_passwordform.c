/* Which stored passwords are strong enough, and what is said of the others. */
#include "policy/passwordform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define BCRYPT_TAIL   "KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2"
#define SHA512_TAIL   "K4v3HcZ8yAmpRfxML6S46NCcqy9r4/KdbQpFvqSWsBf4dgySOEOo1DHJTrmn2BsJK2aNmPN8Tfb826D2o9.z51"
#define YESCRYPT_TAIL "wlUhTDUqAryQnsZkFoU5UZ6UStBlZ4Z8j4gtdFPQVn4"

static void strong_forms_are_accepted(void **state) {
    (void)state;
    static const char *const good[] = {
        "$2b$10$" BCRYPT_TAIL,
        "$2y$13$" BCRYPT_TAIL,
        "$6$abc$" SHA512_TAIL,
        "$6$rounds=500000$0123456789abcdef$" SHA512_TAIL,
        "$6$$" SHA512_TAIL,
        "$y$j75$k2XAnEHBqQ1Ct2aMXFKNa/$" YESCRYPT_TAIL,
        "$y$jCT$k2XAnEHBqQ1Ct2aMXFKNa/$" YESCRYPT_TAIL,
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_null(passwordform_fault(slice_text(good[i])));
}

static void refused(const char *stored, const char *word) {
    const char *fault = passwordform_fault(slice_text(stored));
    assert_non_null(fault);
    if (strstr(fault, word) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", stored, fault, word);
}

static void weak_forms_are_named(void **state) {
    (void)state;
    refused("$apr1$saltsalt$P7hR0jj3zZ3p0pqW5Zz1E1", "apr1");
    refused("$1$saltsalt$P7hR0jj3zZ3p0pqW5Zz1E1", "MD5");
    refused("$5$salt$Gcm6FsVtF/Qa77ZKD.iwsJlCVPY0XSMgLJL0Hnww/c1", "SHA-256");
    refused("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "SHA-1");
    refused("{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "directory");
    refused("rqXexS6ZhobKA", "DES");
    refused("secret", "plain");
    refused("", "plain");
    refused("$2a$12$" BCRYPT_TAIL, "$2a$");
    refused("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "argon2");
    refused("$gy$j9T$salt$hash", "not known");
}

static void every_fault_says_what_to_do(void **state) {
    (void)state;
    static const char *const bad[] = {"secret", "$apr1$a$b", ("$2b$05$" BCRYPT_TAIL), "$6$x", "$y$x", "$7$x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refused(bad[i], "make one with `");
}

static void cost_has_bounds(void **state) {
    (void)state;
    refused("$2y$05$" BCRYPT_TAIL, "below 10");
    refused("$2y$14$" BCRYPT_TAIL, "above 13");
    refused("$2y$31$" BCRYPT_TAIL, "above 13");
    refused("$6$rounds=4999$abc$" SHA512_TAIL, "rounds");
    refused("$6$rounds=999999999$abc$" SHA512_TAIL, "rounds");
    refused("$y$jDT$k2XAnEHBqQ1Ct2aMXFKNa/$" YESCRYPT_TAIL, "cost");
    refused("$y$/.5$k2XAnEHBqQ1Ct2aMXFKNa/$" YESCRYPT_TAIL, "cost");
}

static void what_is_cut_or_altered_is_malformed(void **state) {
    (void)state;
    refused("$2b$10$KBCwKxOzLha2MUDgW0PjXe", "malformed");
    refused("$2b$1$" BCRYPT_TAIL, "malformed");
    refused("$2b$10" BCRYPT_TAIL, "malformed");
    refused("$2b$10$" BCRYPT_TAIL "x", "malformed");
    refused("$2b$10$"
            "KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiy$2",
            "malformed");
    refused("$6$rounds=5000", "malformed");
    refused("$6$rounds=$abc$" SHA512_TAIL, "malformed");
    refused("$6$rounds=05000$abc$" SHA512_TAIL, "malformed");
    refused("$6$0123456789abcdefg$" SHA512_TAIL, "malformed");
    refused("$6$abc$short", "malformed");
    refused("$6$a c$" SHA512_TAIL, "malformed");
    refused("$y$j9T$$" YESCRYPT_TAIL, "malformed");
    refused("$y$j9T$salt", "malformed");
    refused("$y$j9T$salt$" YESCRYPT_TAIL "x", "malformed");
    refused("$6$abc$" SHA512_TAIL SHA512_TAIL, "too long");
}

static void bcrypt_takes_72_bytes(void **state) {
    (void)state;
    assert_int_equal(passwordform_password_max(slice_text("$2b$10$" BCRYPT_TAIL)), 72);
    assert_int_equal(passwordform_password_max(slice_text("$6$abc$" SHA512_TAIL)), 511);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strong_forms_are_accepted),           cmocka_unit_test(weak_forms_are_named),
        cmocka_unit_test(every_fault_says_what_to_do),         cmocka_unit_test(cost_has_bounds),
        cmocka_unit_test(what_is_cut_or_altered_is_malformed), cmocka_unit_test(bcrypt_takes_72_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
