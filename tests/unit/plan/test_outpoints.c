/* Tests of plan/outpoints: equal settings share one, any setting that differs makes another. */
#include "planning.h"

#include "plan/outpoints.h"

static struct tls_outpoint_settings basic(const struct planning *planning, struct trust *trust) {
    return (struct tls_outpoint_settings){.min_version = TLS_VERSION_12,
                                          .max_version = TLS_VERSION_13,
                                          .trust = trust,
                                          .verify = {.purpose = VERIFY_SERVER, .depth = 5, .rsa_bits_min = 2048},
                                          .cache = planning->context.cache};
}

static void equal_settings_share_an_outpoint(void **state) {
    struct planning *planning = *state;
    struct outpoints first, second;
    uint8_t digests[2][OUTPOINTS_DIGEST_BYTES];
    struct trust *trust = minted_trust(&planning->ca);
    struct tls_outpoint_settings settings = basic(planning, trust);
    outpoints_init(&first, &planning->arena, NULL);
    struct tls_outpoint *outpoint = outpoints_get(&first, &settings, digests[0], &planning->errors);
    assert_non_null(outpoint);
    settings.place.line = 7; /* places do not count */
    assert_ptr_equal(outpoints_get(&first, &settings, digests[1], &planning->errors), outpoint);
    assert_memory_equal(digests[0], digests[1], OUTPOINTS_DIGEST_BYTES);
    outpoints_init(&second, &planning->arena, &first);
    assert_ptr_equal(outpoints_get(&second, &settings, digests[1], &planning->errors), outpoint);
    outpoints_fini(&first);
    assert_true(tls_outpoint_expires(outpoint) == INT64_MAX); /* the second still holds it */
    outpoints_fini(&second);
    trust_unref(&trust);
}

static void any_difference_makes_another(void **state) {
    struct planning *planning = *state;
    enum { COUNT = 11 };
    struct outpoints outpoints;
    struct slice http = slice_text("http/1.1");
    struct tls_certificate own = {.chain_pem = buf_view(&planning->server.certificate),
                                  .key_pem = buf_view(&planning->server.private_key),
                                  .chain_path = "own.pem",
                                  .key_path = "own.key"};
    struct trust *trust = minted_trust(&planning->ca);
    struct trust *other = minted_trust(&planning->other_ca);
    struct tls_outpoint_settings different[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        different[i] = basic(planning, trust);
    different[1].trust = other;
    different[2].min_version = TLS_VERSION_13;
    different[3].max_version = TLS_VERSION_12;
    different[4].ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
    different[5].groups = "X25519";
    different[6].certificate = &own;
    different[7].skips_verify = true;
    different[8].staple = BACKSHAKE_STAPLE_REQUIRED;
    different[9].resumes = true;
    different[10].alpn = &http;
    different[10].alpn_count = 1;
    outpoints_init(&outpoints, &planning->arena, NULL);
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t digest[OUTPOINTS_DIGEST_BYTES];
        assert_non_null(outpoints_get(&outpoints, &different[i], digest, &planning->errors));
        assert_int_equal(outpoints.by_content.count, i + 1);
    }
    outpoints_fini(&outpoints);
    trust_unref(&trust);
    trust_unref(&other);
}

static void bad_settings_are_none(void **state) {
    struct planning *planning = *state;
    struct outpoints outpoints;
    uint8_t digest[OUTPOINTS_DIGEST_BYTES];
    const struct tls_outpoint_settings settings = basic(planning, NULL);
    outpoints_init(&outpoints, &planning->arena, NULL);
    assert_null(outpoints_get(&outpoints, &settings, digest, &planning->errors));
    assert_int_equal(planning->errors.total, 1);
    assert_int_equal(outpoints.by_content.count, 0);
    outpoints_fini(&outpoints);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_settings_share_an_outpoint, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(any_difference_makes_another, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(bad_settings_are_none, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
