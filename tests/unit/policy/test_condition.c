/* Tests of policy/condition: values are ORed, what cannot be told is answered as it is asked for, and long lists are
 * searched. */
#include "knowing.h"

#include <stdio.h>

static const struct condition_doubt doubt_no = {.counts_as = CONDITION_NO};
static const struct condition_doubt doubt_yes = {.counts_as = CONDITION_YES};
static const struct condition_doubt exception_yes = {.counts_as = CONDITION_YES, .is_exception = true};

static struct knowing knowing;

static int set_up(void **state) {
    (void)state;
    knowing_init(&knowing,
                 KNOWN({FACT_SAN_DNS, "c1.example"}, {FACT_SUBJECT_CN, "alice"}, {FACT_SUBJECT_OU, "dev"},
                       {FACT_SUBJECT_OU, "ops"}));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    knowing_fini(&knowing);
    return 0;
}

static enum condition_answer ask(enum fact fact, const char *text, struct condition_doubt doubt) {
    struct rule_group group = knowing_group(&knowing, KNOWN({fact, text}));
    return condition_ask(&group.conditions[0], &knowing.facts, doubt);
}

static void any_value_of_many_will_do(void **state) {
    (void)state;
    assert_int_equal(ask(FACT_SUBJECT_OU, "ops", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_SUBJECT_OU, "dev", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_SUBJECT_OU, "o*s", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_SUBJECT_OU, "Ops", doubt_no), CONDITION_NO);
    assert_int_equal(ask(FACT_SUBJECT_O, "ops", doubt_no), CONDITION_NO);
    assert_int_equal(ask(FACT_SAN_DNS, "C1.EXAMPLE", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_SAN_DNS, "*.example", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_SAN_MAIL, "*@c1.example", doubt_yes), CONDITION_NO);
}

static void what_is_no_clean_text_is_doubted(void **state) {
    (void)state;
    knowing.certificate.unreadable[FACT_SUBJECT_OU] = true;
    assert_int_equal(ask(FACT_SUBJECT_OU, "hr", doubt_no), CONDITION_NO);
    assert_int_equal(ask(FACT_SUBJECT_OU, "hr", doubt_yes), CONDITION_YES);
    assert_int_equal(ask(FACT_SUBJECT_OU, "ops", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_SUBJECT_CN, "bob", doubt_yes), CONDITION_NO);
}

static void names_of_an_unverified_chain_are_doubted(void **state) {
    (void)state;
    knowing.facts.is_verified = false;
    assert_int_equal(ask(FACT_SUBJECT_OU, "ops", doubt_no), CONDITION_NO);
    assert_int_equal(ask(FACT_SUBJECT_OU, "ops", doubt_yes), CONDITION_YES);
    assert_int_equal(ask(FACT_SUBJECT_OU, "hr", doubt_yes), CONDITION_YES);
    assert_int_equal(ask(FACT_CERTIFICATE, "unverified", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_CERTIFICATE, "presented", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_CERTIFICATE, "verified", doubt_yes), CONDITION_NO);
}

static void keys_of_an_unverified_chain_are_proven(void **state) {
    (void)state;
    struct condition condition;
    char complaint[RULEVALUE_COMPLAINT_MAX];
    uint8_t key[33] = {FACT_FINGERPRINT, 0xab};
    knowing.facts.is_verified = false;
    knowing.certificate.values[0] = slice_of(key, sizeof key);
    for (size_t fact = FACT_FINGERPRINT + 1; fact <= FACT_COUNT; fact++)
        knowing.certificate.first[fact] = 1;
    condition_init(&condition, FACT_FINGERPRINT);
    assert_true(condition_add(&condition,
                              slice_text("ab00000000000000000000000000000000000000000000000000000000000000"),
                              &knowing.arena, complaint));
    condition_seal(&condition);
    assert_int_equal(condition_ask(&condition, &knowing.facts, doubt_no), CONDITION_YES);
    key[32] = 1;
    assert_int_equal(condition_ask(&condition, &knowing.facts, doubt_yes), CONDITION_NO);
}

static void without_certificate_an_exception_is_doubted(void **state) {
    (void)state;
    knowing.facts.certificate = NULL;
    assert_int_equal(ask(FACT_SUBJECT_OU, "ops", doubt_yes), CONDITION_NO);
    assert_int_equal(ask(FACT_SUBJECT_OU, "ops", exception_yes), CONDITION_YES);
    assert_int_equal(ask(FACT_CERTIFICATE, "none", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_CERTIFICATE, "presented", exception_yes), CONDITION_NO);
}

static void the_connection_has_facts_too(void **state) {
    (void)state;
    assert_int_equal(ask(FACT_ADDRESS, "192.0.2.0/24", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_ADDRESS, "::/0", doubt_no), CONDITION_NO);
    assert_int_equal(ask(FACT_SNI, "*.EXAMPLE", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_TIME, "mon 11:00-13:00", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_TIME, "tue", doubt_no), CONDITION_NO);
    knowing.address.family = AF_UNIX;
    assert_int_equal(ask(FACT_ADDRESS, "0.0.0.0/0", doubt_no), CONDITION_NO);
    assert_int_equal(ask(FACT_ADDRESS, "0.0.0.0/0", doubt_yes), CONDITION_YES);
    knowing.facts.server_name = slice_text("");
    assert_int_equal(ask(FACT_SNI, "*", doubt_yes), CONDITION_NO);
}

static void the_request_is_known_later(void **state) {
    (void)state;
    assert_int_equal(ask(FACT_METHOD, "GET", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_METHOD, "HEAD", doubt_no), CONDITION_NO);
    assert_int_equal(ask(FACT_HOST, "*.example", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_PATH, "/a", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_PATH, "/b", doubt_yes), CONDITION_NO);
    knowing.request.path = slice_text("");
    assert_int_equal(ask(FACT_PATH, "/**", doubt_no), CONDITION_NO);
    knowing.facts.request = NULL;
    assert_int_equal(ask(FACT_METHOD, "GET", doubt_no), CONDITION_LATER);
}

static void addresses_of_certificates_lie_in_networks(void **state) {
    (void)state;
    static const uint8_t v4[] = {FACT_SAN_IP, 10, 1, 2, 3};
    static const uint8_t v6[] = {FACT_SAN_IP, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    knowing.certificate.values[0] = slice_of(v4, sizeof v4);
    knowing.certificate.values[1] = slice_of(v6, sizeof v6);
    for (size_t fact = 0; fact <= FACT_COUNT; fact++)
        knowing.certificate.first[fact] = fact > FACT_SAN_IP ? 2 : 0;
    assert_int_equal(ask(FACT_SAN_IP, "10.1.0.0/16", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_SAN_IP, "2001:db8::/32", doubt_no), CONDITION_YES);
    assert_int_equal(ask(FACT_SAN_IP, "10.2.0.0/16", doubt_no), CONDITION_NO);
}

static void long_lists_are_searched(void **state) {
    (void)state;
    struct condition condition;
    char complaint[RULEVALUE_COMPLAINT_MAX];
    char text[16];
    condition_init(&condition, FACT_SUBJECT_CN);
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "c%d", (i * 7919) % 2500);
        assert_true(condition_add(&condition, slice_text(text), &knowing.arena, complaint));
    }
    condition_seal(&condition);
    assert_int_equal(condition.exact_count, 2500);
    assert_true(condition_is_indexable(&condition));
    assert_int_equal(condition_ask(&condition, &knowing.facts, doubt_no), CONDITION_NO);
    knowing.certificate.values[1] = slice_of((const uint8_t[]){FACT_SUBJECT_CN, 'c', '7'}, 3);
    assert_int_equal(condition_ask(&condition, &knowing.facts, doubt_no), CONDITION_YES);
    assert_true(condition_add(&condition, slice_text("x*"), &knowing.arena, complaint));
    condition_seal(&condition);
    assert_false(condition_is_indexable(&condition));
    assert_false(condition_add(&condition, slice_text("x\\"), &knowing.arena, complaint));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_value_of_many_will_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_clean_text_is_doubted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_an_unverified_chain_are_doubted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_of_an_unverified_chain_are_proven, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_certificate_an_exception_is_doubted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_connection_has_facts_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_request_is_known_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(addresses_of_certificates_lie_in_networks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_lists_are_searched, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
