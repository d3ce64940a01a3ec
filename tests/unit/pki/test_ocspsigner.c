/* Who may sign for an issuer: itself, or whom it certified for that, and nobody else. */
#include "pki/ocspsigner.h"

#include "answered.h"
#include "listed.h"
#include "pki/revwrite.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted ca, other_ca, client, delegate;
static X509 *issuer;
static const struct revindex *lists;
static int64_t good_until;

static void may_sign(X509 *certificate) {
    crafted_extend(certificate, NID_ext_key_usage, "OCSPSigning");
}

static void may_anything(X509 *certificate) {
    crafted_extend(certificate, NID_ext_key_usage, "anyExtendedKeyUsage");
}

static void may_sign_but_not_digitally(X509 *certificate) {
    may_sign(certificate);
    crafted_extend(certificate, NID_key_usage, "critical,keyAgreement");
}

static void may_sign_and_is_strange(X509 *certificate) {
    may_sign(certificate);
    crafted_add_unknown(certificate, true);
}

static int set_up_all(void **state) {
    (void)state;
    ca = minted_make("CA", MINT_CA, NULL);
    other_ca = minted_make("CA", MINT_CA, NULL); /* a namesake */
    client = minted_make("client", MINT_CLIENT, &ca);
    issuer = cert_parse(buf_view(&ca.der));
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    X509_free(issuer);
    minted_fini(&ca);
    minted_fini(&other_ca);
    minted_fini(&client);
    return 0;
}

static void make_delegate(const struct minted *by, crafted_tweak *tweak) {
    delegate = minted_make("responder", MINT_CLIENT, by);
    crafted_resign(&delegate, by, tweak, EVP_sha256(), NULL);
}

static int tear_down(void **state) {
    (void)state;
    minted_fini(&delegate);
    return 0;
}

/* What is wrong with the signature of `signer` on a good answer, with `certificate` in it. */
static const char *fault_of(const struct minted *signer, const struct minted *certificate, bool is_by_key,
                            const EVP_MD *digest, int64_t now) {
    struct answered answered = {.singles = {{&client, &ca, V_OCSP_CERTSTATUS_GOOD, ANSWERED_NO_CODE, -1, 24, false,
                                             false}},
                                .signer = signer,
                                .certificate = certificate,
                                .digest = digest,
                                .is_by_key = is_by_key};
    struct ocspsigner_rules rules = {.issuer = issuer, .lists = lists, .now = now};
    struct ocspparse response;
    const char *fault;
    struct buf der = answered_make(&answered);
    assert_true(ocspparse_response(buf_view(&der), &response, &fault));
    fault = ocspsigner_fault(&response, &rules, &good_until);
    buf_fini(&der);
    return fault;
}

static void expect_refused(const struct minted *signer, const struct minted *certificate, const char *words) {
    for (int is_by_key = 0; is_by_key < 2; is_by_key++) {
        const char *fault = fault_of(signer, certificate, is_by_key, NULL, ANSWERED_NOW);
        assert_non_null(fault);
        if (!strstr(fault, words))
            fail_msg("\"%s\" does not say \"%s\"", fault, words);
    }
}

static void issuer_signs_for_itself(void **state) {
    (void)state;
    assert_null(fault_of(&ca, NULL, false, NULL, ANSWERED_NOW));
    assert_null(fault_of(&ca, NULL, true, NULL, ANSWERED_NOW));
    assert_int_equal(good_until, INT64_MAX);
    assert_null(fault_of(&ca, &ca, true, NULL, ANSWERED_NOW));
}

static void strangers_do_not_sign(void **state) {
    (void)state;
    assert_string_equal(fault_of(&other_ca, NULL, false, NULL, ANSWERED_NOW), "its signature does not verify");
    assert_non_null(strstr(fault_of(&other_ca, NULL, true, NULL, ANSWERED_NOW), "neither the issuer"));
    expect_refused(&client, NULL, "neither the issuer");
    expect_refused(&client, &client, "OCSPSigning");
}

static void delegates_sign(void **state) {
    (void)state;
    make_delegate(&ca, may_sign);
    assert_null(fault_of(&delegate, &delegate, false, NULL, ANSWERED_NOW));
    assert_null(fault_of(&delegate, &delegate, true, NULL, ANSWERED_NOW));
    assert_int_equal(good_until, MINTED_EPOCH + 365 * MINTED_DAY);
    assert_non_null(fault_of(&delegate, NULL, true, NULL, ANSWERED_NOW));
}

/* Everything about the delegate is right, but it did not sign this. */
static void a_delegate_s_name_is_not_its_signature(void **state) {
    (void)state;
    make_delegate(&ca, may_sign);
    struct answered answered = {.singles = {{&client, &ca, V_OCSP_CERTSTATUS_GOOD, ANSWERED_NO_CODE, -1, 24, false,
                                             false}},
                                .signer = &delegate,
                                .certificate = &delegate};
    struct ocspsigner_rules rules = {.issuer = issuer, .now = ANSWERED_NOW};
    struct ocspparse response;
    const char *fault;
    struct buf der = answered_make(&answered);
    assert_true(ocspparse_response(buf_view(&der), &response, &fault));
    assert_null(ocspsigner_fault(&response, &rules, &good_until));
    ((uint8_t *)response.signed_part.signature.data)[response.signed_part.signature.len - 1] ^= 1;
    assert_string_equal(ocspsigner_fault(&response, &rules, &good_until), "its signature does not verify");
    buf_fini(&der);
}

static void wrong_delegates_do_not_sign(void **state) {
    (void)state;
    make_delegate(&ca, may_anything);
    expect_refused(&delegate, &delegate, "OCSPSigning");
    minted_fini(&delegate);
    make_delegate(&ca, may_sign_but_not_digitally);
    expect_refused(&delegate, &delegate, "digitalSignature");
    minted_fini(&delegate);
    make_delegate(&ca, may_sign_and_is_strange);
    expect_refused(&delegate, &delegate, "critical");
    minted_fini(&delegate);
    make_delegate(&other_ca, may_sign);
    expect_refused(&delegate, &delegate, "not issued by");
    minted_fini(&delegate);
    make_delegate(&ca, may_sign);
    crafted_tamper(&delegate);
    expect_refused(&delegate, &delegate, "not issued by");
}

static void delegates_have_dates(void **state) {
    (void)state;
    make_delegate(&ca, may_sign);
    assert_null(fault_of(&delegate, &delegate, true, NULL, MINTED_EPOCH + 365 * MINTED_DAY));
    assert_non_null(
        strstr(fault_of(&delegate, &delegate, true, NULL, MINTED_EPOCH + 365 * MINTED_DAY + 1), "has expired"));
    assert_non_null(strstr(fault_of(&delegate, &delegate, true, NULL, MINTED_EPOCH - 1), "not valid yet"));
}

/* A list of the CA with the delegate on it. */
static void list_delegate(struct revindex *index, struct buf *bytes) {
    static const struct revpack_origin origin = {.path = "x.crl"};
    struct peer_summary summary;
    struct error_list errors;
    const char *fault;
    cert_summarize_der(buf_view(&delegate.der), &summary);
    const char *const serials[] = {summary.serial, NULL};
    struct buf list = listed_make(&ca, &ca, &(struct listed_request){.serials = serials, .number = 1, .next_day = 90});
    struct trust *trust = minted_trust(&ca);
    struct revsigners *signers = revsigners_new(trust);
    assert_true(revsigners_settle(signers));
    struct revwrite *writer = revwrite_new(signers, ANSWERED_NOW, ANSWERED_NOW);
    error_list_init(&errors);
    assert_true(revwrite_add(writer, buf_view(&list), &origin, &errors));
    assert_true(revwrite_finish(writer, bytes, &errors));
    assert_true(revindex_open(index, buf_view(bytes), &fault));
    error_list_fini(&errors);
    revwrite_free(&writer);
    revsigners_free(&signers);
    trust_unref(&trust);
    buf_fini(&list);
}

static void revoked_delegates_do_not_sign(void **state) {
    (void)state;
    struct revindex index;
    struct buf bytes;
    buf_init(&bytes, 1 << 16);
    make_delegate(&ca, may_sign);
    assert_null(fault_of(&delegate, &delegate, true, NULL, ANSWERED_NOW));
    list_delegate(&index, &bytes);
    lists = &index;
    assert_non_null(strstr(fault_of(&delegate, &delegate, true, NULL, ANSWERED_NOW), "is revoked"));
    lists = NULL;
    buf_fini(&bytes);
}

static void weak_digests_do_not_sign(void **state) {
    (void)state;
    assert_non_null(strstr(fault_of(&ca, NULL, true, EVP_sha1(), ANSWERED_NOW), "digest that is broken"));
    delegate = minted_make("responder", MINT_CLIENT, &ca);
    crafted_resign(&delegate, &ca, may_sign, EVP_sha1(), NULL);
    assert_non_null(strstr(fault_of(&delegate, &delegate, true, NULL, ANSWERED_NOW), "not issued by"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issuer_signs_for_itself),
        cmocka_unit_test(strangers_do_not_sign),
        cmocka_unit_test_teardown(delegates_sign, tear_down),
        cmocka_unit_test_teardown(a_delegate_s_name_is_not_its_signature, tear_down),
        cmocka_unit_test_teardown(wrong_delegates_do_not_sign, tear_down),
        cmocka_unit_test_teardown(delegates_have_dates, tear_down),
        cmocka_unit_test_teardown(revoked_delegates_do_not_sign, tear_down),
        cmocka_unit_test_teardown(weak_digests_do_not_sign, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
