/* Lists are understood whole or refused with what is wrong. */
#include "pki/crl.h"

#include "listed.h"
#include "pki/crlsign.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted ca, namesake, other;
static struct buf der;
static struct crl crl;
static const char *fault;

static int set_up_all(void **state) {
    (void)state;
    ca = minted_make("CA", MINT_CA, NULL);
    namesake = minted_make("CA", MINT_CA, NULL);
    other = minted_make("Other", MINT_CA, NULL);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&ca);
    minted_fini(&namesake);
    minted_fini(&other);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&der);
    return 0;
}

static const char *const two[] = {"0102030405060708", "ff00000000000000000000000000000001:6", NULL};

static void make(const struct listed_request *request) {
    buf_fini(&der);
    der = listed_make(&ca, &ca, request);
}

static void expect_good(const struct listed_request *request) {
    make(request);
    if (!crl_parse(buf_view(&der), &crl, &fault))
        fail_msg("refused: %s", fault);
}

static void expect_fault(const struct listed_request *request, const char *words) {
    make(request);
    assert_false(crl_parse(buf_view(&der), &crl, &fault));
    if (!strstr(fault, words))
        fail_msg("\"%s\" does not say \"%s\"", fault, words);
}

static void head_and_entries_are_read(void **state) {
    (void)state;
    struct crl_entry entry;
    expect_good(&(struct listed_request){.serials = two, .number = 0x1234, .this_day = 1, .next_day = 8});
    assert_int_equal(crl.this_update, MINTED_EPOCH + MINTED_DAY);
    assert_int_equal(crl.next_update, MINTED_EPOCH + 8 * MINTED_DAY);
    assert_int_equal(crl.entry_count, 2);
    assert_int_equal(crl.serial_bytes_max, 18);
    assert_true(crl.number.is_given && crl.number.len == 2 && !crl.is_delta);
    assert_memory_equal(crl.number.bytes, "\x12\x34", 2);
    struct slice rest = crl.entries;
    assert_true(crl_next(&crl, &rest, &entry));
    assert_int_equal(entry.serial.len, 8);
    assert_int_equal(entry.reason, CRL_CODE_UNSPECIFIED);
    assert_true(crl_next(&crl, &rest, &entry));
    assert_int_equal(entry.serial.len, 18);
    assert_int_equal(entry.reason, CRL_CODE_HOLD);
    assert_false(crl_next(&crl, &rest, &entry));
}

static void scopes_are_read(void **state) {
    (void)state;
    expect_good(&(struct listed_request){.next_day = 8, .scope = "critical,onlyuser:TRUE"});
    assert_true(crl.scope.only_users && !crl.scope.only_cas && !crl.scope.has_points);
    expect_good(&(struct listed_request){.next_day = 8, .scope = "critical,onlyCA:TRUE,fullname:URI:http://a/1"});
    assert_true(crl.scope.only_cas && crl.scope.has_points && crl.scope.points.count == 1);
    expect_good(&(struct listed_request){.next_day = 8, .scope = "onlysomereasons:keyCompromise"});
    assert_int_equal(crl.scope.reasons, 2);
}

static void deltas_are_told_apart(void **state) {
    (void)state;
    static const char *const removed[] = {"05:8", NULL};
    expect_good(&(struct listed_request){.serials = removed, .number = 7, .base = 5, .next_day = 8});
    assert_true(crl.is_delta && crl.base.is_given);
    expect_fault(&(struct listed_request){.serials = removed, .number = 7, .next_day = 8}, "no delta list");
    expect_fault(&(struct listed_request){.number = 4, .base = 5, .next_day = 8}, "lower than that of its base");
}

static void what_is_not_understood_is_refused(void **state) {
    (void)state;
    static const char *const long_serial[] = {"0102030405060708090a0b0c0d0e0f10111213141516", NULL};
    static const char *const odd_reason[] = {"05:7", NULL};
    expect_fault(&(struct listed_request){.next_day = 8, .has_unknown_critical = true}, "critical extension");
    expect_fault(&(struct listed_request){.next_day = 8, .scope = "critical,onlyAA:TRUE"}, "attribute");
    expect_fault(&(struct listed_request){.next_day = 8, .scope = "critical,onlyuser:TRUE,onlyCA:TRUE"}, "malformed");
    expect_fault(&(struct listed_request){.next_day = 8, .serials = long_serial}, "20 bytes");
    expect_fault(&(struct listed_request){.next_day = 8, .serials = odd_reason}, "reason");
    expect_fault(&(struct listed_request){.this_day = 8, .next_day = 1}, "before its thisUpdate");
}

static void issuers_of_entries_are_for_indirect_lists(void **state) {
    (void)state;
    const struct minted *const issuers[] = {&other, NULL};
    struct crl_entry entry;
    struct listed_request request = {.serials = two, .issuers = issuers, .next_day = 8};
    expect_fault(&request, "not indirect");
    request.scope = "critical,indirectCRL:TRUE";
    expect_good(&request);
    struct slice rest = crl.entries;
    assert_true(crl_next(&crl, &rest, &entry) && entry.issuer.len > 0);
    assert_true(crl_next(&crl, &rest, &entry) && entry.issuer.len == 0);
}

/* Every cut, and every byte changed: refused, or read without harm. */
static void broken_bytes_do_no_harm(void **state) {
    (void)state;
    expect_good(&(struct listed_request){.serials = two, .number = 1, .next_day = 8, .scope = "onlyuser:TRUE"});
    size_t len = buf_len(&der);
    uint8_t *copy = malloc(len);
    for (size_t cut = 0; cut < len; cut++)
        assert_false(crl_parse(slice_of(buf_view(&der).data, cut), &crl, &fault));
    for (size_t at = 0; at < len; at++) {
        memcpy(copy, buf_view(&der).data, len);
        copy[at] ^= 0x41;
        (void)!crl_parse(slice_of(copy, len), &crl, &fault);
    }
    free(copy);
}

static const char *signed_by(const struct minted *minted) {
    X509 *certificate = cert_parse(buf_view(&minted->der));
    const char *why = crlsign_is_name(&crl, certificate) ? crlsign_check(&crl, certificate) : "name";
    X509_free(certificate);
    return why;
}

static void only_its_issuer_s_key_signs_a_list(void **state) {
    (void)state;
    expect_good(&(struct listed_request){.serials = two, .next_day = 8});
    assert_null(signed_by(&ca));
    assert_string_equal(signed_by(&other), "name");
    assert_string_equal(signed_by(&namesake), "its signature does not verify");
    expect_good(&(struct listed_request){.serials = two, .next_day = 8, .has_key_id = true});
    assert_null(signed_by(&ca));
    assert_non_null(strstr(signed_by(&namesake), "another key"));
    ((uint8_t *)crl.entries.data)[6] ^= 1; /* a serial */
    assert_string_equal(signed_by(&ca), "its signature does not verify");
}

static void drop_crl_sign(X509 *certificate) {
    crafted_extend(certificate, NID_key_usage, "critical,keyCertSign");
}

static void a_key_that_may_not_sign_lists_signs_none(void **state) {
    (void)state;
    struct minted limited = minted_make("CA", MINT_CA, NULL);
    crafted_resign(&limited, NULL, drop_crl_sign, EVP_sha256(), NULL);
    buf_fini(&der);
    der = listed_make(&limited, &limited, &(struct listed_request){.next_day = 8});
    assert_true(crl_parse(buf_view(&der), &crl, &fault));
    assert_non_null(strstr(signed_by(&limited), "cRLSign"));
    minted_fini(&limited);
}

static void numbers_are_compared_as_numbers(void **state) {
    (void)state;
    struct crl_number none = {0};
    struct crl_number small = {.is_given = true, .len = 1, .bytes = {9}};
    struct crl_number large = {.is_given = true, .len = 2, .bytes = {1, 0}};
    assert_true(crl_number_compare(&none, &small) < 0);
    assert_true(crl_number_compare(&large, &small) > 0);
    assert_int_equal(crl_number_compare(&large, &large), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(head_and_entries_are_read, tear_down),
        cmocka_unit_test_teardown(scopes_are_read, tear_down),
        cmocka_unit_test_teardown(deltas_are_told_apart, tear_down),
        cmocka_unit_test_teardown(what_is_not_understood_is_refused, tear_down),
        cmocka_unit_test_teardown(issuers_of_entries_are_for_indirect_lists, tear_down),
        cmocka_unit_test_teardown(broken_bytes_do_no_harm, tear_down),
        cmocka_unit_test_teardown(only_its_issuer_s_key_signs_a_list, tear_down),
        cmocka_unit_test_teardown(a_key_that_may_not_sign_lists_signs_none, tear_down),
        cmocka_unit_test(numbers_are_compared_as_numbers),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
