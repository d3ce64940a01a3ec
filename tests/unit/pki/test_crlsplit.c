/* An indirect list becomes one for each issuer under the signer's anchor. */
#include "pki/crlsplit.h"

#include "listed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted ca, signer, one, two, stranger;
static struct trust *trust;
static struct revsigners *signers;
static struct buf der;
static struct crl crl;
static const char *fault;

static int set_up_all(void **state) {
    (void)state;
    ca = minted_make("CA", MINT_CA, NULL);
    signer = minted_make("Signer", MINT_CA, &ca);
    one = minted_make("One", MINT_CA, &ca);
    two = minted_make("Two", MINT_CA, &ca);
    stranger = minted_make("Stranger", MINT_CA, NULL);
    trust = minted_trust(&ca);
    signers = revsigners_new(trust);
    assert_true(revsigners_add(signers, buf_view(&signer.der)));
    assert_true(revsigners_add(signers, buf_view(&one.der)));
    assert_true(revsigners_add(signers, buf_view(&two.der)));
    assert_true(revsigners_settle(signers));
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    revsigners_free(&signers);
    trust_unref(&trust);
    minted_fini(&ca);
    minted_fini(&signer);
    minted_fini(&one);
    minted_fini(&two);
    minted_fini(&stranger);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&der);
    return 0;
}

static struct crlsplit *split(const char *const *serials, const struct minted *const *issuers, const char *scope) {
    const struct revsigners_row *row;
    der = listed_make(&signer, &signer,
                      &(struct listed_request){.serials = serials, .issuers = issuers, .scope = scope, .next_day = 9});
    assert_true(crl_parse(buf_view(&der), &crl, &fault));
    assert_null(revsigners_judge(signers, &crl, &row));
    return crlsplit_new(&crl, signers, row, &fault);
}

/* The part about the certificates of `issuer`. */
static const struct crl *part_of(const struct crlsplit *parts, const struct minted *issuer) {
    uint8_t key[REVKEY_ISSUER_BYTES];
    X509 *certificate = cert_parse(buf_view(&issuer->der));
    assert_true(revkey_authority(certificate, key));
    X509_free(certificate);
    for (size_t i = 0; i < revsigners_count(signers); i++) {
        for (size_t k = 0; k < crlsplit_count(parts); k++) {
            if (memcmp(revsigners_at(signers, i)->key, key, sizeof key) == 0 &&
                crlsplit_at(parts, k)->authority == revsigners_at(signers, i)->authority)
                return &crlsplit_at(parts, k)->crl;
        }
    }
    return NULL;
}

static void expect_serials(const struct crl *part, const char *const *serials) {
    struct slice rest = part->entries;
    struct crl_entry entry;
    size_t count = 0;
    for (; crl_next(part, &rest, &entry); count++) {
        assert_non_null(serials[count]);
        assert_true(slice_equal(entry.serial, slice_of((uint8_t[]){(uint8_t)atoi(serials[count])}, 1)));
    }
    assert_null(serials[count]);
    assert_int_equal(part->entry_count, count);
    assert_int_equal(part->serial_bytes_max, count ? 1 : 0);
}

/* An entry without an issuer is about the same one as the entry before. */
static void each_entry_goes_to_its_issuer(void **state) {
    (void)state;
    static const char *const serials[] = {"01", "02", "03", "04", "05", "06", NULL};
    const struct minted *const issuers[] = {NULL, &one, NULL, &two, &signer, &one};
    struct crlsplit *parts = split(serials, issuers, "critical,indirectCRL:TRUE");
    assert_int_equal(crlsplit_count(parts), 4);
    expect_serials(part_of(parts, &signer), (const char *const[]){"1", "5", NULL});
    expect_serials(part_of(parts, &one), (const char *const[]){"2", "3", "6", NULL});
    expect_serials(part_of(parts, &two), (const char *const[]){"4", NULL});
    expect_serials(part_of(parts, &ca), (const char *const[]){NULL});
    crlsplit_free(&parts);
}

/* What is revoked of a stranger is neither the signer's nor that of whoever was named before. */
static void strangers_entries_are_left_out(void **state) {
    (void)state;
    static const char *const serials[] = {"01", "02", "03", "04", NULL};
    const struct minted *const issuers[] = {&one, &stranger, NULL, &one};
    struct crlsplit *parts = split(serials, issuers, "critical,indirectCRL:TRUE");
    assert_null(part_of(parts, &stranger));
    expect_serials(part_of(parts, &one), (const char *const[]){"1", "4", NULL});
    expect_serials(part_of(parts, &signer), (const char *const[]){NULL});
    crlsplit_free(&parts);
}

/* Without them, the list would speak for certificates that never named it. */
static void parts_of_others_have_points(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    struct crlsplit *parts = split(none, NULL, "critical,indirectCRL:TRUE");
    assert_false(part_of(parts, &signer)->scope.has_points);
    assert_true(part_of(parts, &one)->scope.has_points);
    assert_int_equal(part_of(parts, &one)->scope.points.count, 1);
    crlsplit_free(&parts);
    buf_fini(&der);
    parts = split(none, NULL, "critical,indirectCRL:TRUE,fullname:URI:http://a/1");
    assert_int_equal(part_of(parts, &one)->scope.points.count, 1);
    assert_memory_not_equal(part_of(parts, &one)->scope.points.points[0].name,
                            part_of(parts, &signer)->scope.points.points[0].name, DISTPOINT_BYTES);
    crlsplit_free(&parts);
    assert_null(parts);
}

static void turning_too_often_is_refused(void **state) {
    (void)state;
    const char **serials = calloc(CRLSPLIT_TURNS_MAX + 2, sizeof *serials);
    const struct minted **issuers = calloc(CRLSPLIT_TURNS_MAX + 2, sizeof *issuers);
    for (size_t i = 0; i < CRLSPLIT_TURNS_MAX + 1; i++) {
        serials[i] = "01";
        issuers[i] = i % 2 ? &one : &two;
    }
    assert_null(split(serials, issuers, "critical,indirectCRL:TRUE"));
    assert_non_null(strstr(fault, "too often"));
    buf_fini(&der);
    serials[CRLSPLIT_TURNS_MAX] = NULL;
    struct crlsplit *parts = split(serials, issuers, "critical,indirectCRL:TRUE");
    assert_non_null(parts);
    crlsplit_free(&parts);
    free(serials);
    free(issuers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_entry_goes_to_its_issuer, tear_down),
        cmocka_unit_test_teardown(strangers_entries_are_left_out, tear_down),
        cmocka_unit_test_teardown(parts_of_others_have_points, tear_down),
        cmocka_unit_test_teardown(turning_too_often_is_refused, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
