/* Tests of policy/certfacts: every value under its fact, in its normal form, and nothing of what is no clean text. */
#include "policy/certfacts.h"

#include "../pki/crafted.h"
#include "pki/identity.h"
#include "pki/peer.h"
#include "pki/verify.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool has(const struct certfacts *facts, enum fact fact, const char *text) {
    for (size_t i = facts->first[fact]; i < facts->first[fact + 1]; i++) {
        assert_int_equal(facts->values[i].data[0], fact);
        if (slice_equal(slice_sub(facts->values[i], 1, SIZE_MAX), slice_text(text)))
            return true;
    }
    return false;
}

static size_t count_of(const struct certfacts *facts, enum fact fact) {
    return facts->first[fact + 1] - (size_t)facts->first[fact];
}

static struct identity_attribute attribute(const char *oid, const char *value, bool is_text) {
    return (struct identity_attribute){.oid = slice_text(oid), .value = slice_text(value), .is_text = is_text};
}

static void values_stand_under_their_facts(void **state) {
    (void)state;
    struct identity_attribute attributes[] = {attribute("2.5.4.3", "Alice", true), attribute("2.5.4.11", "ops", true),
                                              attribute("2.5.4.3", "root", true), attribute("2.5.4.11", "dev", true),
                                              attribute("1.2.3.4", "x", true)};
    struct identity_name names[] = {{IDENTITY_DNS, slice_text("C1.Example")},
                                    {IDENTITY_MAIL, slice_text("Alice@Example.Com")},
                                    {IDENTITY_URI, slice_text("spiffe://a/b")},
                                    {IDENTITY_UNKNOWN, slice_text("")}};
    struct slice policies[] = {slice_text("1.2.3")};
    struct identity leaf = {.attributes = attributes,
                            .attribute_count = 5,
                            .names = names,
                            .name_count = 4,
                            .policies = policies,
                            .policy_count = 1,
                            .serial = slice_of("\0\xab", 2),
                            .spiffe_id = slice_text("spiffe://a/b")};
    struct certfacts *facts = certfacts_new(&leaf, NULL, NULL);
    assert_non_null(facts);
    assert_true(has(facts, FACT_SUBJECT_CN, "Alice") && has(facts, FACT_SUBJECT_CN, "root"));
    assert_int_equal(count_of(facts, FACT_SUBJECT_CN), 2);
    assert_true(has(facts, FACT_SUBJECT_OU, "ops") && has(facts, FACT_SUBJECT_OU, "dev"));
    assert_true(has(facts, FACT_SUBJECT_ATTRIBUTE, "1.2.3.4=x"));
    assert_true(has(facts, FACT_SUBJECT_ATTRIBUTE, "2.5.4.3=root"));
    assert_true(has(facts, FACT_SAN_DNS, "c1.example"));
    assert_true(has(facts, FACT_SAN_MAIL, "Alice@example.com"));
    assert_true(has(facts, FACT_SAN_URI, "spiffe://a/b") && has(facts, FACT_SPIFFE, "spiffe://a/b"));
    assert_true(has(facts, FACT_POLICY_OID, "1.2.3"));
    assert_true(has(facts, FACT_SERIAL, "ab"));
    assert_int_equal(count_of(facts, FACT_FINGERPRINT), 1);
    assert_int_equal(count_of(facts, FACT_ISSUER_CN), 0);
    assert_int_equal(count_of(facts, FACT_ROOT_KEY), 0);
    certfacts_free(&facts);
    certfacts_free(&facts);
}

static void what_is_no_clean_text_is_noted_only(void **state) {
    (void)state;
    struct identity_attribute attributes[] = {attribute("2.5.4.3", "alice\r\nx", false),
                                              attribute("2.5.4.11", "", true)};
    struct identity_name names[] = {{IDENTITY_PRINCIPAL, slice_text("")}};
    struct identity leaf = {
        .attributes = attributes, .attribute_count = 2, .names = names, .name_count = 1, .serial = slice_of("\x80", 1)};
    struct certfacts *facts = certfacts_new(&leaf, NULL, NULL);
    assert_non_null(facts);
    assert_true(facts->unreadable[FACT_SUBJECT_CN] && facts->unreadable[FACT_SUBJECT_OU]);
    assert_true(facts->unreadable[FACT_SUBJECT_ATTRIBUTE] && facts->unreadable[FACT_SAN_PRINCIPAL]);
    assert_true(facts->unreadable[FACT_SERIAL]);
    assert_false(facts->unreadable[FACT_SUBJECT_O] || facts->unreadable[FACT_SAN_DNS]);
    assert_int_equal(count_of(facts, FACT_SUBJECT_CN) + count_of(facts, FACT_SUBJECT_OU), 0);
    assert_int_equal(count_of(facts, FACT_SAN_PRINCIPAL), 0);
    certfacts_free(&facts);
}

/* A real chain: the anchor is the issuer here. */
static void a_peer_keeps_its_facts(void **state) {
    (void)state;
    struct minted ca = minted_make("Clients CA", MINT_CA, NULL);
    struct minted alice = minted_make("alice", MINT_CLIENT, &ca);
    struct trust *trust = minted_trust(&ca);
    struct verify_settings settings = {.purpose = VERIFY_CLIENT, .depth = 5, .rsa_bits_min = 2048};
    struct verify_verdict verdict;
    struct verified_peer *peer;
    struct slice chain[] = {buf_view(&alice.der)};
    verify_chain(chain, 1, trust, &settings, MINTED_EPOCH + MINTED_DAY, &verdict, &peer);
    assert_non_null(peer);
    trust_unref(&trust);
    const struct certfacts *facts = certfacts_of(peer);
    assert_non_null(facts);
    assert_ptr_equal(certfacts_of(peer), facts);
    assert_true(has(facts, FACT_SUBJECT_CN, "alice") && has(facts, FACT_SUBJECT_O, "Sallyport tests"));
    assert_true(has(facts, FACT_ISSUER_CN, "Clients CA") && has(facts, FACT_ROOT_CN, "Clients CA"));
    struct slice own = slice_sub(facts->values[facts->first[FACT_FINGERPRINT]], 1, SIZE_MAX);
    assert_true(slice_equal(own, slice_of(verified_peer_fingerprint(peer), PEER_FINGERPRINT_BYTES)));
    struct slice issuer = slice_sub(facts->values[facts->first[FACT_ISSUER_KEY]], 1, SIZE_MAX);
    struct slice root = slice_sub(facts->values[facts->first[FACT_ROOT_KEY]], 1, SIZE_MAX);
    assert_true(slice_equal(issuer, root) && !slice_equal(issuer, own));
    verified_peer_unref(&peer);
    minted_fini(&alice);
    minted_fini(&ca);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_under_their_facts),
        cmocka_unit_test(what_is_no_clean_text_is_noted_only),
        cmocka_unit_test(a_peer_keeps_its_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
