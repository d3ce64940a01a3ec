/* Tests of policy/rulevalue: values of each form, and the sentences about what can only be a mistake. */
#include "policy/rulevalue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEX32 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static struct arena arena;
static struct rulevalue values[RULEVALUE_EACH_MAX];
static size_t count;
static char complaint[RULEVALUE_COMPLAINT_MAX];

static int set_up(void **state) {
    (void)state;
    arena_init(&arena, 4096, 1 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_fini(&arena);
    return 0;
}

static bool read(enum fact fact, const char *text) {
    return rulevalue_read(fact, slice_text(text), &arena, values, &count, complaint);
}

static void is_exact(enum fact fact, const char *text, const void *bytes, size_t len) {
    assert_true(read(fact, text));
    assert_int_equal(count, 1);
    assert_int_equal(values[0].kind, RULEVALUE_EXACT);
    assert_int_equal(values[0].key.data[0], fact);
    assert_true(slice_equal(slice_sub(values[0].key, 1, SIZE_MAX), slice_of(bytes, len)));
}

static void refuses(enum fact fact, const char *text, const char *expected) {
    assert_false(read(fact, text));
    assert_string_equal(complaint, expected);
}

static bool path_matches(const char *pattern, const char *path) {
    bool matched = false;
    assert_true(read(FACT_PATH, pattern));
    for (size_t i = 0; i < count; i++) {
        struct slice key = values[i].kind == RULEVALUE_EXACT ? values[i].key : (struct slice){.len = 0};
        matched = matched ||
            (key.len > 0 ? slice_equal(slice_sub(key, 1, SIZE_MAX), slice_text(path))
                         : glob_matches(values[i].glob, slice_text(path)));
    }
    return matched;
}

static void digests_have_three_spellings(void **state) {
    (void)state;
    static const uint8_t digest[32] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
                                       0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                       0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    is_exact(FACT_FINGERPRINT, HEX32, digest, 32);
    is_exact(FACT_KEY,
             "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF", digest,
             32);
    is_exact(FACT_KEY, "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=", digest, 32);
    refuses(FACT_FINGERPRINT, HEX32 "00",
            "expected a SHA-256 digest: 64 hexadecimal digits, colons allowed, or base64");
    refuses(FACT_FINGERPRINT, "5e*", "expected a SHA-256 digest: 64 hexadecimal digits, colons allowed, or base64");
    refuses(FACT_FINGERPRINT, "00112233445566778899aabbccddeeff00112233",
            "this is a SHA-1 digest; give the SHA-256 one of 64 hexadecimal digits");
}

static void serials_lose_their_leading_zeros(void **state) {
    (void)state;
    is_exact(FACT_SERIAL, "4FE21B", "4fe21b", 6);
    is_exact(FACT_SERIAL, "00:0f:e2:1b", "0fe21b", 6);
    is_exact(FACT_SERIAL, "fe21b", "0fe21b", 6);
    is_exact(FACT_SERIAL, "0", "00", 2);
    refuses(FACT_SERIAL, "-1f", "expected a serial number in hexadecimal, colons allowed");
    refuses(FACT_SERIAL, "0x1f", "expected a serial number in hexadecimal, colons allowed");
    refuses(FACT_SERIAL, "*", "expected a serial number in hexadecimal, colons allowed");
}

static void texts_are_patterns_with_case(void **state) {
    (void)state;
    is_exact(FACT_SUBJECT_CN, "Alice", "Alice", 5);
    is_exact(FACT_SUBJECT_CN, "\\*", "*", 1);
    assert_true(read(FACT_SUBJECT_OU, "ops-*"));
    assert_int_equal(values[0].kind, RULEVALUE_GLOB);
    assert_true(glob_matches(values[0].glob, slice_text("ops-1")));
    is_exact(FACT_SAN_DNS, "A.Example", "a.example", 9);
    is_exact(FACT_SAN_MAIL, "Alice@Example", "Alice@example", 13);
    is_exact(FACT_SUBJECT_ATTRIBUTE, "2.5.4.17=1010", "2.5.4.17=1010", 13);
    is_exact(FACT_POLICY_OID, "1.2.3", "1.2.3", 5);
    refuses(FACT_SUBJECT_ATTRIBUTE, "postalCode=1010",
            "expected an object identifier, \"=\" and a pattern, as in \"2.5.4.17=1010\"");
    refuses(FACT_POLICY_OID, "1.2.*", "expected an object identifier such as \"1.3.6.1.4.1.99999.1\"");
    refuses(FACT_SAN_MAIL, "example.com", "expected a mail address such as \"alice@example.com\" or \"*@example.com\"");
    refuses(FACT_SAN_URI, "example.com/x", "expected a URI such as \"https://example.com/clients/*\"");
}

static void spiffe_ids_look_like_some(void **state) {
    (void)state;
    is_exact(FACT_SPIFFE, "spiffe://a/Admin", "spiffe://a/Admin", 16);
    assert_true(read(FACT_SPIFFE, "spiffe://a/**"));
    refuses(FACT_SPIFFE, "https://a/b", "expected a SPIFFE id such as \"spiffe://example.com/admin/*\"");
    refuses(FACT_SPIFFE, "spiffe://A/b", "the trust domain of a SPIFFE id has no upper-case letters");
    refuses(FACT_SPIFFE, "spiffe://a/b/", "a SPIFFE id does not end with \"/\"; write \"/**\" for all below");
}

static void names_stand_alone(void **state) {
    (void)state;
    is_exact(FACT_HOST, "[::1]", "[::1]", 5);
    refuses(FACT_HOST, "a.example:8443", "a name stands without a port and without a scheme");
    refuses(FACT_HOST, "https://a.example", "a name stands without a port and without a scheme");
    refuses(FACT_SNI, "a.example.", "names are compared without a dot at their end");
    refuses(FACT_SNI, "a b", "expected a name such as \"api.example.com\" or \"*.example.com\"");
}

static void paths_are_prefixes_unless_they_have_stars(void **state) {
    (void)state;
    assert_true(path_matches("/admin", "/admin"));
    assert_true(path_matches("/admin", "/admin/x/y"));
    assert_false(path_matches("/admin", "/administrator"));
    assert_true(path_matches("/admin/", "/admin/"));
    assert_true(path_matches("/admin/", "/admin/x"));
    assert_false(path_matches("/admin/", "/admin"));
    assert_true(path_matches("/", "/x"));
    assert_true(path_matches("/admin/**", "/admin"));
    assert_true(path_matches("/admin/**", "/admin/x/y"));
    assert_false(path_matches("/admin/**", "/administrator"));
    assert_true(path_matches("/files/*/meta", "/files/7/meta"));
    assert_false(path_matches("/files/*/meta", "/files/7/8/meta"));
    assert_false(path_matches("/files/*/meta", "/files/7/meta/x"));
    assert_true(path_matches("/**", "/"));
}

static void paths_are_written_plainly(void **state) {
    (void)state;
    const char *plainly = "a path is written plainly: without a query, parameters, escapes or spaces";
    refuses(FACT_PATH, "admin", "expected a path such as \"/admin\", which begins with \"/\"");
    refuses(FACT_PATH, "/a?b", plainly);
    refuses(FACT_PATH, "/a%2fb", plainly);
    refuses(FACT_PATH, "/a\\*", plainly);
    refuses(FACT_PATH, "/a;b", plainly);
    refuses(FACT_PATH, "/a//b", "a path has no empty, \".\" or \"..\" segments");
    refuses(FACT_PATH, "/a/../b", "a path has no empty, \".\" or \"..\" segments");
    refuses(FACT_PATH, "/a/..", "a path has no empty, \".\" or \"..\" segments");
}

static void the_rest_has_its_own_words(void **state) {
    (void)state;
    is_exact(FACT_METHOD, "GET", "GET", 3);
    refuses(FACT_METHOD, "get", "expected a method such as GET, in capital letters, without stars");
    refuses(FACT_METHOD, "*", "expected a method such as GET, in capital letters, without stars");
    assert_true(read(FACT_ADDRESS, "10.0.0.0/8"));
    assert_int_equal(values[0].network.prefix, 104);
    refuses(FACT_ADDRESS, "10.0.0.1/8",
            "expected an address or a network such as \"10.0.0.0/8\", with no bits set beyond the prefix");
    assert_true(read(FACT_CERTIFICATE, "presented"));
    assert_int_equal(values[0].presence, RULEVALUE_UNVERIFIED_CERTIFICATE | RULEVALUE_VERIFIED_CERTIFICATE);
    refuses(FACT_CERTIFICATE, "yes", "expected none, presented, verified or unverified");
    assert_true(read(FACT_TIME, "mon-fri"));
    refuses(FACT_TIME, "office hours",
            "expected days, hours, or both, and a fixed zone: \"mon-fri 08:00-18:00 +01:00\"");
    refuses(FACT_SUBJECT_CN, "", "nothing is given");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(digests_have_three_spellings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(serials_lose_their_leading_zeros, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_are_patterns_with_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spiffe_ids_look_like_some, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_stand_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(paths_are_prefixes_unless_they_have_stars, set_up, tear_down),
        cmocka_unit_test_setup_teardown(paths_are_written_plainly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_rest_has_its_own_words, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
