/* What issuers owe under each profile. */
#include "pki/profile.h"

#include "pathed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* One bit per profile that lets the path through: 1 path, 2 rfc5280, 4 webpki. */
static unsigned allowed_by(X509 *leaf, X509 *anchor) {
    unsigned allowed = 0;
    struct fault fault;
    struct path path = pathed_path(leaf, anchor, NULL);
    for (unsigned profile = VERIFY_PROFILE_PATH; profile <= VERIFY_PROFILE_WEBPKI; profile++) {
        struct verify_settings settings = {.profile = profile};
        allowed |= (unsigned)profile_allows(&path, &settings, &fault) << profile;
    }
    X509_free(leaf);
    X509_free(anchor);
    return allowed;
}

static X509 *leaf_with(int nid, const char *value) {
    return pathed_make("leaf", MINT_CLIENT, nid, value);
}

static X509 *anchor_with(int nid, const char *value) {
    return pathed_make("Root", MINT_CA, nid, value);
}

static void good_certificates_keep_all(void **state) {
    (void)state;
    assert_int_equal(allowed_by(leaf_with(0, NULL), anchor_with(0, NULL)), 7);
}

static void extensions_that_limit_are_critical(void **state) {
    (void)state;
    assert_int_equal(allowed_by(leaf_with(0, NULL), anchor_with(NID_name_constraints, "permitted;DNS:a.example")), 5);
    assert_int_equal(allowed_by(leaf_with(0, NULL),
                                anchor_with(NID_name_constraints, "critical,permitted;DNS:a.example")),
                     7);
    assert_int_equal(allowed_by(leaf_with(0, NULL), anchor_with(NID_policy_constraints, "requireExplicitPolicy:0")), 1);
    X509 *anchor = anchor_with(NID_policy_constraints, "requireExplicitPolicy:0");
    crafted_extend(anchor, NID_certificate_policies, "1.2.3.4");
    assert_int_equal(allowed_by(leaf_with(0, NULL), anchor), 3);
}

static void hosts_have_no_underscores(void **state) {
    (void)state;
    assert_int_equal(allowed_by(leaf_with(NID_subject_alt_name, "DNS:a.example"), anchor_with(0, NULL)), 7);
    assert_int_equal(allowed_by(leaf_with(NID_subject_alt_name, "DNS:a.example,DNS:a_b.example"), anchor_with(0, NULL)),
                     1);
}

static void serial_numbers_are_positive(void **state) {
    (void)state;
    X509 *leaf = leaf_with(0, NULL);
    ASN1_INTEGER_set(X509_get_serialNumber(leaf), 0);
    assert_int_equal(allowed_by(leaf, anchor_with(0, NULL)), 1);
    leaf = leaf_with(0, NULL);
    ASN1_INTEGER_set(X509_get_serialNumber(leaf), -5);
    assert_int_equal(allowed_by(leaf, anchor_with(0, NULL)), 1);
    X509 *anchor = anchor_with(0, NULL);
    ASN1_INTEGER_set(X509_get_serialNumber(anchor), 0);
    assert_int_equal(allowed_by(leaf_with(0, NULL), anchor), 7);
}

static void the_public_web_has_more_rules(void **state) {
    (void)state;
    assert_int_equal(allowed_by(leaf_with(NID_ext_key_usage, "clientAuth,anyExtendedKeyUsage"), anchor_with(0, NULL)),
                     3);
    assert_int_equal(allowed_by(leaf_with(NID_basic_constraints, "CA:TRUE"), anchor_with(0, NULL)), 3);
    assert_int_equal(allowed_by(leaf_with(0, NULL), anchor_with(NID_authority_key_identifier, "keyid,issuer:always")),
                     3);
    X509 *old = leaf_with(0, NULL);
    assert_true(X509_set_version(old, X509_VERSION_1));
    assert_int_equal(allowed_by(old, anchor_with(0, NULL)), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_certificates_keep_all),    cmocka_unit_test(extensions_that_limit_are_critical),
        cmocka_unit_test(hosts_have_no_underscores),     cmocka_unit_test(serial_numbers_are_positive),
        cmocka_unit_test(the_public_web_has_more_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
