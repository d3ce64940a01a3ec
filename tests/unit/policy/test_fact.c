/* Tests of policy/fact: that the table is one that the code can rely on. */
#include "policy/fact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void keys_are_found_and_unique(void **state) {
    (void)state;
    for (enum fact fact = 0; fact < FACT_COUNT; fact++)
        assert_int_equal(fact_find(slice_text(fact_row(fact)->key)), fact);
    assert_int_equal(fact_find(slice_text("subject")), FACT_COUNT);
    assert_int_equal(fact_find(slice_text("")), FACT_COUNT);
    assert_int_equal(fact_find(slice_text("SUBJECT.CN")), FACT_COUNT);
}

/* A key that is looked up begins with the number of its fact as one byte. */
static void numbers_fit_into_a_byte(void **state) {
    (void)state;
    assert_true(FACT_COUNT <= 256);
}

static void what_selects_most_stands_first(void **state) {
    (void)state;
    assert_true(FACT_FINGERPRINT < FACT_SERIAL && FACT_SERIAL < FACT_SAN_DNS);
    assert_true(FACT_SAN_DNS < FACT_SUBJECT_O && FACT_SUBJECT_O < FACT_ISSUER_CN);
}

static void sources_say_when_a_fact_is_known(void **state) {
    (void)state;
    assert_true(fact_is_of_certificate(FACT_FINGERPRINT));
    assert_true(fact_is_of_certificate(FACT_ROOT_CN));
    assert_true(fact_is_of_certificate(FACT_CERTIFICATE));
    assert_false(fact_is_of_certificate(FACT_ADDRESS));
    assert_false(fact_is_of_certificate(FACT_PATH));
    assert_int_equal(fact_row(FACT_KEY)->source, FACT_SOURCE_KEY);
    assert_int_equal(fact_row(FACT_SUBJECT_CN)->source, FACT_SOURCE_NAME);
    assert_int_equal(fact_row(FACT_HOST)->source, FACT_SOURCE_REQUEST);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found_and_unique),
        cmocka_unit_test(numbers_fit_into_a_byte),
        cmocka_unit_test(what_selects_most_stands_first),
        cmocka_unit_test(sources_say_when_a_fact_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
