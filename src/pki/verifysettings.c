/* Numbers first, in one piece; then each part of variable length behind its length. */
#include "pki/verifysettings.h"

#include <openssl/evp.h>

static bool hash_slice(EVP_MD_CTX *hashing, struct slice bytes);
static bool hash_pins(EVP_MD_CTX *hashing, const struct verify_settings *settings);

bool verifysettings_hash(const struct verify_settings *settings, EVP_MD_CTX *hashing) {
    const uint64_t numbers[] = {settings->purpose,         settings->depth,
                                settings->rsa_bits_min,    settings->keys,
                                settings->digest_bits_min, settings->usage,
                                settings->profile,         settings->needs_root,
                                settings->explicit_policy, settings->inhibit_policy_mapping,
                                settings->pin_count,       settings->inhibit_any_policy,
                                settings->policy_count,    settings->checks_common_name};
    bool is_good = EVP_DigestUpdate(hashing, numbers, sizeof numbers) && hash_slice(hashing, settings->name) &&
        hash_pins(hashing, settings);
    for (size_t i = 0; is_good && i < settings->policy_count; i++)
        is_good = hash_slice(hashing, settings->policies[i]);
    return is_good;
}

static bool hash_slice(EVP_MD_CTX *hashing, struct slice bytes) {
    uint64_t len = bytes.len;
    return EVP_DigestUpdate(hashing, &len, sizeof len) &&
        (len == 0 || EVP_DigestUpdate(hashing, bytes.data, bytes.len));
}

static bool hash_pins(EVP_MD_CTX *hashing, const struct verify_settings *settings) {
    for (size_t i = 0; i < settings->pin_count; i++) {
        uint8_t is_key = settings->pins[i].is_key;
        if (!EVP_DigestUpdate(hashing, &is_key, 1) ||
            !EVP_DigestUpdate(hashing, settings->pins[i].digest, VERIFY_PIN_BYTES))
            return false;
    }
    return true;
}
