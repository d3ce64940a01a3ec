/* Our own rules on a path: each refuses, and lets the good through. */
#include "pki/pathrule.h"

#include "pathed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static X509 *anchor;
static struct verify_settings settings;
static struct fault fault;

static int set_up_all(void **state) {
    (void)state;
    anchor = pathed_make("Root", MINT_CA, 0, NULL);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    X509_free(anchor);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    settings = (struct verify_settings){.rsa_bits_min = 2048};
    return 0;
}

/* Judges a leaf under the anchor, and frees it. */
static enum reason judge(X509 *leaf) {
    struct path path = pathed_path(leaf, anchor, NULL);
    enum reason reason = pathrule_allows(&path, &settings, &fault) ? REASON_NONE : fault.reason;
    X509_free(leaf);
    return reason;
}

static X509 *make(int nid, const char *value) {
    return pathed_make("leaf", MINT_CLIENT, nid, value);
}

static void usages_of_the_leaf(void **state) {
    (void)state;
    assert_int_equal(judge(make(0, NULL)), REASON_NONE);
    assert_int_equal(judge(make(NID_key_usage, "critical,keyAgreement")), REASON_CERT_WRONG_USAGE);
    settings.purpose = VERIFY_ANY;
    assert_int_equal(judge(make(NID_key_usage, "critical,keyAgreement")), REASON_NONE);
    settings.purpose = VERIFY_CLIENT;
    settings.usage = VERIFY_USAGE_REQUIRED;
    assert_int_equal(judge(make(0, NULL)), REASON_NONE);
    X509 *unsaid = make(0, NULL);
    crafted_drop(unsaid, NID_ext_key_usage);
    assert_int_equal(judge(unsaid), REASON_CERT_WRONG_USAGE);
}

/* CVE-2025-66220 and kin: names that are read differently by different readers. */
static void names_are_well_formed(void **state) {
    (void)state;
    assert_int_equal(judge(make(NID_subject_alt_name, "DNS:a.example")), REASON_NONE);
    assert_int_equal(judge(make(NID_subject_alt_name, "DNS:a_b.example")), REASON_NONE);
    assert_int_equal(judge(make(NID_subject_alt_name, "DNS:8.8.8.8")), REASON_CERT_MALFORMED);
    assert_int_equal(judge(make(NID_subject_alt_name, "email:a")), REASON_CERT_MALFORMED);
    settings.profile = VERIFY_PROFILE_RFC5280;
    assert_int_equal(judge(make(NID_subject_alt_name, "DNS:a_b.example")), REASON_CERT_PROFILE);
}

static void extensions_come_once(void **state) {
    (void)state;
    X509 *leaf = make(0, NULL);
    crafted_add_unknown(leaf, false);
    crafted_add_unknown(leaf, false);
    assert_int_equal(judge(leaf), REASON_CERT_MALFORMED);
}

static void serial_numbers_are_of_20_bytes(void **state) {
    (void)state;
    BIGNUM *number = BN_new();
    X509 *leaf = make(0, NULL);
    assert_true(BN_lshift(number, BN_value_one(), 159));
    assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(leaf)));
    X509_up_ref(leaf);
    assert_int_equal(judge(leaf), REASON_NONE);
    assert_true(BN_lshift1(number, number));
    assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(leaf)));
    assert_int_equal(judge(leaf), REASON_CERT_MALFORMED);
    BN_free(number);
}

static void keys_have_a_floor(void **state) {
    (void)state;
    settings.keys = VERIFY_KEY_P256;
    assert_int_equal(judge(make(0, NULL)), REASON_NONE);
    settings.keys = VERIFY_KEY_P384 | VERIFY_KEY_RSA;
    assert_int_equal(judge(make(0, NULL)), REASON_CERT_WEAK_KEY);
    settings.keys = 0;
    settings.digest_bits_min = 256;
    assert_int_equal(judge(make(0, NULL)), REASON_NONE);
    settings.digest_bits_min = 384;
    assert_int_equal(judge(make(0, NULL)), REASON_CERT_WEAK_KEY);
    assert_int_equal(fault.depth, 0);
}

static void servers_have_names(void **state) {
    (void)state;
    settings.name = slice_text("a.example");
    assert_int_equal(judge(make(NID_subject_alt_name, "DNS:a.example")), REASON_NONE);
    assert_int_equal(judge(make(NID_subject_alt_name, "DNS:b.example")), REASON_CERT_OTHER_NAME);
    settings.name = slice_text("");
    settings.checks_common_name = true;
    assert_int_equal(judge(make(NID_subject_alt_name, "DNS:leaf")), REASON_NONE);
    assert_int_equal(judge(make(NID_subject_alt_name, "DNS:b.example")), REASON_CERT_OTHER_NAME);
}

static void pins_name_a_certificate_or_a_key(void **state) {
    (void)state;
    struct verify_pin pins[2] = {0};
    unsigned len;
    settings.pins = pins;
    settings.pin_count = 2;
    assert_int_equal(judge(make(0, NULL)), REASON_CERT_NOT_PINNED);
    X509_digest(anchor, EVP_sha256(), pins[1].digest, &len);
    assert_int_equal(judge(make(0, NULL)), REASON_NONE);
    pins[1].is_key = true;
    assert_int_equal(judge(make(0, NULL)), REASON_CERT_NOT_PINNED);
    X509 *leaf = make(0, NULL);
    unsigned char *key = NULL;
    int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &key);
    EVP_Digest(key, (size_t)key_len, pins[1].digest, NULL, EVP_sha256(), NULL);
    OPENSSL_free(key);
    assert_int_equal(judge(leaf), REASON_NONE);
}

static void the_other_rules_are_asked_too(void **state) {
    (void)state;
    assert_int_equal(judge(make(NID_name_constraints, "permitted;DNS:a.example")), REASON_CERT_NAME_CONSTRAINT);
    settings.profile = VERIFY_PROFILE_WEBPKI;
    assert_int_equal(judge(make(NID_ext_key_usage, "clientAuth,anyExtendedKeyUsage")), REASON_CERT_PROFILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(usages_of_the_leaf, set_up),
        cmocka_unit_test_setup(names_are_well_formed, set_up),
        cmocka_unit_test_setup(extensions_come_once, set_up),
        cmocka_unit_test_setup(serial_numbers_are_of_20_bytes, set_up),
        cmocka_unit_test_setup(keys_have_a_floor, set_up),
        cmocka_unit_test_setup(servers_have_names, set_up),
        cmocka_unit_test_setup(pins_name_a_certificate_or_a_key, set_up),
        cmocka_unit_test_setup(the_other_rules_are_asked_too, set_up),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
