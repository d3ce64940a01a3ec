/* From lists to answers: writing an index, reading it, and the rules on top. */
#include "pki/revwrite.h"

#include "listed.h"
#include "pki/peer_new.h"
#include "pki/revocation.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOW (MINTED_EPOCH + 2 * MINTED_DAY)

static struct minted ca, namesake, middle, leaf, under;
static struct trust *trust;
static struct revsigners *signers;
static struct revwrite *writer;
static struct buf lists[8];
static size_t list_count;
static struct buf bytes;
static struct revindex index_read;
static struct error_list errors;
static struct revocation_key key;

static int set_up_all(void **state) {
    (void)state;
    ca = minted_make("CA", MINT_CA, NULL);
    namesake = minted_make("CA", MINT_CA, NULL);
    middle = minted_make("Middle", MINT_CA, &ca);
    leaf = minted_make("leaf", MINT_CLIENT, &ca);
    under = minted_make("under", MINT_CLIENT, &middle);
    trust = minted_trust(&ca);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    trust_unref(&trust);
    minted_fini(&ca);
    minted_fini(&namesake);
    minted_fini(&middle);
    minted_fini(&leaf);
    minted_fini(&under);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    error_list_init(&errors);
    buf_init(&bytes, 1 << 20);
    signers = revsigners_new(trust);
    assert_true(revsigners_add(signers, buf_view(&middle.der)));
    assert_true(revsigners_add(signers, buf_view(&namesake.der))); /* does not chain: to be dropped */
    assert_true(revsigners_settle(signers));
    assert_int_equal(revsigners_count(signers), 2);
    writer = revwrite_new(signers, NOW, NOW);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    revwrite_free(&writer);
    revsigners_free(&signers);
    while (list_count)
        buf_fini(&lists[--list_count]);
    buf_fini(&bytes);
    error_list_fini(&errors);
    return 0;
}

static void make_key(const struct minted *certificate, const struct minted *issuer) {
    X509 *one = cert_parse(buf_view(&certificate->der));
    X509 *above = cert_parse(buf_view(&issuer->der));
    assert_true(revkey_make(one, above, &key));
    X509_free(one);
    X509_free(above);
}

/* The serial of a certificate in hex, with `code` behind it. */
static const char *serial_of(const struct minted *minted, const char *code) {
    static char text[80];
    struct peer_summary summary;
    cert_summarize_der(buf_view(&minted->der), &summary);
    snprintf(text, sizeof text, "%s%s", summary.serial, code);
    return text;
}

static bool add_signed(const struct minted *issuer, const struct minted *signer, const struct listed_request *request) {
    static const struct revpack_origin origin = {.place = {.file = "c.yaml", .line = 7}, .path = "x.crl"};
    lists[list_count] = listed_make(issuer, signer, request);
    return revwrite_add(writer, buf_view(&lists[list_count++]), &origin, &errors);
}

static void add(const struct minted *issuer, const char *serial, long number, long base) {
    const char *const serials[] = {serial, NULL};
    assert_true(
        add_signed(issuer, issuer,
                   &(struct listed_request){.serials = serials, .number = number, .base = base, .next_day = 9}));
}

static void finish(void) {
    const char *fault;
    if (!revwrite_finish(writer, &bytes, &errors))
        fail_msg("%s", errors.items[0].sentence);
    assert_true(revindex_open(&index_read, buf_view(&bytes), &fault));
}

static void expect_error(const char *words) {
    assert_true(errors.count > 0);
    assert_int_equal(errors.items[0].line, 7);
    if (!strstr(errors.items[0].sentence, words))
        fail_msg("\"%s\" does not say \"%s\"", errors.items[0].sentence, words);
}

static void expect(enum revindex_status status) {
    assert_int_equal(revindex_find(&index_read, &key).status, status);
}

static void issuer_and_serial_are_looked_up(void **state) {
    (void)state;
    add(&ca, serial_of(&leaf, ""), 1, 0);
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_REVOKED);
    make_key(&middle, &ca);
    expect(REVINDEX_GOOD);
    make_key(&under, &middle);
    expect(REVINDEX_NO_LIST);
    make_key(&leaf, &namesake); /* the same name, another key */
    expect(REVINDEX_NO_LIST);
}

static void holds_are_told_apart(void **state) {
    (void)state;
    add(&ca, serial_of(&leaf, ":6"), 1, 0);
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_ON_HOLD);
}

static void the_newest_of_a_scope_counts(void **state) {
    (void)state;
    add(&ca, serial_of(&leaf, ""), 2, 0);
    add(&ca, NULL, 1, 0);
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_REVOKED);
}

static void deltas_add_and_take_away(void **state) {
    (void)state;
    add(&ca, serial_of(&leaf, ":6"), 4, 0);
    add(&ca, serial_of(&middle, ""), 5, 4);
    add(&ca, serial_of(&leaf, ":8"), 6, 4);
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_GOOD);
    make_key(&middle, &ca);
    expect(REVINDEX_GOOD); /* the newest delta list alone counts, and no longer names it */
}

static void a_delta_needs_its_base(void **state) {
    (void)state;
    add(&ca, NULL, 3, 0);
    add(&ca, NULL, 6, 4);
    assert_false(revwrite_finish(writer, &bytes, &errors));
    expect_error("full list");
}

static void kinds_of_certificates_have_lists_of_their_own(void **state) {
    (void)state;
    assert_true(add_signed(&ca, &ca, &(struct listed_request){.next_day = 9, .scope = "critical,onlyCA:TRUE"}));
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_NO_LIST);
    make_key(&middle, &ca);
    expect(REVINDEX_GOOD);
}

static void some_reasons_are_not_all(void **state) {
    (void)state;
    assert_true(
        add_signed(&ca, &ca, &(struct listed_request){.next_day = 9, .scope = "onlysomereasons:keyCompromise"}));
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_NO_LIST);
}

static void points_have_to_be_shared(void **state) {
    (void)state;
    assert_true(add_signed(&ca, &ca, &(struct listed_request){.next_day = 9, .scope = "fullname:URI:http://a/1"}));
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_NO_LIST);
    struct minted pointing = minted_make("pointing", MINT_CLIENT, &ca);
    X509 *certificate = cert_parse(buf_view(&pointing.der));
    X509 *issuer = cert_parse(buf_view(&ca.der));
    crafted_extend(certificate, NID_crl_distribution_points, "URI:http://a/1");
    assert_true(revkey_make(certificate, issuer, &key));
    expect(REVINDEX_GOOD);
    crafted_extend(certificate, NID_crl_distribution_points, "URI:http://a/2");
    assert_true(revkey_make(certificate, issuer, &key));
    expect(REVINDEX_NO_LIST);
    X509_free(certificate);
    X509_free(issuer);
    minted_fini(&pointing);
}

/* The key of `certificate`, of `issuer`, with these distribution points. */
static void make_pointing_key(const struct minted *certificate, const struct minted *issuer, const char *points) {
    X509 *one = cert_parse(buf_view(&certificate->der));
    X509 *above = cert_parse(buf_view(&issuer->der));
    CONF *conf = NCONF_new(NULL);
    BIO *text = BIO_new_mem_buf(points, -1);
    X509V3_CTX context;
    assert_true(NCONF_load_bio(conf, text, NULL) == 1);
    X509V3_set_ctx(&context, above, one, NULL, NULL, 0);
    X509V3_set_nconf(&context, conf);
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(conf, &context, NID_crl_distribution_points, "point");
    assert_non_null(extension);
    assert_true(X509_add_ext(one, extension, -1));
    assert_true(revkey_make(one, above, &key));
    X509_EXTENSION_free(extension);
    BIO_free(text);
    NCONF_free(conf);
    X509_free(one);
    X509_free(above);
}

/* A list of `middle` speaks for certificates of `ca`, but only for those that say so. */
static void indirect_lists_speak_for_those_that_name_them(void **state) {
    (void)state;
    static const char of_ca[] =
        "[point]\nfullname=URI:http://a/1\nCRLissuer=dirName:ca\n[ca]\nO=Sallyport tests\nCN=CA\n";
    static const char of_middle[] =
        "[point]\nfullname=URI:http://a/1\nCRLissuer=dirName:by\n[by]\nO=Sallyport tests\nCN=Middle\n";
    static const char of_middle_elsewhere[] =
        "[point]\nfullname=URI:http://a/2\nCRLissuer=dirName:by\n[by]\nO=Sallyport tests\nCN=Middle\n";
    const char *const serials[] = {serial_of(&leaf, ""), NULL};
    const struct minted *const issuers[] = {&ca};
    struct listed_request request = {.serials = serials,
                                     .issuers = issuers,
                                     .next_day = 9,
                                     .scope = "critical,indirectCRL:TRUE,fullname:URI:http://a/1"};
    assert_true(add_signed(&middle, &middle, &request));
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_NO_LIST);
    make_pointing_key(&leaf, &ca, of_ca);
    expect(REVINDEX_NO_LIST);
    make_pointing_key(&leaf, &ca, of_middle_elsewhere);
    expect(REVINDEX_NO_LIST);
    make_pointing_key(&leaf, &ca, of_middle);
    expect(REVINDEX_REVOKED);
    make_pointing_key(&middle, &ca, of_middle);
    expect(REVINDEX_GOOD);
    make_pointing_key(&leaf, &namesake, of_middle);
    expect(REVINDEX_NO_LIST);
    make_pointing_key(&under, &middle, "[point]\nfullname=URI:http://a/1\n");
    expect(REVINDEX_GOOD);
}

/* A delta list of an indirect one goes to the same certificates. */
static void indirect_lists_have_deltas(void **state) {
    (void)state;
    static const char of_middle[] = "[point]\nCRLissuer=dirName:by\n[by]\nO=Sallyport tests\nCN=Middle\n";
    const char *const serials[] = {serial_of(&leaf, ""), NULL};
    const struct minted *const issuers[] = {&ca};
    struct listed_request request = {.number = 4, .next_day = 9, .scope = "critical,indirectCRL:TRUE"};
    assert_true(add_signed(&middle, &middle, &request));
    request.number = 5;
    request.base = 4;
    request.serials = serials;
    request.issuers = issuers;
    assert_true(add_signed(&middle, &middle, &request));
    finish();
    make_pointing_key(&leaf, &ca, of_middle);
    expect(REVINDEX_REVOKED);
    make_key(&leaf, &middle);
    expect(REVINDEX_GOOD);
}

static void only_itself(X509 *certificate) {
    CONF *conf = NCONF_new(NULL);
    BIO *text = BIO_new_mem_buf("[one]\nO=elsewhere\n", -1);
    X509V3_CTX context;
    bug_on(NCONF_load_bio(conf, text, NULL) != 1);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509V3_set_nconf(&context, conf);
    X509_EXTENSION *extension =
        X509V3_EXT_nconf_nid(conf, &context, NID_name_constraints, "critical,permitted;dirName:one");
    bug_on(!extension || !X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
    BIO_free(text);
    NCONF_free(conf);
}

/* Its constraints do not bind the name of the CA that they are in: its next key belongs to it. */
static void a_constrained_ca_may_roll_its_key_over(void **state) {
    (void)state;
    struct minted narrow = minted_make("Narrow", MINT_CA, &ca);
    crafted_resign(&narrow, &ca, only_itself, EVP_sha256(), NULL);
    struct minted next = minted_make("Narrow", MINT_CA, &narrow);
    struct minted below = minted_make("below", MINT_CLIENT, &next);
    revwrite_free(&writer);
    revsigners_free(&signers);
    signers = revsigners_new(trust);
    assert_true(revsigners_add(signers, buf_view(&narrow.der)) && revsigners_add(signers, buf_view(&next.der)));
    assert_true(revsigners_settle(signers));
    assert_int_equal(revsigners_count(signers), 3);
    writer = revwrite_new(signers, NOW, NOW);
    add(&narrow, serial_of(&below, ""), 1, 0);
    finish();
    make_key(&below, &next);
    expect(REVINDEX_REVOKED);
    minted_fini(&narrow);
    minted_fini(&next);
    minted_fini(&below);
}

static void by_the_list_of_a_revoked_signer_nobody_is_good(void **state) {
    (void)state;
    add(&ca, serial_of(&middle, ""), 1, 0);
    add(&middle, "0102", 1, 0);
    finish();
    make_key(&under, &middle);
    expect(REVINDEX_NO_LIST);
    key.serial_len = 2;
    memcpy(key.serial, "\x01\x02", 2);
    expect(REVINDEX_REVOKED);
}

static void bad_lists_are_refused(void **state) {
    (void)state;
    assert_false(add_signed(&ca, &namesake, &(struct listed_request){.next_day = 9}));
    expect_error("signature does not verify");
    error_list_fini(&errors);
    assert_false(add_signed(&leaf, &leaf, &(struct listed_request){.next_day = 9}));
    expect_error("no certificate of its issuer");
    error_list_fini(&errors);
    assert_false(add_signed(&ca, &ca, &(struct listed_request){.this_day = 5, .next_day = 9}));
    expect_error("future");
    error_list_fini(&errors);
    assert_true(add_signed(&ca, &ca, &(struct listed_request){.next_day = 1}));
    assert_false(revwrite_finish(writer, &bytes, &errors));
    expect_error("too old");
}

static void numbers_do_not_go_back(void **state) {
    struct revindex earlier;
    struct buf kept;
    add(&ca, NULL, 5, 0);
    finish();
    buf_init(&kept, 1 << 20);
    assert_true(buf_append(&kept, buf_view(&bytes)));
    const char *fault;
    assert_true(revindex_open(&earlier, buf_view(&kept), &fault));
    assert_false(revindex_went_back(&index_read, &earlier));
    tear_down(state);
    set_up(state);
    add(&ca, NULL, 4, 0);
    finish();
    assert_true(revindex_went_back(&index_read, &earlier));
    assert_false(revindex_went_back(&earlier, &index_read));
    buf_fini(&kept);
}

/* Every byte changed, every cut: the reader stays inside, and says something. */
static void a_broken_index_does_no_harm(void **state) {
    (void)state;
    const char *fault;
    add(&ca, serial_of(&leaf, ""), 1, 0);
    add(&middle, serial_of(&under, ""), 1, 0);
    finish();
    make_key(&leaf, &ca);
    size_t len = buf_len(&bytes);
    uint8_t *copy = malloc(len);
    for (size_t cut = 0; cut < len; cut++) {
        memcpy(copy, buf_view(&bytes).data, len);
        assert_false(revindex_open(&index_read, slice_of(copy, cut), &fault));
    }
    for (size_t at = 0; at < len; at++) {
        memcpy(copy, buf_view(&bytes).data, len);
        copy[at] ^= 0xff;
        if (revindex_open(&index_read, slice_of(copy, len), &fault))
            revindex_find(&index_read, &key);
    }
    free(copy);
}

static enum reason judged(const struct revocation *rules, int64_t now) {
    uint8_t fingerprint[32] = {0};
    struct peer_summary summary = {.present = true};
    struct slice path[] = {buf_view(&under.der), buf_view(&middle.der)};
    struct revocation_key keys[2];
    int depth;
    make_key(&under, &middle);
    keys[0] = key;
    make_key(&middle, &ca);
    keys[1] = key;
    struct verified_peer *peer = peer_new(&summary, fingerprint, INT64_MAX, path, 2);
    assert_true(peer_new_keys(peer, keys, 2));
    enum reason reason = revocation_check(rules, peer, now, &depth);
    verified_peer_unref(&peer);
    return reason;
}

static void rules_decide_about_missing_and_stale_lists(void **state) {
    (void)state;
    int64_t late = MINTED_EPOCH + 9 * MINTED_DAY + 100;
    add(&ca, NULL, 1, 0);
    finish();
    struct revocation rules = {.index = index_read};
    assert_int_equal(judged(&rules, NOW), REASON_REVOCATION_LIST_MISSING);
    rules.missing = REVOCATION_MISSING_ALLOW;
    assert_int_equal(judged(&rules, NOW), REASON_NONE);
    assert_int_equal(judged(&rules, late), REASON_REVOCATION_LIST_STALE);
    rules.stale = REVOCATION_STALE_GRACE;
    rules.grace_s = 100;
    assert_int_equal(judged(&rules, late), REASON_NONE);
    assert_int_equal(judged(&rules, late + 1), REASON_REVOCATION_LIST_STALE);
    rules.stale = REVOCATION_STALE_SOFT;
    assert_int_equal(judged(&rules, late + 1), REASON_NONE);
}

static void revoked_counts_more_than_missing_and_stale(void **state) {
    (void)state;
    add(&ca, serial_of(&middle, ""), 1, 0);
    finish();
    struct revocation rules = {.index = index_read};
    assert_int_equal(judged(&rules, MINTED_EPOCH + 20 * MINTED_DAY), REASON_CERT_REVOKED);
    rules.scope = REVOCATION_SCOPE_LEAF;
    assert_int_equal(judged(&rules, NOW), REASON_REVOCATION_LIST_MISSING);
}

static void lower_number_than_one_remembered_is_refused(void **state) {
    (void)state;
    struct buf kept;
    struct revnumbers numbers = {0};
    struct revnumbers_memory *memory = revnumbers_memory_new(&numbers);
    buf_init(&kept, REVNUMBERS_BYTES_MAX);
    add(&ca, serial_of(&leaf, ""), 5, 0);
    finish();
    assert_true(memory && revwrite_note_numbers(writer, memory) && revnumbers_memory_write(memory, &kept));
    assert_true(revnumbers_open(&numbers, buf_view(&kept)));
    revwrite_free(&writer);
    writer = revwrite_new(signers, NOW, NOW);
    revwrite_remember(writer, &numbers);
    const char *const serials[] = {"11", NULL};
    struct listed_request request = {.serials = serials, .number = 4, .next_day = 9};
    assert_false(add_signed(&ca, &ca, &request));
    expect_error("went back");
    request.number = 5;
    assert_true(add_signed(&ca, &ca, &request));
    request.number = 1;
    assert_true(add_signed(&middle, &middle, &request));
    revnumbers_memory_free(&memory);
    buf_fini(&kept);
}

static void what_is_taken_back_does_not_count(void **state) {
    (void)state;
    add(&ca, "11", 5, 0);
    assert_int_equal(revwrite_next_update(writer, "x.crl"), MINTED_EPOCH + 9 * MINTED_DAY);
    assert_int_equal(revwrite_next_update(writer, "y.crl"), 0);
    size_t before = revwrite_count(writer);
    add(&ca, serial_of(&leaf, ""), 6, 0);
    revwrite_take_back(writer, before);
    finish();
    make_key(&leaf, &ca);
    expect(REVINDEX_GOOD);
}

static void fetched_list_is_never_too_old(void **state) {
    (void)state;
    static const struct revpack_origin origin = {.path = "http://a/", .is_fetched = true};
    const char *const serials[] = {"11", NULL};
    lists[list_count] = listed_make(&ca, &ca, &(struct listed_request){.serials = serials, .number = 1, .next_day = 1});
    assert_true(revwrite_add(writer, buf_view(&lists[list_count++]), &origin, &errors));
    finish();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(issuer_and_serial_are_looked_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(holds_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_newest_of_a_scope_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deltas_add_and_take_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_delta_needs_its_base, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kinds_of_certificates_have_lists_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(some_reasons_are_not_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(points_have_to_be_shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(indirect_lists_speak_for_those_that_name_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(indirect_lists_have_deltas, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_constrained_ca_may_roll_its_key_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(by_the_list_of_a_revoked_signer_nobody_is_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_lists_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_do_not_go_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_index_does_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_decide_about_missing_and_stale_lists, set_up, tear_down),
        cmocka_unit_test_setup_teardown(revoked_counts_more_than_missing_and_stale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lower_number_than_one_remembered_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_taken_back_does_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fetched_list_is_never_too_old, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
