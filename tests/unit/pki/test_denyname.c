/* What an operator types means one thing, or is refused with a sentence that says how to write what is meant. */
#include "pki/denyname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void assert_read(const char *typed, const char *word, const char *value) {
    struct denyname name;
    struct error error;
    assert_true(denyname_read(slice_text(typed), &name, &error));
    assert_string_equal(denyname_word(name.kind), word);
    assert_string_equal(name.value, value);
    assert_true(denyname_is_made(name.kind, slice_text(name.value)));
}

static void assert_unclear(const char *typed, const char *advice) {
    struct denyname name;
    struct error error;
    assert_false(denyname_read(slice_text(typed), &name, &error));
    assert_non_null(strstr(error.sentence, advice));
}

static void fingerprint_is_64_digits(void **state) {
    (void)state;
    assert_read(DIGITS, "fingerprint", DIGITS);
    assert_read("01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF",
                "fingerprint", DIGITS);
    assert_read("fingerprint:" DIGITS, "fingerprint", DIGITS);
    assert_unclear("fingerprint:" DIGITS "00", "64 hex digits");
    assert_unclear("0123456789abcdef0123456789abcdef01234567", "SHA-1");
}

static void serial_comes_with_its_issuer(void **state) {
    (void)state;
    assert_read("issuer=CN=Clients CA,O=X serial=0A:1B", "serial", "0a1b cn=clients ca,o=x");
    assert_read("serial=a1b issuer=CN=Clients CA,O=X", "serial", "0a1b cn=clients ca,o=x");
    assert_read("serial=0x00000a1b issuer=CN=Clients CA,O=X", "serial", "0a1b cn=clients ca,o=x");
    assert_read("serial:00 CN=x", "serial", "00 cn=x");
    assert_read("serial:-7F CN=x", "serial", "-7f cn=x");
    assert_unclear("issuer=CN=a serial=xyz", "hex digits");
    assert_unclear("issuer=CN=a serial=", "hex digits");
    assert_unclear("issuer=CN=a serial=0a more", "nothing else");
    assert_unclear("now issuer=CN=a serial=0a", "nothing else");
    assert_unclear("issuer=a serial=0a", "'='");
}

static void name_is_a_whole_subject_or_one_common_name(void **state) {
    (void)state;
    assert_read("CN=Alice,OU=Ops,O=Example", "subject", "cn=alice,ou=ops,o=example");
    assert_read("cn=alice", "cn", "alice");
    assert_read("CN=a\\,b", "cn", "a\\,b");
    assert_read(" CN=\\ a\\  ", "cn", "a");
    assert_read("CN=a\\\\ ", "cn", "a\\\\");
    assert_read("cn:Alice  L", "cn", "alice l");
    assert_read("subject:CN=alice", "subject", "cn=alice");
    assert_read("cn=https://alice", "cn", "https://alice");
    assert_unclear("ou=ops", "subject:ou=ops");
    assert_unclear("cn:a,O=b", "one value");
    assert_unclear("cn=", "one value");
}

static void alternative_names_have_their_kinds(void **state) {
    (void)state;
    assert_read("alice@Example.com", "mail", "alice@example.com");
    assert_read("mail:Alice@example.com", "mail", "alice@example.com");
    assert_read("dns:Device-7.Example.com.", "dns", "device-7.example.com");
    assert_read("uri:urn:uuid:1", "uri", "urn:uuid:1");
    assert_read("https://Example.com/a", "uri", "https://Example.com/a");
    assert_read("https://example.com/?a=b", "uri", "https://example.com/?a=b");
    assert_read("spiffe://example.com/Ops/1", "spiffe", "spiffe://example.com/Ops/1");
    assert_read("uri:spiffe://example.com/ops", "spiffe", "spiffe://example.com/ops");
    assert_read("spiffe:spiffe://example.com/ops", "spiffe", "spiffe://example.com/ops");
    assert_read("ip:10.0.0.1", "ip", "10.0.0.1");
    assert_read("ip:2001:DB8:0::1", "ip", "2001:db8::1");
    assert_unclear("mail:alice", "user@host");
    assert_unclear("dns:-x-", "DNS name");
    assert_unclear("uri:nothing", "URI");
    assert_unclear("spiffe://Example.com/x", "SPIFFE");
    assert_unclear("ip:10.0.0.1:80", "without a port");
    assert_unclear("ip:10.0.0", "IPv4 or IPv6");
}

static void what_could_mean_two_things_is_refused(void **state) {
    (void)state;
    assert_unclear("alice", "cn=alice");
    assert_unclear("device.example.com", "dns:device.example.com or cn=device.example.com");
    assert_unclear("10.0.0.1", "ip:10.0.0.1");
    assert_unclear("2001:db8::1", "ip:2001:db8::1");
    assert_unclear("", "empty");
    assert_unclear("  ", "empty");
}

static void nothing_unprintable_becomes_a_value(void **state) {
    (void)state;
    assert_unclear("cn=alice\nrevoke", "printable");
    assert_unclear("cn=m\xc3\xbcller", "printable");
    assert_read("cn=m\\C3\\BCller\\0a", "cn", "m\\c3\\bcller\\0a");
    assert_false(denyname_is_made(DENYNAME_CN, slice_text("Alice")));
    assert_false(denyname_is_made(DENYNAME_CN, slice_text("alice\n")));
    assert_false(denyname_is_made(DENYNAME_MAIL, slice_text("a@b\tc")));
    assert_false(denyname_is_made(DENYNAME_URI, slice_text("urn:a b")));
}

static void too_long_a_value_is_refused(void **state) {
    (void)state;
    char typed[DENYNAME_VALUE_MAX + 16] = "urn:";
    memset(typed + 4, 'x', DENYNAME_VALUE_MAX);
    struct denyname name;
    const char *fault;
    assert_false(denyname_make(DENYNAME_URI, slice_text(typed), &name, &fault));
    assert_string_equal(fault, "it is too long");
}

static void serial_of_a_certificate_has_the_form_of_its_text(void **state) {
    (void)state;
    char value[DENYNAME_VALUE_MAX];
    assert_true(denyname_of_serial(slice_of("\x00\xff\x01", 3), "cn=x", value));
    assert_string_equal(value, "ff01 cn=x");
    assert_true(denyname_of_serial(slice_of("\x0a", 1), "cn=x", value));
    assert_string_equal(value, "0a cn=x");
    assert_true(denyname_of_serial(slice_of("\x00", 1), "cn=x", value));
    assert_string_equal(value, "00 cn=x");
    assert_true(denyname_of_serial(slice_of("\xff\x81", 2), "cn=x", value));
    assert_string_equal(value, "-7f cn=x");
    assert_true(denyname_of_serial(slice_of("\x80\x00", 2), "cn=x", value));
    assert_string_equal(value, "-8000 cn=x");
    assert_false(denyname_of_serial(slice_of("", 0), "cn=x", value));
    assert_false(denyname_of_serial(slice_of("0123456789012345678901", 22), "cn=x", value));
}

static void kinds_have_words(void **state) {
    (void)state;
    for (int i = 0; i < DENYNAME_KINDS; i++) {
        enum denyname_kind kind;
        assert_true(denyname_kind(slice_text(denyname_word((enum denyname_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    enum denyname_kind kind;
    assert_false(denyname_kind(slice_text("san"), &kind));
    assert_false(denyname_is_of_owner(DENYNAME_SERIAL));
    assert_true(denyname_is_of_owner(DENYNAME_MAIL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingerprint_is_64_digits),
        cmocka_unit_test(serial_comes_with_its_issuer),
        cmocka_unit_test(name_is_a_whole_subject_or_one_common_name),
        cmocka_unit_test(alternative_names_have_their_kinds),
        cmocka_unit_test(what_could_mean_two_things_is_refused),
        cmocka_unit_test(nothing_unprintable_becomes_a_value),
        cmocka_unit_test(too_long_a_value_is_refused),
        cmocka_unit_test(serial_of_a_certificate_has_the_form_of_its_text),
        cmocka_unit_test(kinds_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
