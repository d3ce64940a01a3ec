/* libcrypto's judgement of exactly one path. */
#include "pki/pathcheck.h"

#include "pathed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted root;
static struct minted rekeyed;
static struct minted leaf;
static struct trust *trust;
static struct verify_settings settings;
static struct fault fault;

static int set_up_all(void **state) {
    (void)state;
    root = minted_make("Root", MINT_CA, NULL);
    rekeyed = minted_make("Root", MINT_CA, NULL);
    leaf = minted_make("leaf", MINT_CLIENT, &root);
    trust = minted_trust(&root);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&root);
    minted_fini(&rekeyed);
    minted_fini(&leaf);
    trust_unref(&trust);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    settings = (struct verify_settings){.depth = 3, .rsa_bits_min = 2048};
    return 0;
}

static bool judge(const struct minted *below, const struct minted *middle, const struct minted *above, int64_t now) {
    X509 *chain[] = {cert_parse(buf_view(&below->der)), middle ? cert_parse(buf_view(&middle->der)) : NULL,
                     cert_parse(buf_view(&above->der))};
    struct path path = middle ? pathed_path(chain[0], chain[1], chain[2]) : pathed_path(chain[0], chain[2], NULL);
    struct pathcheck check = {.trust = trust, .settings = &settings, .now = now};
    bool is_good = pathcheck_judge(&check, &path, &fault);
    for (size_t i = 0; i < 3; i++)
        X509_free(chain[i]);
    return is_good;
}

static void a_good_path_is_good(void **state) {
    (void)state;
    assert_true(judge(&leaf, NULL, &root, MINTED_EPOCH));
    assert_true(judge(&leaf, NULL, &root, MINTED_EPOCH + 365 * MINTED_DAY));
}

/* Each fault tells how far it reaches, for the search. */
static void faults_have_a_scope(void **state) {
    (void)state;
    assert_false(judge(&leaf, NULL, &rekeyed, MINTED_EPOCH));
    assert_int_equal(fault.reason, REASON_CERT_BAD_SIGNATURE);
    assert_int_equal(fault.scope, FAULT_OF_LINK);
    assert_false(judge(&leaf, NULL, &root, MINTED_EPOCH - 1));
    assert_int_equal(fault.reason, REASON_CERT_NOT_YET_VALID);
    assert_int_equal(fault.scope, FAULT_OF_CERTIFICATE);
    settings.purpose = VERIFY_SERVER;
    assert_false(judge(&leaf, NULL, &root, MINTED_EPOCH));
    assert_int_equal(fault.reason, REASON_CERT_WRONG_USAGE);
    assert_int_equal(fault.scope, FAULT_OF_PATH);
}

static void drop_key_ids(X509 *certificate) {
    crafted_drop(certificate, NID_authority_key_identifier);
    crafted_drop(certificate, NID_subject_key_identifier);
}

/* A CA gave itself a new key and signed it with the old one: by names alone, the old key might have issued the leaf.
 * Only the path that was given is judged. */
static void no_other_path_is_taken(void **state) {
    (void)state;
    struct minted rolled = minted_make("Root", MINT_CA, &root);
    struct minted below = minted_make("below", MINT_CLIENT, &rolled);
    crafted_resign(&below, &rolled, drop_key_ids, EVP_sha256(), NULL);
    assert_true(judge(&below, &rolled, &root, MINTED_EPOCH));
    assert_false(judge(&below, NULL, &root, MINTED_EPOCH));
    minted_fini(&rolled);
    minted_fini(&below);
}

static void purposes_and_usages_can_be_let_be(void **state) {
    (void)state;
    settings.purpose = VERIFY_ANY;
    assert_true(judge(&leaf, NULL, &root, MINTED_EPOCH));
    settings.purpose = VERIFY_SERVER;
    settings.usage = VERIFY_USAGE_IGNORED;
    assert_true(judge(&leaf, NULL, &root, MINTED_EPOCH));
}

static void formal_faults_count_under_a_profile(void **state) {
    (void)state;
    struct minted plain = minted_make("leaf", MINT_CLIENT, &root);
    crafted_resign(&plain, &root, drop_key_ids, EVP_sha256(), NULL);
    assert_true(judge(&plain, NULL, &root, MINTED_EPOCH));
    settings.profile = VERIFY_PROFILE_RFC5280;
    assert_false(judge(&plain, NULL, &root, MINTED_EPOCH));
    assert_int_equal(fault.reason, REASON_CERT_PROFILE);
    minted_fini(&plain);
}

static void drop_key_usage(X509 *certificate) {
    crafted_drop(certificate, NID_key_usage);
}

static void uncritical_constraints(X509 *certificate) {
    crafted_extend(certificate, NID_basic_constraints, "CA:TRUE");
}

static void basic_constraints_are_critical_in_roots(void **state) {
    (void)state;
    struct minted ca = minted_make("CA", MINT_CA, &root);
    crafted_resign(&ca, &root, uncritical_constraints, EVP_sha256(), NULL);
    struct minted below = minted_make("below", MINT_CLIENT, &ca);
    settings.profile = VERIFY_PROFILE_RFC5280;
    assert_true(judge(&below, &ca, &root, MINTED_EPOCH));
    assert_false(judge(&below, NULL, &ca, MINTED_EPOCH));
    assert_int_equal(fault.reason, REASON_CERT_PROFILE);
    settings.profile = VERIFY_PROFILE_PATH;
    assert_true(judge(&below, NULL, &ca, MINTED_EPOCH));
    settings.profile = VERIFY_PROFILE_WEBPKI;
    assert_false(judge(&below, &ca, &root, MINTED_EPOCH));
    minted_fini(&ca);
    minted_fini(&below);
}

/* openssl req -x509 makes such roots; it restricts nothing. */
static void only_the_public_web_wants_cas_to_have_key_usage(void **state) {
    (void)state;
    struct minted ca = minted_make("CA", MINT_CA, &root);
    crafted_resign(&ca, &root, drop_key_usage, EVP_sha256(), NULL);
    struct minted below = minted_make("below", MINT_CLIENT, &ca);
    settings.profile = VERIFY_PROFILE_RFC5280;
    assert_true(judge(&below, &ca, &root, MINTED_EPOCH));
    settings.profile = VERIFY_PROFILE_WEBPKI;
    assert_false(judge(&below, &ca, &root, MINTED_EPOCH));
    assert_int_equal(fault.reason, REASON_CERT_PROFILE);
    assert_int_equal(fault.depth, 1);
    minted_fini(&ca);
    minted_fini(&below);
}

static void with_policy(X509 *certificate) {
    crafted_extend(certificate, NID_certificate_policies, "1.2.3.4");
}

static void policies_are_asked_for(void **state) {
    (void)state;
    struct minted policed = minted_make("leaf", MINT_CLIENT, &root);
    crafted_resign(&policed, &root, with_policy, EVP_sha256(), NULL);
    struct slice wanted[] = {slice_text("1.2.3.4")};
    settings.explicit_policy = true;
    assert_false(judge(&leaf, NULL, &root, MINTED_EPOCH));
    assert_int_equal(fault.reason, REASON_CERT_POLICY);
    assert_true(judge(&policed, NULL, &root, MINTED_EPOCH));
    settings.policies = wanted;
    settings.policy_count = 1;
    assert_true(judge(&policed, NULL, &root, MINTED_EPOCH));
    wanted[0] = slice_text("1.2.3.5");
    assert_false(judge(&policed, NULL, &root, MINTED_EPOCH));
    wanted[0] = slice_text("no policy");
    assert_false(judge(&policed, NULL, &root, MINTED_EPOCH));
    minted_fini(&policed);
}

/* With a policy of its own: OpenSSL before 3.0.22 leaks the constraints of a certificate that has none. */
static void require_policy(X509 *certificate) {
    crafted_extend(certificate, NID_certificate_policies, "1.2.3.4");
    crafted_extend(certificate, NID_policy_constraints, "critical,requireExplicitPolicy:0");
}

/* Nobody asked, but the CA above did. */
static void a_ca_may_ask_for_policies(void **state) {
    (void)state;
    struct minted strict = minted_make("Strict", MINT_CA, &root);
    crafted_resign(&strict, &root, require_policy, EVP_sha256(), NULL);
    struct minted below = minted_make("below", MINT_CLIENT, &strict);
    assert_false(judge(&below, &strict, &root, MINTED_EPOCH));
    assert_int_equal(fault.reason, REASON_CERT_POLICY);
    minted_fini(&strict);
    minted_fini(&below);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_path_is_good, set_up),
        cmocka_unit_test_setup(faults_have_a_scope, set_up),
        cmocka_unit_test_setup(no_other_path_is_taken, set_up),
        cmocka_unit_test_setup(purposes_and_usages_can_be_let_be, set_up),
        cmocka_unit_test_setup(formal_faults_count_under_a_profile, set_up),
        cmocka_unit_test_setup(only_the_public_web_wants_cas_to_have_key_usage, set_up),
        cmocka_unit_test_setup(basic_constraints_are_critical_in_roots, set_up),
        cmocka_unit_test_setup(policies_are_asked_for, set_up),
        cmocka_unit_test_setup(a_ca_may_ask_for_policies, set_up),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
