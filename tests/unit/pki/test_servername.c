/* Is the certificate for this server? Only alternative names tell. */
#include "pki/servername.h"

#include "pathed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool matches(const char *names, const char *name) {
    X509 *certificate = pathed_make("cn.example", MINT_SERVER, NID_subject_alt_name, names);
    bool is_match = servername_matches(certificate, slice_text(name));
    X509_free(certificate);
    return is_match;
}

static void dns_names_match_without_case(void **state) {
    (void)state;
    assert_true(matches("DNS:a.example", "A.example"));
    assert_true(matches("DNS:b.example,DNS:a.example", "a.example."));
    assert_false(matches("DNS:a.example", "b.a.example"));
    assert_false(matches("DNS:a.example", ""));
    assert_false(matches("DNS:a.example", "a.example\001"));
}

static void a_wildcard_is_one_label(void **state) {
    (void)state;
    assert_true(matches("DNS:*.a.example", "b.a.example"));
    assert_false(matches("DNS:*.a.example", "a.example"));
    assert_false(matches("DNS:*.a.example", "c.b.a.example"));
    assert_false(matches("DNS:*.example", "a.example"));
    assert_false(matches("DNS:b*.a.example", "bc.a.example"));
}

static void kinds_do_not_mix(void **state) {
    (void)state;
    assert_true(matches("IP:192.0.2.1", "192.0.2.1"));
    assert_true(matches("IP:2001:db8::1", "2001:DB8:0::1"));
    assert_false(matches("DNS:192.0.2.1", "192.0.2.1"));
    assert_false(matches("email:x@a.example,URI:https://a.example/", "a.example"));
    assert_false(matches("IP:192.0.2.2", "192.0.2.1"));
}

static void the_common_name_never_counts(void **state) {
    (void)state;
    assert_false(matches("email:x@a.example", "cn.example"));
    X509 *certificate = pathed_make("cn.example", MINT_SERVER, 0, NULL);
    crafted_drop(certificate, NID_subject_alt_name);
    assert_false(servername_matches(certificate, slice_text("cn.example")));
    X509_free(certificate);
}

static void common_names_can_be_asked_to_be_alternative_names(void **state) {
    (void)state;
    X509 *certificate = pathed_make("cn.example", MINT_SERVER, NID_subject_alt_name, "DNS:a.example,DNS:cn.example");
    assert_true(servername_has_common_names(certificate));
    crafted_extend(certificate, NID_subject_alt_name, "DNS:CN.example");
    assert_false(servername_has_common_names(certificate));
    crafted_drop(certificate, NID_subject_alt_name);
    assert_false(servername_has_common_names(certificate));
    X509_free(certificate);
    certificate = pathed_make("2001:db8::1", MINT_SERVER, NID_subject_alt_name, "IP:2001:db8:0:0:0:0:0:1");
    assert_true(servername_has_common_names(certificate));
    X509_free(certificate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names_match_without_case),
        cmocka_unit_test(a_wildcard_is_one_label),
        cmocka_unit_test(kinds_do_not_mix),
        cmocka_unit_test(the_common_name_never_counts),
        cmocka_unit_test(common_names_can_be_asked_to_be_alternative_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
