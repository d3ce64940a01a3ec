/* Names of strangers come out as one line of valid UTF-8 that means one thing. */
#include "pki/name.h"

#include "base/text.h"

#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char printed[256];

/* Prints a name of one CN with this value. */
static const char *print_value(int type, const void *bytes, int len) {
    X509_NAME *name = X509_NAME_new();
    assert_true(X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_UTF8STRING, (const unsigned char *)"x", 1, -1, 0));
    ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 0));
    assert_true(ASN1_STRING_set(value, bytes, len));
    value->type = type;
    name_print(name, printed, sizeof printed);
    X509_NAME_free(name);
    assert_true(text_utf8(slice_text(printed)));
    for (const char *at = printed; *at; at++)
        assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
    return printed;
}

static void expect(int type, const void *bytes, int len, const char *expected) {
    assert_string_equal(print_value(type, bytes, len), expected);
}

static void names_begin_with_their_most_specific_part(void **state) {
    (void)state;
    X509_NAME *name = X509_NAME_new();
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"DE", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Acme, Inc.", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"alice", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "UID", MBSTRING_ASC, (const unsigned char *)"7", -1, -1, -1);
    X509_NAME_add_entry_by_txt(name, "1.2.3.4", MBSTRING_ASC, (const unsigned char *)"v", -1, -1, 0);
    name_print(name, printed, sizeof printed);
    assert_string_equal(printed, "1.2.3.4=v,UID=7+CN=alice,O=Acme\\, Inc.,C=DE");
    X509_NAME_free(name);
}

static void empty_names_print_as_nothing(void **state) {
    (void)state;
    X509_NAME *name = X509_NAME_new();
    name_print(name, printed, sizeof printed);
    assert_string_equal(printed, "");
    X509_NAME_free(name);
    expect(V_ASN1_UTF8STRING, "", 0, "CN=");
}

static void special_characters_are_escaped(void **state) {
    (void)state;
    expect(V_ASN1_UTF8STRING, "a,b+c\"d\\e<f>g;h=i", 17, "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i");
    expect(V_ASN1_UTF8STRING, "#a#", 3, "CN=\\#a#");
    expect(V_ASN1_UTF8STRING, " a b ", 5, "CN=\\ a b\\ ");
}

static void control_characters_are_escaped(void **state) {
    (void)state;
    expect(V_ASN1_UTF8STRING, "a\0b", 3, "CN=a\\00b");
    expect(V_ASN1_UTF8STRING, "a\r\nSet-Cookie: b", 16, "CN=a\\0d\\0aSet-Cookie: b");
    expect(V_ASN1_PRINTABLESTRING, "\x1b[2J\x7f", 5, "CN=\\1b[2J\\7f");
    expect(V_ASN1_UTF8STRING, "\xc2\x85|\xe2\x80\xae", 6, "CN=\\c2\\85|\\e2\\80\\ae"); /* next line, right to left */
    expect(V_ASN1_UTF8STRING, "\xef\xbb\xbfx", 4, "CN=\\ef\\bb\\bfx");
}

static void good_utf8_stays(void **state) {
    (void)state;
    expect(V_ASN1_UTF8STRING, "Zo\xc3\xab \xe6\x97\xa5 \xf0\x9f\x98\x80", 13,
           "CN=Zo\xc3\xab \xe6\x97\xa5 \xf0\x9f\x98\x80");
}

static void bad_utf8_is_escaped_byte_by_byte(void **state) {
    (void)state;
    expect(V_ASN1_UTF8STRING, "a\xff", 2, "CN=a\\ff");
    expect(V_ASN1_UTF8STRING, "\xc3", 1, "CN=\\c3");
    expect(V_ASN1_UTF8STRING, "\xc0\xaf", 2, "CN=\\c0\\af");
    expect(V_ASN1_UTF8STRING, "\xe0\x80\xaf", 3, "CN=\\e0\\80\\af");
    expect(V_ASN1_UTF8STRING, "\xed\xa0\x80", 3, "CN=\\ed\\a0\\80");
    expect(V_ASN1_UTF8STRING, "\xf4\x90\x80\x80", 4, "CN=\\f4\\90\\80\\80");
    expect(V_ASN1_UTF8STRING, "\xf8\x88\x80\x80\x80", 5, "CN=\\f8\\88\\80\\80\\80");
}

static void other_string_types_are_turned_into_utf8(void **state) {
    (void)state;
    expect(V_ASN1_BMPSTRING, "\0a\0\xeb\x65\xe5", 6, "CN=a\xc3\xab\xe6\x97\xa5");
    expect(V_ASN1_BMPSTRING, "\0a\0\n\0", 5, "CN=a\\0a\\00");
    expect(V_ASN1_BMPSTRING, "\xd8\x3d", 2, "CN=\\d8\\3d");
    expect(V_ASN1_UNIVERSALSTRING, "\0\1\xf6\0", 4, "CN=\xf0\x9f\x98\x80");
    expect(V_ASN1_UNIVERSALSTRING, "\1\0\0\0", 4, "CN=\\01\\00\\00\\00");
    expect(V_ASN1_T61STRING, "a\xeb", 2, "CN=a\\eb");
    expect(V_ASN1_IA5STRING, "a\x80", 2, "CN=a\\80");
}

static void what_is_no_string_is_shown_as_bytes(void **state) {
    (void)state;
    expect(V_ASN1_OCTET_STRING, "\1\xff", 2, "CN=#01ff");
    expect(V_ASN1_BIT_STRING, "\n", 1, "CN=#0a");
}

static void long_names_are_cut_between_characters(void **state) {
    (void)state;
    char value[3 * 200];
    for (size_t i = 0; i < 200; i++)
        memcpy(value + 3 * i, "\xe6\x97\xa5", 3);
    const char *text = print_value(V_ASN1_UTF8STRING, value, sizeof value);
    assert_true(strlen(text) > sizeof printed - 10);
    assert_true(slice_ends(slice_text(text), slice_text("\xe2\x80\xa6")));
    memset(value, '\n', sizeof value);
    text = print_value(V_ASN1_UTF8STRING, value, sizeof value);
    assert_true(slice_ends(slice_text(text), slice_text("\\0a\xe2\x80\xa6")));
    assert_true(strlen(text) < sizeof printed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_begin_with_their_most_specific_part),
        cmocka_unit_test(empty_names_print_as_nothing),
        cmocka_unit_test(special_characters_are_escaped),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(good_utf8_stays),
        cmocka_unit_test(bad_utf8_is_escaped_byte_by_byte),
        cmocka_unit_test(other_string_types_are_turned_into_utf8),
        cmocka_unit_test(what_is_no_string_is_shown_as_bytes),
        cmocka_unit_test(long_names_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
