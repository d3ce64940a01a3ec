/* Tests of plan/endpoints: any setting that differs makes another endpoint. */
#include "planning.h"

#include "plan/endpoints.h"

static struct slice http = {.data = (const uint8_t *)"http/1.1", .len = 8};

static struct tls_endpoint_settings basic(const struct planning *planning, struct tls_certificate *certificate) {
    *certificate = (struct tls_certificate){.chain_pem = buf_view(&planning->server.certificate),
                                            .key_pem = buf_view(&planning->server.private_key),
                                            .chain_path = "server.pem",
                                            .key_path = "server.key"};
    return (struct tls_endpoint_settings){.certificates = certificate,
                                          .certificate_count = 1,
                                          .min_version = TLS_VERSION_12,
                                          .max_version = TLS_VERSION_13,
                                          .alpn = &http,
                                          .alpn_count = 1,
                                          .verify = {.depth = 5, .rsa_bits_min = 2048},
                                          .cache = planning->context.cache,
                                          .tickets = planning->context.tickets};
}

static void equal_settings_share_an_endpoint(void **state) {
    struct planning *planning = *state;
    struct endpoints first, second;
    struct tls_certificate certificate;
    struct tls_endpoint_settings settings = basic(planning, &certificate);
    endpoints_init(&first, &planning->arena, NULL);
    struct tls_endpoint *endpoint = endpoints_get(&first, &settings, &planning->errors);
    assert_non_null(endpoint);
    settings.place.line = 7; /* places do not count */
    assert_ptr_equal(endpoints_get(&first, &settings, &planning->errors), endpoint);
    assert_int_equal(first.reused, 0);
    endpoints_init(&second, &planning->arena, &first);
    assert_ptr_equal(endpoints_get(&second, &settings, &planning->errors), endpoint);
    assert_int_equal(second.reused, 1);
    endpoints_fini(&first);
    assert_true(tls_endpoint_expires(endpoint) > 0); /* the second still holds it */
    endpoints_fini(&second);
}

static void any_difference_makes_another(void **state) {
    struct planning *planning = *state;
    struct endpoints endpoints;
    struct tls_certificate certificate, other;
    struct trust *trust = minted_trust(&planning->ca);
    const struct tls_endpoint_settings start = basic(planning, &certificate);
    struct tls_endpoint_settings different[] = {start, start, start, start, start, start, start, start, start, start};
    (void)basic(planning, &other);
    other.chain_pem = buf_view(&planning->other_server.certificate);
    other.key_pem = buf_view(&planning->other_server.private_key);
    different[1].certificates = &other;
    different[2].min_version = TLS_VERSION_13;
    different[3].max_version = TLS_VERSION_12;
    different[4].ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
    different[5].groups = "X25519";
    different[6].client_auth = TLS_CLIENT_AUTH_REQUIRED;
    different[6].trust = trust;
    different[7].context[0] = 1;
    different[8].tickets_enabled = true;
    different[9].alpn_count = 0;
    endpoints_init(&endpoints, &planning->arena, NULL);
    for (size_t i = 0; i < 10; i++) {
        assert_non_null(endpoints_get(&endpoints, &different[i], &planning->errors));
        assert_int_equal(endpoints.by_content.count, i + 1);
    }
    endpoints_fini(&endpoints);
    trust_unref(&trust);
}

static void what_failed_is_tried_again(void **state) {
    struct planning *planning = *state;
    struct endpoints endpoints;
    struct tls_certificate certificate;
    struct tls_endpoint_settings settings = basic(planning, &certificate);
    certificate.key_pem = slice_text("garbage");
    endpoints_init(&endpoints, &planning->arena, NULL);
    assert_null(endpoints_get(&endpoints, &settings, &planning->errors));
    assert_null(endpoints_get(&endpoints, &settings, &planning->errors));
    assert_int_equal(planning->errors.total, 2);
    endpoints_fini(&endpoints);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_settings_share_an_endpoint, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(any_difference_makes_another, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(what_failed_is_tried_again, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
