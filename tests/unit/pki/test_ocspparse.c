/* Responses are understood whole or not at all, within bounds. */
#include "pki/ocspparse.h"

#include "answered.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted ca, client;
static struct ocspparse response;
static const char *fault;

static int set_up_all(void **state) {
    (void)state;
    ca = minted_make("CA", MINT_CA, NULL);
    client = minted_make("client", MINT_CLIENT, &ca);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&ca);
    minted_fini(&client);
    return 0;
}

/* A response with so many answers and certificates, not signed by anybody. */
static struct buf make(size_t singles, size_t certificates) {
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    X509 *certificate = cert_parse(buf_view(&ca.der));
    struct answered_single single = {&client, &ca, V_OCSP_CERTSTATUS_GOOD, ANSWERED_NO_CODE, 0, 1, false, false};
    struct answered answered = {.signer = &ca, .is_by_key = true};
    uint8_t *bytes = NULL;
    struct buf der;
    for (size_t i = 0; i < singles; i++)
        answered_add(basic, &single);
    for (size_t i = 0; i < certificates; i++)
        bug_on(!OCSP_basic_add1_cert(basic, certificate));
    answered_sign(basic, &answered);
    OCSP_RESPONSE *whole = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int len = i2d_OCSP_RESPONSE(whole, &bytes);
    buf_init(&der, 1 << 17);
    bug_on(len <= 0 || !buf_append(&der, slice_of(bytes, (size_t)len)));
    OPENSSL_free(bytes);
    OCSP_RESPONSE_free(whole);
    OCSP_BASICRESP_free(basic);
    X509_free(certificate);
    return der;
}

/* NULL or the fault of such a response. */
static const char *fault_of(size_t singles, size_t certificates) {
    struct buf der = make(singles, certificates);
    bool is_good = ocspparse_response(buf_view(&der), &response, &fault);
    assert_int_equal(is_good, fault == NULL);
    buf_fini(&der);
    return fault;
}

static void numbers_are_bounded(void **state) {
    (void)state;
    assert_null(fault_of(OCSPPARSE_SINGLES_MAX, OCSPPARSE_CERTIFICATES_MAX));
    assert_int_equal(response.certificate_count, OCSPPARSE_CERTIFICATES_MAX);
    assert_string_equal(fault_of(OCSPPARSE_SINGLES_MAX + 1, 0), "it has more than 64 answers in it");
    assert_string_equal(fault_of(1, OCSPPARSE_CERTIFICATES_MAX + 1), "it has more than 8 certificates");
    assert_string_equal(fault_of(0, 0), "it has no answer in it");
}

static void answers_are_told_one_by_one(void **state) {
    (void)state;
    struct buf der = make(3, 0);
    struct ocspparse_single single;
    size_t count = 0;
    assert_true(ocspparse_response(buf_view(&der), &response, &fault));
    for (struct slice rest = response.singles; ocspparse_next(&rest, &single); count++) {
        assert_int_equal(single.status, OCSPPARSE_GOOD);
        assert_true(single.has_next_update);
        assert_int_equal(single.this_update, ANSWERED_NOW);
        assert_int_equal(single.next_update, ANSWERED_NOW + 3600);
    }
    assert_int_equal(count, 3);
    assert_true(response.is_by_key && response.responder.len == 20);
    assert_false(response.has_nonce);
    buf_fini(&der);
}

static void refuses(const char *bytes, size_t len, const char *words) {
    assert_false(ocspparse_response(slice_of(bytes, len), &response, &fault));
    assert_string_equal(fault, words);
}

static void what_is_no_response_is_refused(void **state) {
    (void)state;
    refuses("", 0, "it is empty");
    refuses("<html>", 6, "it is no DER-encoded OCSP response");
    refuses("\x30\x03\x0a\x01\x03\x00", 6, "it is no DER-encoded OCSP response");     /* bytes behind it */
    refuses("\x30\x80\x0a\x01\x03\x00\x00", 7, "it is no DER-encoded OCSP response"); /* BER */
    refuses("\x30\x04\x0a\x02\x00\x00", 6, "it is no DER-encoded OCSP response");     /* a status of two bytes */
    refuses("\x30\x03\x0a\x01\x00", 5, "it is malformed");
    refuses("\x30\x0b\x0a\x01\x00\xa0\x06\x30\x04\x06\x00\x04\x00", 13, "it is of a type that is not known");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_bounded),
        cmocka_unit_test(answers_are_told_one_by_one),
        cmocka_unit_test(what_is_no_response_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
