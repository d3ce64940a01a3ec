/* Alternative names: what is read, and what is wrong with them. */
#include "pki/altname.h"

#include "pathed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The first fault of the names in `value`, or NULL. */
static const char *fault_of(const char *value, bool is_strict) {
    X509 *certificate = pathed_make("c", MINT_CLIENT, NID_subject_alt_name, value);
    GENERAL_NAMES *names;
    const char *fault = NULL;
    assert_true(altname_read(certificate, &names));
    for (int i = 0; !fault && i < sk_GENERAL_NAME_num(names); i++)
        fault = altname_fault(sk_GENERAL_NAME_value(names, i), is_strict);
    GENERAL_NAMES_free(names);
    X509_free(certificate);
    return fault;
}

static void good_names_have_no_fault(void **state) {
    (void)state;
    assert_null(fault_of("DNS:a.example,DNS:*.b.example,email:a@b.example,URI:spiffe://a/b,IP:192.0.2.1,IP:::1", true));
    assert_null(fault_of("DNS:a_b.example", false));
    assert_null(fault_of("otherName:1.2.3.4;UTF8:x,RID:1.2.3", true));
}

static void each_kind_has_its_fault(void **state) {
    (void)state;
    assert_string_equal(fault_of("DNS:a_b.example", true), "a malformed DNS name");
    assert_string_equal(fault_of("DNS:8.8.8.8", false), "a malformed DNS name");
    assert_string_equal(fault_of("DNS:a.example,email:nobody", false), "a malformed mail address");
    assert_string_equal(fault_of("URI:nothing", false), "a malformed URI");
}

static void bytes_are_those_of_the_name(void **state) {
    (void)state;
    X509 *certificate = pathed_make("c", MINT_CLIENT, NID_subject_alt_name, "IP:192.0.2.1,DNS:a.example,RID:1.2.3");
    GENERAL_NAMES *names;
    assert_true(altname_read(certificate, &names));
    assert_true(slice_equal(altname_bytes(sk_GENERAL_NAME_value(names, 0)), slice_of("\xc0\0\x02\x01", 4)));
    assert_true(slice_equal(altname_bytes(sk_GENERAL_NAME_value(names, 1)), slice_text("a.example")));
    assert_int_equal(altname_bytes(sk_GENERAL_NAME_value(names, 2)).len, 0);
    GENERAL_NAMES_free(names);
    X509_free(certificate);
}

/* An extension of the right type with other bytes in it. */
static void add_raw(X509 *certificate, const char *bytes, int len) {
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_true(ASN1_OCTET_STRING_set(value, (const unsigned char *)bytes, len));
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, value);
    assert_true(X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
}

static void absence_is_no_fault_but_nonsense_is(void **state) {
    (void)state;
    X509 *certificate = pathed_make("c", MINT_CLIENT, 0, NULL);
    GENERAL_NAMES *names;
    crafted_drop(certificate, NID_subject_alt_name);
    assert_true(altname_read(certificate, &names));
    assert_null(names);
    add_raw(certificate, "\x30\x05nope", 6);
    assert_false(altname_read(certificate, &names));
    crafted_drop(certificate, NID_subject_alt_name);
    add_raw(certificate, "\x30\x03\x82\x01\x61", 5);
    add_raw(certificate, "\x30\x03\x82\x01\x62", 5);
    assert_false(altname_read(certificate, &names));
    X509_free(certificate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_names_have_no_fault),
        cmocka_unit_test(each_kind_has_its_fault),
        cmocka_unit_test(bytes_are_those_of_the_name),
        cmocka_unit_test(absence_is_no_fault_but_nonsense_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
