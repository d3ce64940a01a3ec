/* Numbers first; then each part of variable length behind its length. */
#include "pki/verifysettings.h"

#include "base/bug.h"

#include <endian.h>
#include <openssl/evp.h>

static bool hash_number(EVP_MD_CTX *hashing, uint64_t number);
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
    bool is_good = true;
    for (size_t i = 0; is_good && i < sizeof numbers / sizeof *numbers; i++)
        is_good = hash_number(hashing, numbers[i]);
    is_good = is_good && hash_slice(hashing, settings->name) && hash_pins(hashing, settings);
    for (size_t i = 0; is_good && i < settings->policy_count; i++)
        is_good = hash_slice(hashing, settings->policies[i]);
    return is_good;
}

void verifysettings_digest(const struct verify_settings *settings, uint8_t to[VERIFY_PIN_BYTES]) {
    EVP_MD_CTX *hashing = EVP_MD_CTX_new();
    bug_on(!hashing || !EVP_DigestInit_ex(hashing, EVP_sha256(), NULL) || !verifysettings_hash(settings, hashing) ||
           !EVP_DigestFinal_ex(hashing, to, NULL));
    EVP_MD_CTX_free(hashing);
}

/* The same on every machine: the digest is part of what opens a ticket. */
static bool hash_number(EVP_MD_CTX *hashing, uint64_t number) {
    uint64_t little = htole64(number);
    return EVP_DigestUpdate(hashing, &little, sizeof little);
}

static bool hash_slice(EVP_MD_CTX *hashing, struct slice bytes) {
    return hash_number(hashing, bytes.len) && (bytes.len == 0 || EVP_DigestUpdate(hashing, bytes.data, bytes.len));
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
