/* Numbers first; then each part of variable length behind its length. */
#include "pki/verifysettings.h"

#include "base/bug.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>

static struct slice copy_text(struct slice text, uint8_t **to);
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
                                settings->policy_count,    settings->checks_common_name,
                                settings->insecure_sha1,   (uint64_t)settings->usage_until};
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

/* One block: the slices, the pins, the text. */
bool verifysettings_copy(const struct verify_settings *from, struct verify_settings *to) {
    size_t text_len = from->name.len;
    for (size_t i = 0; i < from->policy_count; i++)
        text_len += from->policies[i].len;
    *to = *from;
    struct slice *policies = malloc(from->policy_count * sizeof *policies + from->pin_count * sizeof *from->pins +
                                    text_len + 1); /* never nothing: NULL is for a copy that was dropped */
    if (!policies)
        return false;
    struct verify_pin *pins = (struct verify_pin *)(policies + from->policy_count);
    uint8_t *text = (uint8_t *)(pins + from->pin_count);
    if (from->pin_count)
        memcpy(pins, from->pins, from->pin_count * sizeof *pins);
    to->name = copy_text(from->name, &text);
    for (size_t i = 0; i < from->policy_count; i++)
        policies[i] = copy_text(from->policies[i], &text);
    to->policies = policies;
    to->pins = pins;
    return true;
}

void verifysettings_drop(struct verify_settings *copy) {
    free((void *)copy->policies);
    *copy = (struct verify_settings){0};
}

enum verify_usage verifysettings_usage(const struct verify_settings *settings, int64_t now) {
    return settings->usage_until && now >= settings->usage_until ? VERIFY_USAGE_REQUIRED : settings->usage;
}

static struct slice copy_text(struct slice text, uint8_t **to) {
    struct slice copy = slice_of(*to, text.len);
    if (text.len)
        memcpy(*to, text.data, text.len);
    *to += text.len;
    return copy;
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
