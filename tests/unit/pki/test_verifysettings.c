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
        {.profile = VERIFY_PROFILE_RFC5280},
        {.needs_root = true},
        {.checks_common_name = true},
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
