/* Tests of policy/ruleset: the first rule decides, sets have to agree, shadows decide nothing, and what is looked up
 * keeps its place in the order. */
#include "knowing.h"

#include <stdio.h>

enum { RULES_MAX = 10000 };

static struct knowing knowing;
static struct rule rules[RULES_MAX];
static size_t count;

static int set_up(void **state) {
    (void)state;
    knowing_init(&knowing,
                 KNOWN({FACT_SPIFFE, "spiffe://a/admin/7"}, {FACT_SUBJECT_CN, "alice"}, {FACT_SUBJECT_OU, "dev"},
                       {FACT_SUBJECT_OU, "ops"}));
    count = 0;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    knowing_fini(&knowing);
    return 0;
}

/* A rule in line 1, 2, 3 … */
static struct rule *add(bool allows, const struct known *when) {
    rules[count] = (struct rule){.place = {.line = (unsigned)count + 1}, .allows = allows};
    rules[count].when = when != NULL ? knowing_group(&knowing, when) : (struct rule_group){.count = 0};
    return &rules[count++];
}

static struct ruleset_verdict judge(void) {
    struct ruleset set;
    struct ruleset_verdict verdict;
    assert_true(ruleset_init(&set, rules, count, (struct error_place){.line = 99}, &knowing.arena));
    ruleset_judge((const struct ruleset *const[]){&set}, 1, &knowing.facts, &verdict);
    ruleset_fini(&set);
    return verdict;
}

static void expect(bool refused, unsigned line) {
    struct ruleset_verdict verdict = judge();
    assert_int_equal(verdict.is.refused, refused);
    if (refused)
        assert_int_equal(verdict.is.place.line, line);
}

static void the_first_rule_decides(void **state) {
    (void)state;
    add(true, KNOWN({FACT_SUBJECT_CN, "alice"}));
    add(false, KNOWN({FACT_SUBJECT_OU, "ops"}));
    expect(false, 0);
    count = 0;
    add(false, KNOWN({FACT_SUBJECT_OU, "ops"}));
    add(true, KNOWN({FACT_SUBJECT_CN, "alice"}));
    expect(true, 1);
}

/* Of these some are looked up and some are walked. */
static void what_is_looked_up_keeps_its_place(void **state) {
    (void)state;
    add(false, KNOWN({FACT_SUBJECT_CN, "bob"}));
    add(false, KNOWN({FACT_SUBJECT_OU, "h*"}));
    add(true, KNOWN({FACT_SPIFFE, "spiffe://a/admin/*"}, {FACT_METHOD, "POST"}));
    add(false, KNOWN({FACT_SUBJECT_CN, "alice"}, {FACT_METHOD, "GET"}));
    add(true, KNOWN({FACT_SPIFFE, "spiffe://a/admin/*"}));
    expect(true, 4);
    knowing.request.method = slice_text("POST");
    expect(false, 0);
}

static void without_allowing_rules_the_rest_is_allowed(void **state) {
    (void)state;
    expect(false, 0);
    add(false, KNOWN({FACT_SUBJECT_CN, "bob"}));
    expect(false, 0);
    add(true, KNOWN({FACT_SUBJECT_CN, "carol"}));
    expect(true, 99);
}

static void all_sets_have_to_agree(void **state) {
    (void)state;
    struct ruleset first, second;
    struct ruleset_verdict verdict;
    add(true, KNOWN({FACT_SUBJECT_CN, "alice"}));
    add(false, KNOWN({FACT_SUBJECT_OU, "ops"}));
    assert_true(ruleset_init(&first, rules, 1, (struct error_place){.line = 0}, &knowing.arena));
    assert_true(ruleset_init(&second, rules + 1, 1, (struct error_place){.line = 0}, &knowing.arena));
    ruleset_judge((const struct ruleset *const[]){NULL, &first, NULL}, 3, &knowing.facts, &verdict);
    assert_false(verdict.is.refused);
    ruleset_judge((const struct ruleset *const[]){&first, &second}, 2, &knowing.facts, &verdict);
    assert_true(verdict.is.refused);
    assert_int_equal(verdict.is.place.line, 2);
    ruleset_judge((const struct ruleset *const[]){&second, &first}, 2, &knowing.facts, &verdict);
    assert_true(verdict.is.refused);
    ruleset_fini(&first);
    ruleset_fini(&second);
}

static void shadows_decide_nothing_and_say_what_they_would(void **state) {
    (void)state;
    add(false, KNOWN({FACT_SUBJECT_OU, "ops"}))->is_shadow = true;
    struct ruleset_verdict verdict = judge();
    assert_false(verdict.is.refused);
    assert_true(verdict.would.refused);
    assert_ptr_equal(verdict.would.rule, &rules[0]);
    add(true, KNOWN({FACT_SUBJECT_CN, "bob"}));
    verdict = judge();
    assert_int_equal(verdict.is.place.line, 99);
    assert_int_equal(verdict.would.place.line, 1);
    add(true, KNOWN({FACT_SUBJECT_CN, "alice"}))->is_shadow = true;
    rules[0] = rules[2];
    count = 2;
    verdict = judge();
    assert_true(verdict.is.refused);
    assert_false(verdict.would.refused);
    assert_int_equal(verdict.would.place.line, 3);
}

/* The first list of who is allowed is tried out: nobody else is kept out yet. */
static void an_allowing_shadow_alone_refuses_nobody(void **state) {
    (void)state;
    add(true, KNOWN({FACT_SUBJECT_CN, "bob"}))->is_shadow = true;
    struct ruleset_verdict verdict = judge();
    assert_false(verdict.is.refused);
    assert_true(verdict.would.refused);
    assert_int_equal(verdict.would.place.line, 99);
}

static void at_the_handshake_only_who_has_no_chance_is_refused(void **state) {
    (void)state;
    knowing.facts.request = NULL;
    add(true, KNOWN({FACT_SUBJECT_CN, "alice"}, {FACT_PATH, "/a"}));
    expect(false, 0);
    rules[0].when = knowing_group(&knowing, KNOWN({FACT_SUBJECT_CN, "bob"}, {FACT_PATH, "/a"}));
    expect(true, 99);
    rules[0].allows = false;
    rules[0].when = knowing_group(&knowing, KNOWN({FACT_METHOD, "POST"}));
    expect(false, 0);
    add(false, KNOWN({FACT_SUBJECT_OU, "dev"}));
    expect(true, 2);
    rules[1].allows = true;
    expect(false, 0);
}

static void who_is_arriving_is_refused_only_without_a_chance(void **state) {
    (void)state;
    knowing.facts.certificate = NULL;
    knowing.facts.request = NULL;
    knowing.facts.is_arriving = true;
    add(false, KNOWN({FACT_SUBJECT_CN, "alice"}));
    add(false, KNOWN({FACT_ADDRESS, "192.0.2.0/24"}, {FACT_CERTIFICATE, "none"}));
    expect(false, 0);
    add(false, KNOWN({FACT_ADDRESS, "192.0.2.0/24"}));
    expect(true, 3);
    rules[2].allows = true;
    rules[2].when = knowing_group(&knowing, KNOWN({FACT_ADDRESS, "10.0.0.0/8"}));
    expect(true, 99);
    add(true, KNOWN({FACT_SUBJECT_CN, "bob"}));
    expect(false, 0);
    rules[3].is_shadow = true;
    expect(true, 99);
}

static void a_name_that_cannot_be_read_meets_rules_that_deny(void **state) {
    (void)state;
    add(true, KNOWN({FACT_SUBJECT_TITLE, "boss"}));
    add(false, KNOWN({FACT_SUBJECT_TITLE, "contractor"}));
    add(true, KNOWN({FACT_SUBJECT_OU, "ops"}));
    expect(false, 0);
    knowing.certificate.unreadable[FACT_SUBJECT_TITLE] = true;
    expect(true, 2);
}

static void names_of_an_unverified_chain_allow_nothing(void **state) {
    (void)state;
    add(true, KNOWN({FACT_SUBJECT_CN, "alice"}));
    add(false, KNOWN({FACT_SUBJECT_OU, "hr"}));
    expect(false, 0);
    knowing.facts.is_verified = false;
    expect(true, 2);
}

static void without_certificate_only_walked_rules_are_asked(void **state) {
    (void)state;
    knowing.facts.certificate = NULL;
    add(false, KNOWN({FACT_SUBJECT_CN, "alice"}));
    add(false, KNOWN({FACT_ADDRESS, "192.0.2.1"}));
    struct ruleset_verdict verdict = judge();
    assert_int_equal(verdict.is.place.line, 2);
    assert_int_equal(verdict.asked, 1);
}

/* Rules that deny ids, or fingerprints, none of them the client's; then one that allows its own. */
static unsigned asked_among(size_t rules_count, enum fact fact, const char *own) {
    char text[80];
    count = 0;
    for (unsigned i = 0; i + 1 < rules_count; i++) {
        if (fact == FACT_SPIFFE)
            snprintf(text, sizeof text, "spiffe://a/client/%u", i);
        else
            snprintf(text, sizeof text, "a%063x", i);
        add(false, KNOWN({fact, text}));
    }
    add(true, KNOWN({fact, own}));
    struct ruleset_verdict verdict = judge();
    assert_false(verdict.is.refused);
    return verdict.asked;
}

static void ten_thousand_cost_as_one(void **state) {
    (void)state;
    static const uint8_t fingerprint[33] = {FACT_FINGERPRINT, [32] = 0xff};
    assert_int_equal(asked_among(1, FACT_SPIFFE, "spiffe://a/admin/7"), 1);
    assert_int_equal(asked_among(RULES_MAX, FACT_SPIFFE, "spiffe://a/admin/7"), 1);
    knowing.certificate.values[0] = slice_of(fingerprint, sizeof fingerprint);
    for (size_t fact = FACT_FINGERPRINT + 1; fact <= FACT_COUNT; fact++)
        knowing.certificate.first[fact] = 1;
    const char *own = "00000000000000000000000000000000000000000000000000000000000000ff";
    assert_int_equal(asked_among(1, FACT_FINGERPRINT, own), 1);
    assert_int_equal(asked_among(RULES_MAX, FACT_FINGERPRINT, own), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_rule_decides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_looked_up_keeps_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_allowing_rules_the_rest_is_allowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_sets_have_to_agree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shadows_decide_nothing_and_say_what_they_would, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_allowing_shadow_alone_refuses_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_the_handshake_only_who_has_no_chance_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_arriving_is_refused_only_without_a_chance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_cannot_be_read_meets_rules_that_deny, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_an_unverified_chain_allow_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_certificate_only_walked_rules_are_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ten_thousand_cost_as_one, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
