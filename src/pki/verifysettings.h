/* What a chain is held to: plain data, all of it in the chain cache's key. */
#ifndef SALLYPORT_PKI_VERIFYSETTINGS_H
#define SALLYPORT_PKI_VERIFYSETTINGS_H

#include "base/slice.h"

/* ANY: neither a TLS client nor a TLS server: key usage and extended key usage of the leaf are not looked at. */
enum verify_purpose { VERIFY_CLIENT, VERIFY_SERVER, VERIFY_ANY };

/* How the leaf's extended key usage is read: it has to allow the purpose if it is there, has to be there, or does not
 * matter. Those of CA certificates narrow it likewise, except under IGNORED. */
enum verify_usage { VERIFY_USAGE_IF_PRESENT, VERIFY_USAGE_REQUIRED, VERIFY_USAGE_IGNORED };

/* Beyond what RFC 5280 section 6 asks of those who validate: what its section 4 asks of those who issue, and what the
 * CA/Browser Forum asks of public CAs. Private CAs break these often, and nothing is won by refusing them. */
enum verify_profile { VERIFY_PROFILE_PATH, VERIFY_PROFILE_RFC5280, VERIFY_PROFILE_WEBPKI };

/* Kinds of keys, as bits. 0 stands for VERIFY_KEYS_USUAL. */
enum {
    VERIFY_KEY_RSA = 1,
    VERIFY_KEY_P256 = 2,
    VERIFY_KEY_P384 = 4,
    VERIFY_KEY_P521 = 8,
    VERIFY_KEY_ED25519 = 16,
    VERIFY_KEYS_USUAL = 31
};

enum { VERIFY_PIN_BYTES = 32, VERIFY_PINS_MAX = 64, VERIFY_POLICIES_MAX = 16 };

/* SHA-256 of a certificate, or of its SubjectPublicKeyInfo. */
struct verify_pin {
    bool is_key;
    uint8_t digest[VERIFY_PIN_BYTES];
};

/* All zero but depth: a TLS client under the usual rules, as far as one can be lenient without being unsafe.
 *
 * depth: most intermediates between leaf and anchor. rsa_bits_min: smallest RSA key accepted (largest is 8192).
 * digest_bits_min: of signatures below the anchor, 0 stands for 256. usage_until: the first second (since 1970) at
 * which `usage` is VERIFY_USAGE_REQUIRED, whatever it says; 0: never. needs_root: an anchor that is an intermediate
 * ends no path. pins: one certificate of the path has to be among them, unless there are none (at most
 * VERIFY_PINS_MAX). name: DNS name or IP address, as text, that a server's certificate has to be for; empty: any.
 * The common name never counts. insecure_sha1: SHA-1 signs, for the judging of old files only, never of
 * clients. checks_common_name: a common name has to be one of the alternative names. policies:
 * acceptable ones as dotted text, none: any (at most VERIFY_POLICIES_MAX); the three switches below are the inputs
 * of RFC 5280 section 6.1.1. Arrays are the caller's. */
struct verify_settings {
    enum verify_purpose purpose;
    unsigned depth;
    unsigned rsa_bits_min;
    unsigned keys;
    unsigned digest_bits_min;
    enum verify_usage usage;
    int64_t usage_until;
    enum verify_profile profile;
    bool needs_root;
    bool checks_common_name;
    bool insecure_sha1;
    bool explicit_policy;
    bool inhibit_policy_mapping;
    bool inhibit_any_policy;
    struct slice name;
    const struct verify_pin *pins;
    size_t pin_count;
    const struct slice *policies;
    size_t policy_count;
};

/* Feeds all of it to a digest: settings that differ are never the same bytes. False when libcrypto fails. */
struct evp_md_ctx_st;
[[nodiscard]] bool verifysettings_hash(const struct verify_settings *settings, struct evp_md_ctx_st *hashing);

/* SHA-256 of all of it: what else depends on the settings compares these. */
void verifysettings_digest(const struct verify_settings *settings, uint8_t to[VERIFY_PIN_BYTES]);

/* A copy that owns all that it points to; false when memory is short. verifysettings_drop frees what it owns. */
[[nodiscard]] bool verifysettings_copy(const struct verify_settings *from, struct verify_settings *to);
void verifysettings_drop(struct verify_settings *copy);

/* How the extended key usage is read at `now` (seconds since 1970). */
enum verify_usage verifysettings_usage(const struct verify_settings *settings, int64_t now);

#endif
