/* Who asks for the status of the server's certificate is shown the response of that certificate, while it lasts. */
#include "duostage.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static void staple(size_t index, const char *response, int64_t seconds_left) {
    duo.certificates[index].staple = slice_text(response);
    duo.certificates[index].staple_until = now_unix_ms() / 1000 + seconds_left;
}

/* What the client is shown in a new handshake; "" when nothing. */
static const char *shown(int version, bool asks) {
    static char text[64];
    const unsigned char *response = NULL;
    duo_close(&duo);
    SSL_SESSION_free(duo.session);
    duo.session = NULL;
    duo_version(&duo, version);
    assert_int_equal(SSL_CTX_set_tlsext_status_type(duo.client_context, asks ? TLSEXT_STATUSTYPE_ocsp : -1), 1);
    duo_expect(&duo, false);
    long len = SSL_get_tlsext_status_ocsp_resp(duo.client, &response);
    snprintf(text, sizeof text, "%.*s", len > 0 ? (int)len : 0, (const char *)response);
    return text;
}

static void who_asks_is_shown_it(void **state) {
    (void)state;
    staple(0, "a response", 60);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(shown(versions[i], true), "a response");
        assert_string_equal(shown(versions[i], false), "");
    }
}

static void nothing_is_shown_without_one(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(shown(versions[i], true), "");
}

static void nothing_is_shown_after_its_end(void **state) {
    (void)state;
    staple(0, "a response", -1);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(shown(versions[i], true), "");
}

static void each_certificate_has_its_own(void **state) {
    (void)state;
    duo.certificates[1] = duo_certificate(&pki.server_rsa);
    duo.settings.certificate_count = 2;
    staple(1, "of the RSA one", 60);
    assert_true(SSL_CTX_set_cipher_list(duo.client_context, "ECDHE-RSA-AES128-GCM-SHA256"));
    assert_string_equal(shown(TLS1_2_VERSION, true), "of the RSA one");
    assert_true(SSL_CTX_set_cipher_list(duo.client_context, "ECDHE-ECDSA-AES128-GCM-SHA256"));
    assert_string_equal(shown(TLS1_2_VERSION, true), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_asks_is_shown_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_shown_without_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_shown_after_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_certificate_has_its_own, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
