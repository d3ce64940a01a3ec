/* What is minted says what was asked for, and passes our own judgement. */
#include "pki/mint.h"

#include "crafted.h"
#include "pki/verify.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted root;

static int set_up(void **state) {
    (void)state;
    root = minted_make("Root", MINT_CA, NULL);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    minted_fini(&root);
    return 0;
}

static void expect_verdict(const struct minted *minted, enum verify_purpose purpose, enum reason reason) {
    struct verify_settings settings = {.purpose = purpose, .depth = 2, .rsa_bits_min = 2048};
    struct slice chain = buf_view(&minted->der);
    struct trust *trust = minted_trust(&root);
    struct verify_verdict verdict;
    struct verified_peer *peer;
    verify_chain(&chain, 1, trust, &settings, MINTED_EPOCH + 1, &verdict, &peer);
    assert_int_equal(verdict.reason, reason);
    verified_peer_unref(&peer);
    trust_unref(&trust);
}

static void usages_are_told_apart(void **state) {
    (void)state;
    struct minted client = minted_make("client", MINT_CLIENT, &root);
    struct minted server = minted_make("server", MINT_SERVER, &root);
    expect_verdict(&client, VERIFY_CLIENT, REASON_NONE);
    expect_verdict(&client, VERIFY_SERVER, REASON_CERT_WRONG_USAGE);
    expect_verdict(&server, VERIFY_SERVER, REASON_NONE);
    expect_verdict(&server, VERIFY_CLIENT, REASON_CERT_WRONG_USAGE);
    minted_fini(&client);
    minted_fini(&server);
}

static void rsa_keys_work(void **state) {
    (void)state;
    struct mint_request request = {.common_name = "rsa",
                                   .usage = MINT_CLIENT,
                                   .not_before = MINTED_EPOCH,
                                   .not_after = MINTED_EPOCH + 9};
    struct minted client = minted_request(&request, MINT_RSA_2048, &root);
    expect_verdict(&client, VERIFY_CLIENT, REASON_NONE);
    EVP_PKEY *key = crafted_key(&client);
    assert_int_equal(EVP_PKEY_get_bits(key), 2048);
    EVP_PKEY_free(key);
    minted_fini(&client);
}

static void names_become_what_they_look_like(void **state) {
    (void)state;
    static const char *const names[] = {"a.example.test",          "192.0.2.7",      "2001:db8::7",
                                        "spiffe://example.test/a", "a@example.test", NULL};
    static const int kinds[] = {GEN_DNS, GEN_IPADD, GEN_IPADD, GEN_URI, GEN_EMAIL};
    static const int lengths[] = {14, 4, 16, 23, 14};
    struct mint_request request = {.common_name = "n",
                                   .names = names,
                                   .usage = MINT_SERVER,
                                   .not_before = MINTED_EPOCH,
                                   .not_after = MINTED_EPOCH + 9};
    struct minted server = minted_request(&request, MINT_EC_P256, &root);
    X509 *certificate = cert_parse(buf_view(&server.der));
    GENERAL_NAMES *found = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    assert_int_equal(sk_GENERAL_NAME_num(found), 5);
    for (int i = 0; i < 5; i++) {
        int kind;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(found, i), &kind);
        assert_int_equal(kind, kinds[i]);
        assert_int_equal(ASN1_STRING_length(value), lengths[i]);
    }
    GENERAL_NAMES_free(found);
    X509_free(certificate);
    minted_fini(&server);
}

static void serials_differ(void **state) {
    (void)state;
    struct minted a = minted_make("a", MINT_CLIENT, &root);
    struct minted b = minted_make("a", MINT_CLIENT, &root);
    struct peer_summary summaries[2];
    cert_summarize_der(buf_view(&a.der), &summaries[0]);
    cert_summarize_der(buf_view(&b.der), &summaries[1]);
    assert_int_equal(strlen(summaries[0].serial), 32);
    assert_string_not_equal(summaries[0].serial, summaries[1].serial);
    minted_fini(&a);
    minted_fini(&b);
}

static void issuers_have_to_match_their_key(void **state) {
    (void)state;
    struct minted other = minted_make("Other", MINT_CA, NULL);
    struct mint_request request = {.common_name = "x", .usage = MINT_CLIENT, .not_before = 0, .not_after = 1};
    struct error error;
    struct buf to;
    buf_init(&to, 10000);
    assert_false(mint_certificate(&request, other.key, buf_view(&root.certificate), other.key, &to, &error));
    assert_false(mint_certificate(&request, other.key, slice_text("nonsense"), other.key, &to, &error));
    assert_non_null(strstr(error.sentence, "issuer"));
    assert_int_equal(buf_len(&to), 0);
    minted_fini(&other);
}

static void full_buffers_are_told(void **state) {
    (void)state;
    struct mint_request request = {.common_name = "x", .usage = MINT_CLIENT, .not_before = 0, .not_after = 1};
    struct error error;
    struct buf to;
    buf_init(&to, 10);
    assert_false(mint_key_pem(root.key, &to));
    assert_false(mint_certificate(&request, root.key, (struct slice){0}, NULL, &to, &error));
    assert_int_equal(buf_len(&to), 0);
    buf_fini(&to);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usages_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rsa_keys_work, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_become_what_they_look_like, set_up, tear_down),
        cmocka_unit_test_setup_teardown(serials_differ, set_up, tear_down),
        cmocka_unit_test_setup_teardown(issuers_have_to_match_their_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_buffers_are_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
