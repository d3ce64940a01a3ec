/* Tests of config/rulecheck: rules that would mean something else than they seem to, or nothing. */
#include "loading.h"

#define CLIENT_AUTH "    client_auth: {mode: required, trust: ca.pem}\n"
#define RULED       LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES CLIENT_AUTH
#define OPEN        LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES

static void rules_are_maps_or_lists_of_them(void **state) {
    const struct settings *settings =
        loading_accepts(*state,
                        RULED "    allow:\n"
                              "      - {name: ours, subject.ou: [ops, \"@units.txt\"]}\n"
                              "      - {anyone: true, unless: {address: 10.0.0.0/8}, shadow: true}\n"
                              "    deny: {serial: 1f, issuer.cn: CA}\n");
    const struct settings_policy *policy = &settings->listeners[0].policy;
    assert_int_equal(policy->allow_count, 2);
    assert_int_equal(policy->deny_count, 1);
    assert_string_equal(policy->allow[0].name, "ours");
    const struct settings_condition *units = &policy->allow[0].conditions[FACT_SUBJECT_OU];
    assert_int_equal(units->count, 2);
    assert_string_equal(units->values[0].text, "ops");
    assert_null(units->values[0].file.path);
    assert_null(units->values[1].text);
    assert_string_equal(units->values[1].file.path, "gate/units.txt");
    assert_int_equal(units->values[1].file.place.line, 9);
    assert_true(policy->allow[1].shadow && policy->allow[1].anyone);
    assert_int_equal(policy->allow[1].unless[0].conditions[FACT_ADDRESS].count, 1);
    assert_int_equal(policy->deny[0].conditions[FACT_SERIAL].count, 1);
}

static void what_is_no_fact_is_told_with_what_was_meant(void **state) {
    loading_refuses(*state, RULED "    allow: {subject.oo: ops}\n    deny: [{upn: a}, {dns: b}, {fingerprnt: c}]\n",
                    "8:13: unknown key \"subject.oo\" in a rule; did you mean \"subject.ou\"?\n"
                    "9:13: unknown key \"upn\" in a rule; did you mean \"san.principal\"?\n"
                    "9:23: unknown key \"dns\" in a rule; did you mean \"san.dns\"?\n"
                    "9:33: unknown key \"fingerprnt\" in a rule; did you mean \"fingerprint\"?\n");
}

static void a_rule_about_everyone_says_so(void **state) {
    loading_refuses(
        *state, RULED "    allow: [{name: all}]\n    deny: {}\n",
        "8:13: this rule has no condition and would be about everyone; if that is meant, write \"anyone: true\"\n"
        "9:11: this rule has no condition and would be about everyone; if that is meant, write \"anyone: true\"\n");
    loading_refuses(*state, RULED "    deny: {anyone: true, subject.cn: bob}\n",
                    "8:20: \"anyone\" stands beside conditions: the rule is about those who meet them, not about "
                    "everyone\n");
}

static void empty_lists_say_nothing(void **state) {
    loading_refuses(*state, RULED "    allow: []\n    deny: {subject.cn: []}\n    rules: []\n",
                    "8:12: \"allow\" is empty: it would seem to say something; for everyone write {anyone: true}\n"
                    "9:11: this rule has no condition and would be about everyone; if that is meant, write \"anyone: "
                    "true\"\n"
                    "9:24: \"subject.cn\" is empty: it would seem to say something; for everyone write {anyone: true}\n"
                    "10:12: \"rules\" is empty: it would seem to say something; for everyone write {anyone: true}\n");
    loading_refuses(*state, RULED "    deny: {subject.cn: bob, unless: [{}]}\n",
                    "8:38: this exception has no condition: it would be about everyone, and the rule about nobody\n");
}

static void what_is_never_reached_is_told(void **state) {
    loading_refuses(*state,
                    RULED "    rules:\n      - allow: {subject.cn: a}\n      - deny: {anyone: true}\n"
                          "      - allow: {subject.cn: b}\n",
                    "11:16: this rule is never reached: the one in line 10 is about everyone and stands before it\n");
    loading_refuses(*state, RULED "    deny: {anyone: true}\n    allow: {subject.cn: b}\n",
                    "9:12: this rule is never reached: the one in line 8 is about everyone and stands before it\n");
}

static void an_order_is_given_in_one_way(void **state) {
    loading_refuses(*state, RULED "    deny: {subject.cn: a}\n    rules: [{allow: {subject.cn: b}}]\n",
                    "9:12: \"rules\" stand beside \"allow\" or \"deny\": nobody could tell their order; put all into "
                    "\"rules\"\n");
    loading_refuses(
        *state, RULED "    rules: [{allow: {subject.cn: b}, deny: {subject.cn: c}}, {}]\n",
        "8:13: a step of \"rules\" is either \"allow\" or \"deny\", as in \"- deny: {subject.ou: guests}\"\n"
        "8:62: a step of \"rules\" is either \"allow\" or \"deny\", as in \"- deny: {subject.ou: guests}\"\n");
}

static void a_serial_needs_its_issuer(void **state) {
    loading_refuses(*state, RULED "    deny: {serial: 1f}\n",
                    "8:20: a \"serial\" without its issuer is no certificate's alone: add \"issuer.cn\", "
                    "\"issuer.key\" or \"root.cn\", or give the \"fingerprint\"\n");
}

static void nobody_has_a_certificate_where_none_is_asked_for(void **state) {
    loading_refuses(
        *state, OPEN "    deny: {subject.cn: a}\n",
        "7:24: \"subject.cn\" is of the client's certificate, but no client is asked for one here: \"mode\" "
        "of \"client_auth\" is off\n");
    loading_refuses(*state,
                    OPEN "    hosts:\n      - {names: a.test, client_auth: {mode: required, trust: ca.pem}}\n"
                         "      - {names: b.test, allow: {certificate: verified}}\n"
                         "    deny: {subject.cn: a, unless: {san.dns: b}}\n",
                    "9:46: \"certificate\" is of the client's certificate, but no client is asked for one here: "
                    "\"mode\" of \"client_auth\" is off\n");
}

static void names_prove_nothing_where_no_chain_is_judged(void **state) {
    loading_accepts(*state,
                    OPEN "    client_auth: {mode: any_with_proof}\n    deny: {certificate: none}\n"
                         "    allow: {key: \"@keys.txt\"}\n");
    loading_refuses(
        *state, OPEN "    client_auth: {mode: any_with_proof}\n    allow: {subject.cn: admin}\n",
        "8:25: \"subject.cn\" is said by the client's certificate, but no chain is judged here: anybody can "
        "say it; use \"fingerprint\" or \"key\", which are proven\n");
    loading_refuses(
        *state,
        OPEN "    client_auth: {mode: request}\n    deny: {address: 10.0.0.0/8, unless: {san.dns: "
             "a.test}}\n",
        "8:51: \"san.dns\" is said by the client's certificate, but no chain is judged here: anybody can say "
        "it; use \"fingerprint\" or \"key\", which are proven\n");
}

static void routes_are_judged_by_the_hosts_that_they_serve(void **state) {
    loading_refuses(*state,
                    LOADING_BACKENDS
                    "listeners:\n  - name: public\n    bind: 0.0.0.0:8443\n" LOADING_CERTIFICATES
                    "    hosts:\n      - {names: a.test, client_auth: {mode: required, trust: ca.pem}}\n"
                    "      - {names: \"*.b.test\"}\n    routes:\n"
                    "      - {host: a.test, backend: api, allow: {subject.cn: a}}\n"
                    "      - {host: x.b.test, backend: api, allow: {subject.cn: a}}\n"
                    "      - {host: other.test, backend: api, allow: {subject.cn: a}}\n"
                    "      - {backend: api, allow: {subject.cn: a}}\n",
                    "11:60: \"subject.cn\" is of the client's certificate, but no client is asked for one here: "
                    "\"mode\" of \"client_auth\" is off\n");
}

static void no_certificate_has_no_names(void **state) {
    loading_refuses(*state, RULED "    deny: {certificate: none, subject.cn: a}\n",
                    "8:25: \"certificate: none\" and a condition on the certificate: nobody meets both\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_are_maps_or_lists_of_them, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_fact_is_told_with_what_was_meant, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_rule_about_everyone_says_so, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(empty_lists_say_nothing, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(what_is_never_reached_is_told, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(an_order_is_given_in_one_way, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_serial_needs_its_issuer, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(nobody_has_a_certificate_where_none_is_asked_for, loading_set_up,
                                        loading_tear_down),
        cmocka_unit_test_setup_teardown(names_prove_nothing_where_no_chain_is_judged, loading_set_up,
                                        loading_tear_down),
        cmocka_unit_test_setup_teardown(routes_are_judged_by_the_hosts_that_they_serve, loading_set_up,
                                        loading_tear_down),
        cmocka_unit_test_setup_teardown(no_certificate_has_no_names, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
