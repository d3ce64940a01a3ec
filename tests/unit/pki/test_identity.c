/* What a certificate says of its owner, taken apart. */
#include "pki/identity.h"

#include "pathed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct identity *take(X509 *certificate) {
    unsigned char *der = NULL;
    i2d_re_X509_tbs(certificate, NULL); /* what was changed is encoded anew */
    int len = i2d_X509(certificate, &der);
    assert_true(len > 0);
    struct identity *identity = identity_new(certificate, slice_of(der, (size_t)len));
    OPENSSL_free(der);
    X509_free(certificate);
    return identity;
}

static bool is_name(const struct identity *identity, size_t index, enum identity_kind kind, struct slice value) {
    return index < identity->name_count && identity->names[index].kind == kind &&
        slice_equal(identity->names[index].value, value);
}

static void names_are_sorted_by_type(void **state) {
    (void)state;
    struct identity *identity = take(pathed_make(
        "alice", MINT_CLIENT, NID_subject_alt_name,
        "DNS:a.example,email:a@b.example,URI:urn:x:y,IP:192.0.2.1,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@corp,RID:1.2.3,DNS:8.8.8.8"));
    assert_int_equal(identity->name_count, 7);
    assert_true(is_name(identity, 0, IDENTITY_DNS, slice_text("a.example")));
    assert_true(is_name(identity, 1, IDENTITY_MAIL, slice_text("a@b.example")));
    assert_true(is_name(identity, 2, IDENTITY_URI, slice_text("urn:x:y")));
    assert_true(is_name(identity, 3, IDENTITY_ADDRESS, slice_of("\xc0\0\x02\x01", 4)));
    assert_true(is_name(identity, 4, IDENTITY_PRINCIPAL, slice_text("alice@corp")));
    assert_true(is_name(identity, 5, IDENTITY_UNKNOWN, slice_text("")));
    assert_true(is_name(identity, 6, IDENTITY_UNKNOWN, slice_text("")));
    identity_free(&identity);
    identity_free(&identity);
}

static void the_subject_has_all_its_parts(void **state) {
    (void)state;
    X509 *certificate = pathed_make("alice", MINT_CLIENT, 0, NULL);
    X509_NAME *subject = X509_get_subject_name(certificate);
    assert_true(X509_NAME_add_entry_by_txt(subject, "OU", MBSTRING_ASC, (const unsigned char *)"Sales", -1, -1, 0));
    assert_true(X509_NAME_add_entry_by_txt(subject, "UID", MBSTRING_ASC, (const unsigned char *)"7", -1, -1, -1));
    assert_true(X509_NAME_add_entry_by_txt(subject, "1.2.3.4", MBSTRING_ASC, (const unsigned char *)"x", -1, -1, 0));
    struct identity *identity = take(certificate);
    assert_int_equal(identity->attribute_count, 5);
    assert_true(slice_equal(identity_attribute(identity, "CN")->value, slice_text("alice")));
    assert_true(slice_equal(identity_attribute(identity, "O")->value, slice_text("Sallyport tests")));
    assert_int_equal(identity_attribute(identity, "OU")->rdn, identity_attribute(identity, "UID")->rdn);
    assert_int_not_equal(identity_attribute(identity, "CN")->rdn, identity_attribute(identity, "UID")->rdn);
    assert_non_null(identity_attribute(identity, "1.2.3.4"));
    assert_null(identity_attribute(identity, "C"));
    identity_free(&identity);
}

/* CVE-2023-27493, CVE-2021-44532: what would break a line, a list or a C string is no text. */
static void hostile_text_is_marked(void **state) {
    (void)state;
    static const struct {
        int type;
        const char *bytes;
        int len;
        bool is_text;
    } rows[] = {{V_ASN1_UTF8STRING, "a\0b", 3, false},     {V_ASN1_UTF8STRING, "a\r\nb", 4, false},
                {V_ASN1_UTF8STRING, "\xc2\x85", 2, false}, {V_ASN1_UTF8STRING, "\xff\xfe", 2, false},
                {V_ASN1_BMPSTRING, "\0a\0\n", 4, false},   {V_ASN1_BMPSTRING, "\0a\x20\xac", 4, true},
                {V_ASN1_UTF8STRING, "a,CN=root", 9, true}, {V_ASN1_T61STRING, "\xe9", 1, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        X509 *certificate = pathed_make("alice", MINT_CLIENT, 0, NULL);
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(X509_get_subject_name(certificate), 0);
        assert_true(ASN1_STRING_set(X509_NAME_ENTRY_get_data(entry), rows[i].bytes, rows[i].len));
        X509_NAME_ENTRY_get_data(entry)->type = rows[i].type;
        struct identity *identity = take(certificate);
        assert_non_null(identity);
        assert_int_equal(identity->attributes[0].is_text, rows[i].is_text);
        if (!rows[i].is_text)
            assert_true(slice_equal(identity->attributes[0].value, slice_of(rows[i].bytes, (size_t)rows[i].len)));
        identity_free(&identity);
    }
}

static void digests_serial_and_policies(void **state) {
    (void)state;
    X509 *certificate = pathed_make("alice", MINT_CLIENT, NID_certificate_policies, "1.2.3.4,2.5.29.32.0");
    unsigned char fingerprint[32];
    unsigned len;
    assert_non_null(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 200) ? certificate : NULL);
    i2d_re_X509_tbs(certificate, NULL);
    X509_digest(certificate, EVP_sha256(), fingerprint, &len);
    struct identity *identity = take(certificate);
    assert_memory_equal(identity->fingerprint, fingerprint, 32);
    assert_true(slice_equal(identity->serial, slice_of("\0\xc8", 2)));
    assert_int_equal(identity->policy_count, 2);
    assert_true(slice_equal(identity->policies[0], slice_text("1.2.3.4")));
    assert_true(slice_equal(identity->policies[1], slice_text("2.5.29.32.0")));
    assert_true(identity->may_sign);
    assert_false(identity->may_issue);
    identity_free(&identity);
}

static const char *svid_fault(enum mint_usage usage, const char *names, const char *domain) {
    struct identity *identity = take(pathed_make("svid", usage, NID_subject_alt_name, names));
    const char *fault = identity_svid_fault(identity, slice_text(domain));
    identity_free(&identity);
    return fault;
}

static void svids_have_exactly_one_uri(void **state) {
    (void)state;
    assert_null(svid_fault(MINT_CLIENT, "URI:spiffe://prod/api,DNS:a.example", "prod"));
    assert_null(svid_fault(MINT_CLIENT, "URI:spiffe://prod/api", ""));
    assert_non_null(svid_fault(MINT_CLIENT, "URI:spiffe://prod/api", "test"));
    assert_non_null(svid_fault(MINT_CLIENT, "URI:spiffe://prod/api,URI:spiffe://prod/admin", "prod"));
    assert_non_null(svid_fault(MINT_CLIENT, "URI:https://prod/api", "prod"));
    assert_non_null(svid_fault(MINT_CLIENT, "URI:spiffe://prod", "prod"));
    assert_non_null(svid_fault(MINT_CLIENT, "DNS:a.example", "prod"));
    assert_non_null(svid_fault(MINT_CA, "URI:spiffe://prod/api", "prod"));
}

static void svids_sign_but_do_not_issue(void **state) {
    (void)state;
    X509 *certificate = pathed_make("svid", MINT_CLIENT, NID_subject_alt_name, "URI:spiffe://prod/api");
    crafted_extend(certificate, NID_key_usage, "keyAgreement");
    struct identity *identity = take(certificate);
    assert_string_equal(identity_svid_fault(identity, slice_text("prod")), "its key usage lacks digitalSignature");
    identity_free(&identity);
    certificate = pathed_make("svid", MINT_CLIENT, NID_subject_alt_name, "URI:spiffe://prod/api");
    crafted_extend(certificate, NID_key_usage, "digitalSignature,cRLSign");
    identity = take(certificate);
    assert_string_equal(identity_svid_fault(identity, slice_text("prod")), "it may sign certificates or lists");
    identity_free(&identity);
}

static void too_much_is_refused(void **state) {
    (void)state;
    X509 *certificate = pathed_make("alice", MINT_CLIENT, 0, NULL);
    X509_NAME *subject = X509_get_subject_name(certificate);
    for (size_t i = 0; i < IDENTITY_ATTRIBUTES_MAX; i++)
        assert_true(X509_NAME_add_entry_by_txt(subject, "OU", MBSTRING_ASC, (const unsigned char *)"x", -1, -1, 0));
    assert_null(take(certificate));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_sorted_by_type),   cmocka_unit_test(the_subject_has_all_its_parts),
        cmocka_unit_test(hostile_text_is_marked),     cmocka_unit_test(digests_serial_and_policies),
        cmocka_unit_test(svids_have_exactly_one_uri), cmocka_unit_test(svids_sign_but_do_not_issue),
        cmocka_unit_test(too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
