/* What a backend's TLS settings may not be. What its servers see of those that are good is in test_backshake. */
#include "backduo.h"

static struct duo_pki pki;
static struct backduo duo;

static int set_up_all(void **state) {
    (void)state;
    tls_library_start();
    duo_pki_init(&pki);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    duo_pki_fini(&pki);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    backduo_init(&duo, &pki);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    backduo_fini(&duo);
    return 0;
}

/* The outpoint is refused with one error that has these words in it. */
static void expect_error(const char *words) {
    struct error_list errors;
    error_list_init(&errors);
    assert_null(tls_outpoint_new(&duo.settings, &errors));
    assert_int_equal(errors.count, 1);
    if (!strstr(errors.items[0].sentence, words))
        fail_msg("\"%s\" does not say \"%s\"", errors.items[0].sentence, words);
    error_list_fini(&errors);
}

static void algorithms_have_to_be_known(void **state) {
    (void)state;
    duo.settings.groups = "P-256:P-1";
    expect_error("\"P-1\" is unknown");
    duo.settings.groups = NULL;
    duo.settings.ciphers = "BOGUS";
    expect_error("\"BOGUS\" is unknown");
}

static void a_version_has_to_be_left(void **state) {
    (void)state;
    duo.settings.min_version = TLS_VERSION_13;
    duo.settings.max_version = TLS_VERSION_12;
    expect_error("version");
}

static void servers_are_judged_under_a_trust(void **state) {
    (void)state;
    duo.settings.trust = NULL;
    expect_error("needs a trust");
}

static void a_key_has_to_belong_to_its_certificate(void **state) {
    (void)state;
    struct tls_certificate own = duo_certificate(&pki.client);
    own.key_pem = buf_view(&pki.server.private_key);
    duo.settings.certificate = &own;
    expect_error("does not belong to the certificate");
}

static void protocols_have_to_fit(void **state) {
    (void)state;
    static const char name[256] = {0};
    struct slice names[] = {slice_of(name, 255), slice_of(name, 1)};
    duo.settings.alpn = names;
    duo.settings.alpn_count = 2;
    expect_error("too long");
    names[0].len = 0;
    expect_error("too long");
}

static void it_lasts_as_long_as_its_certificate(void **state) {
    (void)state;
    struct tls_certificate own = duo_certificate(&pki.client);
    struct error_list errors;
    error_list_init(&errors);
    struct tls_outpoint *without = tls_outpoint_new(&duo.settings, &errors);
    duo.settings.certificate = &own;
    struct tls_outpoint *with = tls_outpoint_new(&duo.settings, &errors);
    assert_true(tls_outpoint_expires(without) == INT64_MAX);
    assert_true(tls_outpoint_expires(with) < now_unix_ms() / 1000 + 31 * MINTED_DAY);
    struct tls_outpoint *again = tls_outpoint_ref(with);
    assert_ptr_equal(again, with);
    tls_outpoint_unref(&with);
    assert_null(with);
    tls_outpoint_unref(&again);
    tls_outpoint_unref(&without);
    error_list_fini(&errors);
}

static void old_versions_are_refused(void **state) {
    (void)state;
    duo.settings.min_version = TLS_VERSION_13;
    backduo_version(&duo, TLS1_2_VERSION);
    assert_int_equal(backduo_handshake(&duo), STREAM_FAILED);
    assert_null(tlsstream_verdict(duo.client));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(algorithms_have_to_be_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_version_has_to_be_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(servers_are_judged_under_a_trust, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_has_to_belong_to_its_certificate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(protocols_have_to_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_lasts_as_long_as_its_certificate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_versions_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
