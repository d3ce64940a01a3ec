/* What the words of the configuration become for pki/verify. */
#include "plan/demands.h"

#include "planning.h"

static struct verify_settings demands(struct planning *planning, const char *client_auth) {
    struct verify_settings made;
    char text[4096];
    snprintf(text, sizeof(text),
             PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES
             "    client_auth: {mode: required, trust: ca.pem%s}\n",
             client_auth);
    assert_true(demands_of(&planning_settings(planning, text)->listeners[0].client_auth, &planning->arena, &made));
    return made;
}

static void the_defaults_are_the_usual_rules(void **state) {
    struct verify_settings made = demands(*state, "");
    assert_int_equal(made.purpose, VERIFY_CLIENT);
    assert_int_equal(made.depth, 5);
    assert_int_equal(made.rsa_bits_min, 2048);
    assert_int_equal(made.keys, VERIFY_KEYS_USUAL);
    assert_int_equal(made.digest_bits_min, 0);
    assert_int_equal(made.usage_until, 0);
    assert_int_equal(made.pin_count + made.policy_count, 0);
    assert_false(made.explicit_policy);
}

static void keys_and_digests_are_narrowed(void **state) {
    struct verify_settings made = demands(*state, ", key_types: [p384, ed25519], min_signature_digest: sha384");
    assert_int_equal(made.keys, VERIFY_KEY_P384 | VERIFY_KEY_ED25519);
    assert_int_equal(made.digest_bits_min, 384);
    assert_int_equal(demands(*state, ", key_types: rsa").keys, VERIFY_KEY_RSA);
    assert_int_equal(demands(*state, ", key_types: p521").keys, VERIFY_KEY_P521);
}

static void the_last_day_is_whole(void **state) {
    struct verify_settings made = demands(*state, ", extended_key_usage_until: 2027-03-31");
    assert_int_equal(made.usage_until, 1806451200 + 86400);
}

static void pins_say_what_they_are_of(void **state) {
    struct verify_settings made =
        demands(*state,
                ", pins: {certificates: \"sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\", "
                "keys: [\"sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI=\"]}");
    assert_int_equal(made.pin_count, 2);
    assert_false(made.pins[0].is_key);
    assert_int_equal(made.pins[0].digest[VERIFY_PIN_BYTES - 1], 1);
    assert_true(made.pins[1].is_key);
    assert_int_equal(made.pins[1].digest[VERIFY_PIN_BYTES - 1], 2);
}

static void named_policies_have_to_be_there(void **state) {
    struct verify_settings made = demands(*state, ", certificate_policies: [1.2.3, 2.5.29.32.0]");
    assert_int_equal(made.policy_count, 2);
    assert_true(slice_equal(made.policies[1], slice_text("2.5.29.32.0")));
    assert_true(made.explicit_policy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_defaults_are_the_usual_rules, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(keys_and_digests_are_narrowed, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(the_last_day_is_whole, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(pins_say_what_they_are_of, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(named_policies_have_to_be_there, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
