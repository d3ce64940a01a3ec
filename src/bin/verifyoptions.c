/* Each word to its setting; what is not understood is an error. */
#include "bin/verifyoptions.h"

#include "base/now.h"

#include <stdio.h>
#include <stdlib.h>

/* The words as typed, before they are understood. */
struct words {
    const char *time;
    const char *purpose;
    const char *name;
    const char *depth;
    const char *rsa_bits;
    const char *profile;
    const char *usage;
    struct options_list policies;
    struct options_list pins;
};

static bool read_words(struct verifyoptions *options, struct words *words, char *const *arguments);
static bool understand(struct verifyoptions *options, const struct words *words);
static bool understand_lists(struct verifyoptions *options, const struct words *words);
static bool choose(const char *word, const char *const *names, size_t count, const char *what, unsigned *chosen);
static bool read_number(const char *word, uint64_t most, const char *what, unsigned *number);
static bool read_pin(const char *word, struct verify_pin *pin);
static int digit_of(char letter);
static bool complain(const char *what, const char *word);

bool verifyoptions_read(struct verifyoptions *options, char *const *arguments) {
    static struct words words; /* large */
    *options =
        (struct verifyoptions){.settings = {.depth = 8, .rsa_bits_min = 2048, .profile = VERIFY_PROFILE_RFC5280}};
    options->now = now_unix_ms() / 1000;
    if (!read_words(options, &words, arguments))
        return false;
    if (!options->leaf || options->trust.count == 0) {
        fputs("usage: sallyport verify --trust FILE [--untrusted FILE] [--crl FILE] [--ocsp-response FILE]\n"
              "           [--time TIME] [--insecure-sha1]\n"
              "           [--purpose client|server|any] [--usage if-present|required|ignored]\n"
              "           [--profile path|rfc5280|webpki] [--name NAME] [--depth N] [--rsa-bits N] [--needs-root]\n"
              "           [--pin cert:HEX|key:HEX] [--policy OID] [--explicit-policy] [--inhibit-mapping]\n"
              "           [--inhibit-any] [--common-name] [--json] LEAF\n",
              stderr);
        return false;
    }
    return understand(options, &words) && understand_lists(options, &words);
}

static bool read_words(struct verifyoptions *options, struct words *words, char *const *arguments) {
    struct verify_settings *settings = &options->settings;
    const struct options_row rows[] = {
        {.name = "trust", .list = &options->trust},
        {.name = "untrusted", .list = &options->untrusted},
        {.name = "crl", .list = &options->crls},
        {.name = "ocsp-response", .list = &options->ocsp_responses},
        {.name = "time", .text = &words->time},
        {.name = "purpose", .text = &words->purpose},
        {.name = "usage", .text = &words->usage},
        {.name = "profile", .text = &words->profile},
        {.name = "name", .text = &words->name},
        {.name = "depth", .text = &words->depth},
        {.name = "rsa-bits", .text = &words->rsa_bits},
        {.name = "needs-root", .flag = &settings->needs_root},
        {.name = "common-name", .flag = &settings->checks_common_name},
        {.name = "pin", .list = &words->pins},
        {.name = "policy", .list = &words->policies},
        {.name = "explicit-policy", .flag = &settings->explicit_policy},
        {.name = "inhibit-mapping", .flag = &settings->inhibit_policy_mapping},
        {.name = "inhibit-any", .flag = &settings->inhibit_any_policy},
        {.name = "insecure-sha1", .flag = &settings->insecure_sha1},
        {.name = "json", .flag = &options->as_json},
        {0},
    };
    return options_read(arguments, rows, &options->leaf);
}

static bool understand(struct verifyoptions *options, const struct words *words) {
    static const char *const purposes[] = {"client", "server", "any"};
    static const char *const usages[] = {"if-present", "required", "ignored"};
    static const char *const profiles[] = {"path", "rfc5280", "webpki"};
    struct verify_settings *settings = &options->settings;
    unsigned purpose = settings->purpose;
    unsigned usage = settings->usage;
    unsigned profile = settings->profile;
    bool is_good = choose(words->purpose, purposes, 3, "purpose", &purpose) &&
        choose(words->usage, usages, 3, "usage", &usage) && choose(words->profile, profiles, 3, "profile", &profile) &&
        read_number(words->depth, 10, "depth", &settings->depth) &&
        read_number(words->rsa_bits, 8192, "rsa-bits", &settings->rsa_bits_min) &&
        (options_time(words->time, &options->now) ||
         complain("is no time (2026-01-31T12:00:00Z, or seconds since 1970)", words->time));
    settings->purpose = purpose;
    settings->usage = usage;
    settings->profile = profile;
    settings->name = slice_text(words->name);
    return is_good;
}

static bool understand_lists(struct verifyoptions *options, const struct words *words) {
    struct verify_settings *settings = &options->settings;
    if (words->policies.count > VERIFY_POLICIES_MAX || words->pins.count > VERIFY_PINS_MAX)
        return complain("is given too often", words->pins.count > VERIFY_PINS_MAX ? "pin" : "policy");
    for (size_t i = 0; i < words->policies.count; i++)
        options->policies[i] = slice_text(words->policies.items[i]);
    for (size_t i = 0; i < words->pins.count; i++) {
        if (!read_pin(words->pins.items[i], &options->pins[i]))
            return complain("is no pin (cert: or key: and 64 hex digits)", words->pins.items[i]);
    }
    settings->policies = options->policies;
    settings->policy_count = words->policies.count;
    settings->pins = options->pins;
    settings->pin_count = words->pins.count;
    return true;
}

/* *chosen stays as it is when there is no word. */
static bool choose(const char *word, const char *const *names, size_t count, const char *what, unsigned *chosen) {
    if (!word)
        return true;
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(word, names[i]) == 0) {
            *chosen = i;
            return true;
        }
    }
    fprintf(stderr, "sallyport: --%s %s: not understood (see sallyport verify)\n", what, word);
    return false;
}

static bool read_number(const char *word, uint64_t most, const char *what, unsigned *number) {
    uint64_t value;
    if (!word)
        return true;
    if (!slice_decimal(slice_text(word), &value) || value > most)
        return complain("is not a number in its range", what);
    *number = (unsigned)value;
    return true;
}

static bool read_pin(const char *word, struct verify_pin *pin) {
    pin->is_key = strncmp(word, "key:", 4) == 0;
    if (!pin->is_key && strncmp(word, "cert:", 5) != 0)
        return false;
    const char *hex = strchr(word, ':') + 1;
    if (strlen(hex) != 2 * VERIFY_PIN_BYTES)
        return false;
    for (size_t i = 0; i < VERIFY_PIN_BYTES; i++) {
        int high = digit_of(hex[2 * i]);
        int low = digit_of(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        pin->digest[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static int digit_of(char letter) {
    static const char digits[] = "0123456789abcdef";
    const char *at = letter ? strchr(digits, letter | (letter >= 'A' && letter <= 'F' ? 0x20 : 0)) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool complain(const char *what, const char *word) {
    fprintf(stderr, "sallyport: %s: %s (see sallyport verify)\n", word, what);
    return false;
}
