/* Two texts of one name have one form; texts of different names never do. */
#include "pki/nametext.h"

#include "crafted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *form_of(const char *text) {
    static char form[NAMETEXT_MAX];
    const char *fault;
    assert_true(nametext_canonical(slice_text(text), form, &fault));
    assert_null(fault);
    return form;
}

static void assert_refused(const char *text, const char *expected) {
    char form[NAMETEXT_MAX];
    const char *fault;
    assert_false(nametext_canonical(slice_text(text), form, &fault));
    assert_non_null(strstr(fault, expected));
}

static void case_and_spaces_do_not_count(void **state) {
    (void)state;
    assert_string_equal(form_of("CN=Alice  Liddell, O=Example"), "cn=alice liddell,o=example");
    assert_string_equal(form_of("cn = ALICE liddell;o=\\ example\\ "), "cn=alice liddell,o=example");
}

static void types_have_one_name(void **state) {
    (void)state;
    static const char *const same[] = {"CN=a,emailAddress=b", "commonName=a,e=b", "2.5.4.3=a,EMAIL=b",
                                       "OID.2.5.4.3=a,1.2.840.113549.1.9.1=b"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_string_equal(form_of(same[i]), "cn=a,emailaddress=b");
    assert_string_equal(form_of("1.2.3.4.5.6=x"), "1.2.3.4.5.6=x");
}

static void parts_of_one_relative_name_have_one_order(void **state) {
    (void)state;
    assert_string_equal(form_of("UID=7+CN=a,O=x"), "cn=a+uid=7,o=x");
    assert_string_equal(form_of("CN=a+UID=7,O=x"), "cn=a+uid=7,o=x");
    assert_string_equal(form_of("UID=7,CN=a,O=x"), "uid=7,cn=a,o=x");
}

static void what_is_special_is_escaped_in_one_way(void **state) {
    (void)state;
    assert_string_equal(form_of("CN=a\\2cb\\+c"), "cn=a\\,b\\+c");
    assert_string_equal(form_of("CN=M\xc3\xbcller"), "cn=m\\c3\\bcller");
    assert_string_equal(form_of("CN=\\#a\\0ab"), "cn=\\#a\\0ab");
    assert_string_equal(form_of("CN=#0C01AB"), "cn=#0c01ab");
    assert_string_equal(form_of("CN=a=b"), "cn=a\\=b");
}

static void form_of_a_form_is_itself(void **state) {
    (void)state;
    static const char *const texts[] = {"CN=a\\2cb+UID=\\#7,O=\\\\", "x500UniqueIdentifier=q,serialNumber=1",
                                        "CN=", "CN=\\00,O=\\ff\\fe"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char once[NAMETEXT_MAX];
        strcpy(once, form_of(texts[i]));
        assert_string_equal(form_of(once), once);
    }
}

static void what_is_no_name_is_refused(void **state) {
    (void)state;
    assert_refused("", "type");
    assert_refused("alice", "'='");
    assert_refused("CN=a,", "type");
    assert_refused("=a", "type");
    assert_refused("nonsense=a", "not known");
    assert_refused("CN=a\\", "'\\'");
    assert_refused("CN=a\\zz", "'\\'");
    assert_refused("CN=\"a\"", "quote");
    assert_refused("CN=a\nO=b", "control");
    assert_refused("CN=#abc", "hex");
    char parts[6 * (NAMETEXT_PARTS_MAX + 1)] = "CN=a";
    for (size_t i = 0; i < NAMETEXT_PARTS_MAX; i++)
        strcat(parts, ",CN=a");
    assert_refused(parts, "too many parts");
    char value[NAMETEXT_MAX + 8] = "CN=";
    memset(value + 3, 'a', NAMETEXT_MAX);
    assert_refused(value, "too long");
}

static void bytes_that_are_zero_end_nothing(void **state) {
    (void)state;
    char form[NAMETEXT_MAX];
    const char *fault;
    assert_false(nametext_canonical(slice_of("CN=a\0,O=b", 9), form, &fault));
    assert_false(nametext_canonical(slice_of("C\0N=a", 5), form, &fault));
    assert_false(nametext_canonical(slice_of("CN=#00\0", 7), form, &fault));
}

static void parts_are_taken_off_one_by_one(void **state) {
    (void)state;
    struct nametext_part part;
    struct slice rest = slice_text("cn=a\\,b+uid=7,o=#0c01");
    assert_true(nametext_next(&rest, &part));
    assert_true(slice_equal(part.type, slice_text("cn")));
    assert_true(slice_equal(part.value, slice_text("a,b")));
    assert_true(slice_equal(part.escaped, slice_text("a\\,b")));
    assert_true(nametext_next(&rest, &part));
    assert_true(slice_equal(part.value, slice_text("7")));
    assert_true(nametext_next(&rest, &part));
    assert_true(part.has_der);
    assert_true(slice_equal(part.value, slice_text("0c01")));
    assert_false(nametext_next(&rest, &part));
}

/* A name in a certificate, in whatever type of string, and what a person types for it. */
static void name_of_a_certificate_has_the_form_of_its_text(void **state) {
    (void)state;
    char form[NAMETEXT_MAX];
    X509_NAME *name = X509_NAME_new();
    assert_false(nametext_of(name, form));
    static const unsigned char wide[] = {0, 'B', 0, 0xfc, 0, '\n'};
    assert_true(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Ex, Ample", -1, -1, 0));
    assert_true(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_BMPSTRING, wide, sizeof wide, -1, 0));
    assert_true(nametext_of(name, form));
    assert_string_equal(form, "cn=b\\c3\\bc\\0a,o=ex\\, ample");
    assert_string_equal(form_of("CN=B\xc3\xbc\\0A,O=ex\\, ample"), form);
    X509_NAME_free(name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_and_spaces_do_not_count),
        cmocka_unit_test(types_have_one_name),
        cmocka_unit_test(parts_of_one_relative_name_have_one_order),
        cmocka_unit_test(what_is_special_is_escaped_in_one_way),
        cmocka_unit_test(form_of_a_form_is_itself),
        cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(bytes_that_are_zero_end_nothing),
        cmocka_unit_test(parts_are_taken_off_one_by_one),
        cmocka_unit_test(name_of_a_certificate_has_the_form_of_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
