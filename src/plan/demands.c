#include "plan/demands.h"

#include "base/bug.h"

enum { DAY_SECONDS = 86400 };

static unsigned keys_of(const struct settings_client_auth *client_auth);
static int64_t usage_until(const struct settings_client_auth *client_auth);
static bool take_pins(const struct settings_pins *pins, struct arena *arena, struct verify_settings *demands);
static void add_pins(const struct settings_pin *from, size_t count, bool is_key, struct verify_pin *to);
static bool take_policies(const struct settings_client_auth *client_auth, struct arena *arena,
                          struct verify_settings *demands);

bool demands_of(const struct settings_client_auth *client_auth, struct arena *arena, struct verify_settings *demands) {
    static const unsigned digest_bits[] = {
        [SETTINGS_DIGEST_SHA256] = 0, [SETTINGS_DIGEST_SHA384] = 384, [SETTINGS_DIGEST_SHA512] = 512};
    *demands = (struct verify_settings){.purpose = VERIFY_CLIENT,
                                        .depth = client_auth->depth,
                                        .rsa_bits_min = client_auth->min_rsa_bits,
                                        .keys = keys_of(client_auth),
                                        .digest_bits_min = digest_bits[client_auth->min_signature_digest],
                                        .usage = client_auth->extended_key_usage,
                                        .usage_until = usage_until(client_auth),
                                        .profile = client_auth->profile,
                                        .needs_root = client_auth->complete_chain};
    return take_pins(&client_auth->pins, arena, demands) && take_policies(client_auth, arena, demands);
}

/* None are all. */
static unsigned keys_of(const struct settings_client_auth *client_auth) {
    unsigned keys = 0;
    for (size_t i = 0; i < client_auth->key_type_count; i++)
        keys |= (unsigned)VERIFY_KEY_RSA << client_auth->key_types[i];
    return keys ? keys : VERIFY_KEYS_USUAL;
}

/* The day itself is the last one. */
static int64_t usage_until(const struct settings_client_auth *client_auth) {
    int64_t day = client_auth->extended_key_usage_until;
    return day ? day + DAY_SECONDS : 0;
}

static bool take_pins(const struct settings_pins *pins, struct arena *arena, struct verify_settings *demands) {
    size_t count = pins->certificate_count + pins->key_count;
    struct verify_pin *made = count ? arena_array(arena, count, sizeof(*made)) : NULL;
    bug_on(count > VERIFY_PINS_MAX);
    if (made == NULL)
        return count == 0;
    add_pins(pins->certificates, pins->certificate_count, false, made);
    add_pins(pins->keys, pins->key_count, true, made + pins->certificate_count);
    demands->pins = made;
    demands->pin_count = count;
    return true;
}

static void add_pins(const struct settings_pin *from, size_t count, bool is_key, struct verify_pin *to) {
    for (size_t i = 0; i < count; i++) {
        to[i].is_key = is_key;
        memcpy(to[i].digest, from[i].digest, sizeof(to[i].digest));
    }
}

/* Who names policies wants them to be there. */
static bool take_policies(const struct settings_client_auth *client_auth, struct arena *arena,
                          struct verify_settings *demands) {
    size_t count = client_auth->certificate_policy_count;
    struct slice *policies = count ? arena_array(arena, count, sizeof(*policies)) : NULL;
    if (policies == NULL)
        return count == 0;
    for (size_t i = 0; i < count; i++)
        policies[i] = slice_text(client_auth->certificate_policies[i]);
    demands->policies = policies;
    demands->policy_count = count;
    demands->explicit_policy = true;
    return true;
}
