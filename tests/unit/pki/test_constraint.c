/* Name constraints: what a CA may certify, name by name. */
#include "pki/constraint.h"

#include "pathed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct fault fault;

/* Whether a CA with these constraints may certify these names. */
static bool allows(const char *constraints, const char *names) {
    X509 *leaf = pathed_make("leaf", MINT_CLIENT, NID_subject_alt_name, names);
    X509 *authority = pathed_make("CA", MINT_CA, NID_name_constraints, constraints);
    struct path path = pathed_path(leaf, authority, NULL);
    assert_true(constraint_is_bounded(&path, &fault));
    bool is_good = constraint_allows(&path, &fault);
    X509_free(leaf);
    X509_free(authority);
    return is_good;
}

static void dns_names_lie_in_their_domain(void **state) {
    (void)state;
    assert_true(allows("permitted;DNS:a.example", "DNS:a.example"));
    assert_true(allows("permitted;DNS:a.example", "DNS:B.A.example"));
    assert_true(allows("permitted;DNS:a.example", "DNS:*.a.example"));
    assert_true(allows("permitted;DNS:a.example", "IP:192.0.2.1"));
    assert_false(allows("permitted;DNS:a.example", "DNS:ba.example"));
    assert_false(allows("permitted;DNS:a.example", "DNS:a.example,DNS:b.example"));
    assert_int_equal(fault.reason, REASON_CERT_NAME_CONSTRAINT);
    assert_int_equal(fault.depth, 0);
    assert_false(allows("excluded;DNS:a.example", "DNS:b.a.example"));
    assert_true(allows("excluded;DNS:a.example", "DNS:b.example"));
}

/* CVE-2025-61727: a wildcard stands for the excluded name, too. */
static void wildcards_are_all_that_they_stand_for(void **state) {
    (void)state;
    assert_false(allows("excluded;DNS:b.a.example", "DNS:*.a.example"));
    assert_true(allows("excluded;DNS:c.b.a.example", "DNS:*.a.example"));
    assert_false(allows("permitted;DNS:b.a.example", "DNS:*.a.example"));
}

static void mailboxes_and_their_hosts(void **state) {
    (void)state;
    assert_true(allows("permitted;email:a@b.example", "email:a@B.example"));
    assert_false(allows("permitted;email:a@b.example", "email:A@b.example"));
    assert_true(allows("permitted;email:b.example", "email:x@b.example"));
    assert_false(allows("permitted;email:b.example", "email:x@c.b.example"));
    assert_true(allows("permitted;email:.b.example", "email:x@c.b.example"));
    assert_false(allows("permitted;email:.b.example", "email:x@b.example"));
    assert_false(allows("excluded;email:b.example", "email:x@b.example"));
}

static void uris_go_by_their_host(void **state) {
    (void)state;
    assert_true(allows("permitted;URI:a.example", "URI:spiffe://a.example/x"));
    assert_false(allows("permitted;URI:a.example", "URI:spiffe://b.a.example/x"));
    assert_true(allows("permitted;URI:.a.example", "URI:spiffe://b.a.example/x"));
    assert_false(allows("permitted;URI:a.example", "URI:urn:x:y"));
    assert_false(allows("excluded;URI:a.example", "URI:urn:x:y"));
    assert_false(allows("permitted;URI:a.example", "URI:https://a.example@evil.example/"));
}

static void addresses_go_by_their_network(void **state) {
    (void)state;
    assert_true(allows("permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.9"));
    assert_false(allows("permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.3.9"));
    assert_false(allows("permitted;IP:192.0.2.0/255.255.255.0", "IP:::1"));
    assert_false(allows("excluded;IP:2001:db8:0:0:0:0:0:0/ffff:ffff:0:0:0:0:0:0", "IP:2001:db8::1"));
}

static void malformed_constraints_refuse(void **state) {
    (void)state;
    static const char *const bad[] = {"permitted;DNS:.a.example", "permitted;DNS:*.a.example",
                                      "excluded;DNS:a..b",        "permitted;IP:192.0.2.0/255.0.255.0",
                                      "permitted;email:a@",       "permitted;URI:http://a.example",
                                      "excluded;email:a b"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(allows(bad[i], "DNS:x.a.example"));
        assert_int_equal(fault.depth, 1);
        assert_int_equal(fault.reason, REASON_CERT_NAME_CONSTRAINT);
    }
}

static void leaves_constrain_nothing(void **state) {
    (void)state;
    X509 *leaf = pathed_make("leaf", MINT_CLIENT, NID_name_constraints, "permitted;DNS:a.example");
    X509 *authority = pathed_make("CA", MINT_CA, 0, NULL);
    struct path path = pathed_path(leaf, authority, NULL);
    assert_false(constraint_allows(&path, &fault));
    assert_int_equal(fault.depth, 0);
    X509_free(leaf);
    X509_free(authority);
}

/* RFC 5280 section 6.1.4: a CA that issues to itself is exempt, its leaf is not. */
static void self_issued_intermediates_are_exempt(void **state) {
    (void)state;
    X509 *leaf = pathed_make("leaf", MINT_CLIENT, NID_subject_alt_name, "DNS:a.example");
    X509 *middle = pathed_make("CA", MINT_CA, NID_subject_alt_name, "DNS:elsewhere.example");
    X509 *anchor = pathed_make("CA", MINT_CA, NID_name_constraints, "permitted;DNS:a.example");
    struct path path = pathed_path(leaf, middle, anchor);
    assert_true(constraint_allows(&path, &fault));
    path = pathed_path(middle, anchor, NULL);
    assert_false(constraint_allows(&path, &fault));
    X509_free(leaf);
    X509_free(middle);
    X509_free(anchor);
}

/* `count` DNS names in the words of openssl.cnf. */
static char *many(const char *prefix, size_t count) {
    char *text = malloc(count * 32 + 1);
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += (size_t)sprintf(text + len, "%s%sDNS:n%zu.example", i ? "," : "", prefix, i);
    return text;
}

static void work_is_bounded(void **state) {
    (void)state;
    char *constraints = many("excluded;", 200);
    char *names = many("", 200);
    X509 *leaf = pathed_make("leaf", MINT_CLIENT, NID_subject_alt_name, names);
    X509 *authority = pathed_make("CA", MINT_CA, NID_name_constraints, constraints);
    struct path path = pathed_path(leaf, authority, NULL);
    assert_false(constraint_is_bounded(&path, &fault));
    assert_int_equal(fault.reason, REASON_CERT_WORK);
    X509_free(leaf);
    X509_free(authority);
    free(constraints);
    free(names);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names_lie_in_their_domain),
        cmocka_unit_test(wildcards_are_all_that_they_stand_for),
        cmocka_unit_test(mailboxes_and_their_hosts),
        cmocka_unit_test(uris_go_by_their_host),
        cmocka_unit_test(addresses_go_by_their_network),
        cmocka_unit_test(malformed_constraints_refuse),
        cmocka_unit_test(leaves_constrain_nothing),
        cmocka_unit_test(self_issued_intermediates_are_exempt),
        cmocka_unit_test(work_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
