/* Parsing takes all of the bytes or nothing; the summary says what the certificate says. */
#include "pki/cert.h"

#include "crafted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted client;

static int set_up(void **state) {
    (void)state;
    client = minted_make("alice\nmallory", MINT_CLIENT, NULL);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    minted_fini(&client);
    return 0;
}

static void every_cut_is_malformed(void **state) {
    (void)state;
    struct slice der = buf_view(&client.der);
    for (size_t len = 0; len < der.len; len++)
        assert_null(cert_parse(slice_sub(der, 0, len)));
    X509 *whole = cert_parse(der);
    assert_non_null(whole);
    X509_free(whole);
    assert_true(buf_append_byte(&client.der, 0));
    assert_null(cert_parse(buf_view(&client.der)));
}

static void summaries_tell_what_is_there(void **state) {
    (void)state;
    struct peer_summary summary;
    uint8_t fingerprint[CERT_FINGERPRINT_BYTES];
    char hex[PEER_FINGERPRINT_MAX] = {0};
    cert_summarize_der(buf_view(&client.der), &summary);
    assert_true(summary.present);
    assert_string_equal(summary.subject, "CN=alice\\0amallory,O=Sallyport tests");
    assert_string_equal(summary.issuer, summary.subject);
    assert_int_equal(summary.not_before, MINTED_EPOCH);
    assert_int_equal(summary.not_after, MINTED_EPOCH + 365 * MINTED_DAY);
    assert_int_equal(strlen(summary.serial), 32);
    cert_fingerprint(buf_view(&client.der), fingerprint);
    for (size_t i = 0; i < sizeof fingerprint; i++)
        snprintf(hex + 2 * i, 3, "%02x", fingerprint[i]);
    assert_string_equal(summary.fingerprint, hex);
}

static void no_certificate_no_summary(void **state) {
    (void)state;
    struct peer_summary summary = {.present = true};
    cert_summarize_der(slice_text("nonsense"), &summary);
    assert_false(summary.present);
}

static void make_serial_long_and_negative(X509 *certificate) {
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_STRING_set(serial,
                    "\x81\x23\x45\x67\x89\xab\xcd\xef\x81\x23\x45\x67\x89\xab\xcd\xef\x81\x23\x45\x67\x89\xab\xcd", 23);
    serial->type = V_ASN1_NEG_INTEGER;
    X509_set_serialNumber(certificate, serial);
    ASN1_INTEGER_free(serial);
}

static void unlawful_serials_fit(void **state) {
    (void)state;
    struct peer_summary summary;
    crafted_resign(&client, NULL, make_serial_long_and_negative, EVP_sha256(), NULL);
    cert_summarize_der(buf_view(&client.der), &summary);
    assert_string_equal(summary.serial, "-8123456789abcdef8123456789abcdef812345");
}

static void dates_beyond_2050_are_read(void **state) {
    (void)state;
    struct mint_request request = {.common_name = "old",
                                   .usage = MINT_CLIENT,
                                   .not_before = 0,
                                   .not_after = 4102444800};
    struct minted old = minted_request(&request, MINT_EC_P256, NULL);
    struct peer_summary summary;
    cert_summarize_der(buf_view(&old.der), &summary);
    assert_int_equal(summary.not_before, 0);
    assert_int_equal(summary.not_after, 4102444800);
    minted_fini(&old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_cut_is_malformed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(summaries_tell_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_certificate_no_summary, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unlawful_serials_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dates_beyond_2050_are_read, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
