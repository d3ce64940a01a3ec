/* No two settings are the same bytes to a digest. */
#include "pki/verifysettings.h"

#include <openssl/evp.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { DIGESTS_MAX = 32 };

static unsigned char digests[DIGESTS_MAX][32];
static size_t count;

/* The digest of the settings has to be a new one. */
static void expect_new(const struct verify_settings *settings) {
    EVP_MD_CTX *hashing = EVP_MD_CTX_new();
    assert_true(EVP_DigestInit_ex(hashing, EVP_sha256(), NULL));
    assert_true(verifysettings_hash(settings, hashing));
    assert_true(EVP_DigestFinal_ex(hashing, digests[count], NULL));
    EVP_MD_CTX_free(hashing);
    unsigned char again[32];
    verifysettings_digest(settings, again);
    assert_memory_equal(again, digests[count], sizeof again);
    for (size_t i = 0; i < count; i++)
        assert_memory_not_equal(digests[i], digests[count], sizeof digests[i]);
    count++;
}

static void every_setting_counts(void **state) {
    (void)state;
    struct verify_pin pins[2] = {{.is_key = false}, {.is_key = true}};
    struct slice policies[] = {slice_text("1.2"), slice_text("3.4")};
    struct slice joined[] = {slice_text("1.23"), slice_text(".4")};
    const struct verify_settings all[] = {
        {0},
        {.purpose = VERIFY_SERVER},
        {.depth = 1},
        {.rsa_bits_min = 1},
        {.keys = 1},
        {.digest_bits_min = 1},
        {.usage = VERIFY_USAGE_REQUIRED},
        {.usage_until = 1},
        {.profile = VERIFY_PROFILE_RFC5280},
        {.needs_root = true},
        {.checks_common_name = true},
        {.insecure_sha1 = true},
        {.explicit_policy = true},
        {.inhibit_policy_mapping = true},
        {.inhibit_any_policy = true},
        {.name = slice_text("a")},
        {.name = slice_text("b")},
        {.pins = pins, .pin_count = 1},
        {.pins = pins + 1, .pin_count = 1},
        {.pins = pins, .pin_count = 2},
        {.policies = policies, .policy_count = 1},
        {.policies = policies, .policy_count = 2},
        {.policies = joined, .policy_count = 2},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        expect_new(&all[i]);
}

/* A copy says the same when what it was made from is gone. */
static void copies_own_what_they_say(void **state) {
    (void)state;
    struct verify_pin pins[2] = {{.is_key = false, .digest = {1}}, {.is_key = true, .digest = {2}}};
    char text[] = "1.2.3";
    struct slice policies[] = {slice_text(text), slice_text("3.4")};
    const struct verify_settings from = {.depth = 3,
                                         .name = slice_text("a.example"),
                                         .pins = pins,
                                         .pin_count = 2,
                                         .policies = policies,
                                         .policy_count = 2};
    struct verify_settings copy;
    uint8_t before[32], after[32];
    verifysettings_digest(&from, before);
    assert_true(verifysettings_copy(&from, &copy));
    memset(pins, 0xff, sizeof pins);
    memset(text, 'x', sizeof text - 1);
    memset(policies, 0, sizeof policies);
    verifysettings_digest(&copy, after);
    assert_memory_equal(before, after, sizeof before);
    verifysettings_drop(&copy);
    assert_true(verifysettings_copy(&(struct verify_settings){0}, &copy));
    verifysettings_drop(&copy);
}

static void usage_becomes_required_at_its_second(void **state) {
    (void)state;
    const struct verify_settings settings = {.usage = VERIFY_USAGE_IGNORED, .usage_until = 100};
    assert_int_equal(verifysettings_usage(&settings, 99), VERIFY_USAGE_IGNORED);
    assert_int_equal(verifysettings_usage(&settings, 100), VERIFY_USAGE_REQUIRED);
    assert_int_equal(verifysettings_usage(&(struct verify_settings){0}, INT64_MAX), VERIFY_USAGE_IF_PRESENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_counts),
        cmocka_unit_test(copies_own_what_they_say),
        cmocka_unit_test(usage_becomes_required_at_its_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
