/* What responses are worth: good only by the right signer, about the right certificate, at the right time. */
#include "pki/ocsp.h"

#include "answered.h"
#include "pki/crldata.h"
#include "pki/ocspsubject.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted ca, other_ca, client, other_client;
static struct ocspsubject subject;
static struct ocsp_rules rules;
static struct ocsp_question question;
static struct ocsp_answer answer;
static int64_t now;

static int set_up_all(void **state) {
    (void)state;
    ca = minted_make("CA", MINT_CA, NULL);
    other_ca = minted_make("Other", MINT_CA, NULL);
    client = minted_make("client", MINT_CLIENT, &ca);
    other_client = minted_make("other", MINT_CLIENT, &ca);
    X509 *certificate = cert_parse(buf_view(&client.der));
    X509 *issuer = cert_parse(buf_view(&ca.der));
    assert_true(ocspsubject_init(&subject, certificate, issuer));
    X509_free(certificate);
    X509_free(issuer);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    ocspsubject_fini(&subject);
    minted_fini(&ca);
    minted_fini(&other_ca);
    minted_fini(&client);
    minted_fini(&other_client);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    rules = (struct ocsp_rules){.skew_s = 300, .fresh_s = 3600};
    question = (struct ocsp_question){.id = &subject.id, .issuer = subject.issuer};
    now = ANSWERED_NOW;
    return 0;
}

/* An ordinary good answer, from an hour ago until the day after. */
static struct answered ordinary(void) {
    return (
        struct answered){.singles = {{&client, &ca, V_OCSP_CERTSTATUS_GOOD, ANSWERED_NO_CODE, -1, 24, false, false}},
                         .signer = &ca};
}

static void judge(const struct answered *answered) {
    struct buf der = answered_make(answered);
    ocsp_judge(buf_view(&der), &question, &rules, now, &answer);
    buf_fini(&der);
}

static void expect(const struct answered *answered, enum ocsp_status status) {
    judge(answered);
    if (answer.status != status)
        fail_msg("%s (%s), not %s", ocsp_status_name(answer.status), answer.detail ? answer.detail : "-",
                 ocsp_status_name(status));
    assert_true((answer.status <= OCSP_STALE) == (answer.detail != NULL));
}

static void expect_fault(const struct answered *answered, enum ocsp_status status, const char *words) {
    expect(answered, status);
    if (!strstr(answer.detail, words))
        fail_msg("\"%s\" does not say \"%s\"", answer.detail, words);
}

static void good_answers_are_good(void **state) {
    (void)state;
    struct answered answered = ordinary();
    expect(&answered, OCSP_GOOD);
    assert_int_equal(answer.this_update, ANSWERED_NOW - 3600);
    assert_int_equal(answer.next_update, ANSWERED_NOW + 24 * 3600);
    assert_int_equal(answer.usable_until, ANSWERED_NOW + 24 * 3600 + 300);
    answered.is_by_key = true;
    expect(&answered, OCSP_GOOD);
    answered.singles[0].is_sha256 = true;
    expect(&answered, OCSP_GOOD);
    assert_int_equal(ocsp_reason(answer.status), REASON_NONE);
}

static void revoked_and_unknown_are_told(void **state) {
    (void)state;
    struct answered answered = ordinary();
    answered.singles[0].status = V_OCSP_CERTSTATUS_REVOKED;
    expect(&answered, OCSP_REVOKED);
    assert_int_equal(answer.revoked_at, ANSWERED_NOW - 100 * 3600);
    assert_int_equal(answer.code, CRL_CODE_UNSPECIFIED);
    answered.singles[0].code = 1;
    expect(&answered, OCSP_REVOKED);
    assert_int_equal(answer.code, 1);
    answered.singles[0].code = CRL_CODE_HOLD;
    expect(&answered, OCSP_ON_HOLD);
    assert_int_equal(ocsp_reason(answer.status), REASON_CERT_ON_HOLD);
    answered.singles[0].code = CRL_CODE_REMOVE;
    expect_fault(&answered, OCSP_UNUSABLE, "malformed");
    answered.singles[0].code = 7;
    expect_fault(&answered, OCSP_UNUSABLE, "malformed");
    answered.singles[0].status = V_OCSP_CERTSTATUS_UNKNOWN;
    expect(&answered, OCSP_UNKNOWN);
    assert_int_equal(ocsp_reason(answer.status), REASON_OCSP_UNKNOWN);
}

static void answers_about_others_do_not_count(void **state) {
    (void)state;
    struct answered answered = ordinary();
    answered.singles[0].about = &other_client;
    expect_fault(&answered, OCSP_UNUSABLE, "other certificates");
    answered.singles[0] =
        (struct answered_single){&client, &other_ca, V_OCSP_CERTSTATUS_GOOD, -1, -1, 24, false, false};
    expect_fault(&answered, OCSP_UNUSABLE, "other certificates"); /* its key hash differs */
    answered = ordinary();
    answered.singles[0].is_sha384 = true;
    expect_fault(&answered, OCSP_UNUSABLE, "other certificates"); /* we cannot tell whom it is about */
}

static void of_several_answers_the_worst_counts(void **state) {
    (void)state;
    struct answered answered = ordinary();
    answered.singles[1] = answered.singles[0];
    answered.singles[0].about = &other_client;
    answered.singles[0].status = V_OCSP_CERTSTATUS_REVOKED;
    expect(&answered, OCSP_GOOD);
    answered.singles[2] = answered.singles[1];
    answered.singles[2].is_sha256 = true;
    answered.singles[2].status = V_OCSP_CERTSTATUS_REVOKED;
    expect(&answered, OCSP_REVOKED);
    answered.singles[2] = answered.singles[1];
    answered.singles[2].this_hour = -50;
    answered.singles[2].next_hour = -40;
    expect(&answered, OCSP_GOOD); /* the old one says nothing any more */
}

static void time_counts_with_clock_skew(void **state) {
    (void)state;
    struct answered answered = ordinary();
    now = ANSWERED_NOW + 24 * 3600 + 300;
    expect(&answered, OCSP_GOOD);
    now++;
    expect_fault(&answered, OCSP_STALE, "nextUpdate is past");
    assert_int_equal(ocsp_reason(answer.status), REASON_OCSP_STALE);
    now = ANSWERED_NOW - 3600 - 300;
    expect(&answered, OCSP_GOOD);
    now--;
    expect_fault(&answered, OCSP_UNUSABLE, "future");
}

static void age_is_bounded(void **state) {
    (void)state;
    struct answered answered = ordinary();
    rules.age_max_s = 7200;
    expect(&answered, OCSP_GOOD);
    assert_int_equal(answer.usable_until, ANSWERED_NOW + 3600 + 300);
    now += 3600 + 301;
    expect_fault(&answered, OCSP_STALE, "too long ago");
    rules.age_max_s = 0;
    answered.singles[0].next_hour = 0;
    now = ANSWERED_NOW + 300;
    expect(&answered, OCSP_GOOD); /* without nextUpdate: an hour, and the skew */
    now++;
    expect_fault(&answered, OCSP_STALE, "too long ago");
}

static void revoked_for_good_stays_so(void **state) {
    (void)state;
    struct answered answered = ordinary();
    now += 1000 * 3600;
    answered.singles[0].status = V_OCSP_CERTSTATUS_REVOKED;
    expect(&answered, OCSP_REVOKED);
    answered.singles[0].code = CRL_CODE_HOLD;
    expect(&answered, OCSP_STALE);
}

static void nonces_are_compared(void **state) {
    (void)state;
    struct answered answered = ordinary();
    question.nonce = slice_text("0123456789abcdef");
    expect(&answered, OCSP_GOOD); /* many responders leave it out */
    rules.needs_nonce = true;
    expect_fault(&answered, OCSP_UNUSABLE, "lacks the nonce");
    answered.nonce = question.nonce;
    expect(&answered, OCSP_GOOD);
    answered.has_two_nonces = true;
    expect_fault(&answered, OCSP_UNUSABLE, "two nonces");
    answered.has_two_nonces = false;
    rules.needs_nonce = false;
    answered.nonce = slice_text("0123456789abcdeF");
    expect_fault(&answered, OCSP_UNUSABLE, "another nonce");
    question.nonce = slice_text("");
    expect(&answered, OCSP_GOOD); /* none was sent */
    rules.needs_nonce = true;
    expect_fault(&answered, OCSP_UNUSABLE, "lacks the nonce");
}

static void critical_extensions_have_to_be_known(void **state) {
    (void)state;
    struct answered answered = ordinary();
    answered.has_unknown_critical = true;
    expect_fault(&answered, OCSP_UNUSABLE, "critical extension");
}

static void statuses_are_told(void **state) {
    (void)state;
    static const char *const words[] = {
        [1] = "malformedRequest", [2] = "internalError", [3] = "tryLater",  [4] = "not known",
        [5] = "sigRequired",      [6] = "unauthorized",  [7] = "not known", [0] = "malformed"};
    for (int status = 0; status < 8; status++) {
        struct buf der = answered_status(status);
        ocsp_judge(buf_view(&der), &question, &rules, now, &answer);
        assert_int_equal(answer.status, OCSP_UNUSABLE);
        assert_non_null(strstr(answer.detail, words[status]));
        buf_fini(&der);
    }
    assert_int_equal(ocsp_reason(OCSP_UNUSABLE), REASON_OCSP_BAD_ANSWER);
    assert_int_equal(ocsp_reason(OCSP_REVOKED), REASON_CERT_REVOKED);
}

/* Every cut and every changed byte: never good, and never worse than refused. */
static void no_damaged_response_is_good(void **state) {
    (void)state;
    struct answered answered = ordinary();
    struct buf der = answered_make(&answered);
    size_t len = buf_len(&der);
    uint8_t *bytes = malloc(len + 1);
    bug_on(!bytes);
    memcpy(bytes, buf_view(&der).data, len);
    bytes[len] = 0;
    ocsp_judge(slice_of(bytes, len), &question, &rules, now, &answer);
    assert_int_equal(answer.status, OCSP_GOOD);
    ocsp_judge(slice_of(bytes, len + 1), &question, &rules, now, &answer);
    assert_int_equal(answer.status, OCSP_UNUSABLE);
    for (size_t i = 0; i < len; i++) {
        ocsp_judge(slice_of(bytes, i), &question, &rules, now, &answer);
        assert_int_equal(answer.status, OCSP_UNUSABLE);
        bytes[i] ^= 1;
        ocsp_judge(slice_of(bytes, len), &question, &rules, now, &answer);
        assert_int_equal(answer.status, OCSP_UNUSABLE);
        bytes[i] ^= 1;
    }
    free(bytes);
    buf_fini(&der);
}

static void size_is_bounded(void **state) {
    (void)state;
    size_t len = 1 << 20;
    uint8_t *bytes = calloc(1, len);
    bug_on(!bytes);
    ocsp_judge(slice_of(bytes, len), &question, &rules, now, &answer);
    assert_int_equal(answer.status, OCSP_UNUSABLE);
    assert_string_equal(answer.detail, "it is larger than 64 KiB");
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_answers_are_good, set_up),
        cmocka_unit_test_setup(revoked_and_unknown_are_told, set_up),
        cmocka_unit_test_setup(answers_about_others_do_not_count, set_up),
        cmocka_unit_test_setup(of_several_answers_the_worst_counts, set_up),
        cmocka_unit_test_setup(time_counts_with_clock_skew, set_up),
        cmocka_unit_test_setup(age_is_bounded, set_up),
        cmocka_unit_test_setup(revoked_for_good_stays_so, set_up),
        cmocka_unit_test_setup(nonces_are_compared, set_up),
        cmocka_unit_test_setup(critical_extensions_have_to_be_known, set_up),
        cmocka_unit_test_setup(statuses_are_told, set_up),
        cmocka_unit_test_setup(no_damaged_response_is_good, set_up),
        cmocka_unit_test_setup(size_is_bounded, set_up),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
