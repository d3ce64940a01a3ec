/* Tests of policy/rule: conditions are ANDed, exceptions ORed, and in doubt nobody is let in. */
#include "knowing.h"

static struct knowing knowing;

static int set_up(void **state) {
    (void)state;
    knowing_init(&knowing, KNOWN({FACT_SUBJECT_CN, "alice"}, {FACT_SUBJECT_OU, "ops"}, {FACT_SUBJECT_O, "acme"}));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    knowing_fini(&knowing);
    return 0;
}

static enum condition_answer ask(bool allows, const struct known *when, const struct known *unless) {
    struct rule_group exception = {.count = 0};
    struct rule rule = {.allows = allows, .when = knowing_group(&knowing, when)};
    if (unless != NULL) {
        exception = knowing_group(&knowing, unless);
        rule.unless = &exception;
        rule.unless_count = 1;
    }
    return rule_ask(&rule, &knowing.facts);
}

static void all_conditions_have_to_be_met(void **state) {
    (void)state;
    assert_int_equal(ask(true, KNOWN({FACT_SUBJECT_OU, "ops"}, {FACT_SUBJECT_O, "acme"}), NULL), CONDITION_YES);
    assert_int_equal(ask(true, KNOWN({FACT_SUBJECT_OU, "ops"}, {FACT_SUBJECT_O, "other"}), NULL), CONDITION_NO);
    assert_int_equal(ask(false, KNOWN({FACT_METHOD, "GET"}, {FACT_SUBJECT_OU, "ops"}), NULL), CONDITION_YES);
}

static void an_exception_takes_out(void **state) {
    (void)state;
    const struct known *ops = KNOWN({FACT_SUBJECT_OU, "ops"});
    assert_int_equal(ask(true, ops, KNOWN({FACT_SUBJECT_CN, "alice"})), CONDITION_NO);
    assert_int_equal(ask(true, ops, KNOWN({FACT_SUBJECT_CN, "bob"})), CONDITION_YES);
    assert_int_equal(ask(true, ops, KNOWN({FACT_SUBJECT_CN, "alice"}, {FACT_METHOD, "POST"})), CONDITION_YES);
}

static void in_doubt_allowing_is_not_meant_and_denying_is(void **state) {
    (void)state;
    const struct known *acme = KNOWN({FACT_SUBJECT_O, "acme"});
    const struct known *contractors = KNOWN({FACT_SUBJECT_TITLE, "contractor"});
    knowing.certificate.unreadable[FACT_SUBJECT_TITLE] = true;
    assert_int_equal(ask(true, contractors, NULL), CONDITION_NO);
    assert_int_equal(ask(false, contractors, NULL), CONDITION_YES);
    assert_int_equal(ask(true, acme, contractors), CONDITION_NO);
    assert_int_equal(ask(false, acme, contractors), CONDITION_YES);
}

static void who_has_no_certificate_is_no_exception_of_one(void **state) {
    (void)state;
    const struct known *there = KNOWN({FACT_ADDRESS, "192.0.2.1"});
    knowing.facts.certificate = NULL;
    assert_int_equal(ask(true, there, KNOWN({FACT_SUBJECT_CN, "bob"})), CONDITION_NO);
    assert_int_equal(ask(false, there, KNOWN({FACT_SUBJECT_CN, "alice"})), CONDITION_YES);
    assert_int_equal(ask(false, KNOWN({FACT_SUBJECT_CN, "alice"}), NULL), CONDITION_NO);
}

static void what_depends_on_the_request_is_answered_later(void **state) {
    (void)state;
    const struct known *ops = KNOWN({FACT_SUBJECT_OU, "ops"});
    knowing.facts.request = NULL;
    assert_int_equal(ask(true, KNOWN({FACT_METHOD, "GET"}, {FACT_SUBJECT_OU, "ops"}), NULL), CONDITION_LATER);
    assert_int_equal(ask(true, KNOWN({FACT_METHOD, "GET"}, {FACT_SUBJECT_OU, "hr"}), NULL), CONDITION_NO);
    assert_int_equal(ask(true, ops, KNOWN({FACT_PATH, "/a"})), CONDITION_LATER);
    assert_int_equal(ask(true, ops, KNOWN({FACT_PATH, "/a"}, {FACT_SUBJECT_CN, "bob"})), CONDITION_YES);
    assert_int_equal(ask(true, KNOWN({FACT_METHOD, "GET"}), KNOWN({FACT_SUBJECT_CN, "alice"})), CONDITION_NO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_conditions_have_to_be_met, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_exception_takes_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(in_doubt_allowing_is_not_meant_and_denying_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_no_certificate_is_no_exception_of_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_depends_on_the_request_is_answered_later, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
