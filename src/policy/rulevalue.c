/* A reader for each form of value. Patterns are checked for what could never match, then read by policy/glob. */
#include "policy/rulevalue.h"

#include "base/text.h"
#include "policy/normal.h"

#include <stdio.h>

enum { DIGEST_BYTES = 32, SHA1_DIGITS = 40, SERIAL_DIGITS_MAX = 128, COPY_MAX = 4096 };

/* What is read, and where it goes. */
struct reading {
    enum fact fact;
    struct slice text;
    struct arena *arena;
    struct rulevalue *values;
    size_t count;
    char *complaint;
};

static bool read_digest(struct reading *reading);
static bool read_serial(struct reading *reading);
static bool read_oid(struct reading *reading);
static bool read_text(struct reading *reading);
static bool read_attribute(struct reading *reading);
static bool read_mail(struct reading *reading);
static bool read_uri(struct reading *reading);
static bool read_spiffe(struct reading *reading);
static bool read_domain(struct reading *reading);
static bool read_network(struct reading *reading);
static bool read_window(struct reading *reading);
static bool read_presence(struct reading *reading);
static bool read_method(struct reading *reading);
static bool read_path(struct reading *reading);
static bool check_path(struct reading *reading);
static bool add_pattern(struct reading *reading, struct slice text, int separator);
static bool add_exact(struct reading *reading, struct slice text);
static bool unhex(struct slice text, uint8_t *to, size_t most, size_t *len);
static bool unbase64(struct slice text, uint8_t to[DIGEST_BYTES]);
static int hex_digit(uint8_t byte);
static bool is_oid(struct slice text);
static bool is_domain_byte(uint8_t byte);
static bool is_method_byte(uint8_t byte);
static bool has_part(struct slice text, const char *part);
static bool complain(struct reading *reading, const char *sentence);

bool rulevalue_read(enum fact fact, struct slice text, struct arena *arena, struct rulevalue values[RULEVALUE_EACH_MAX],
                    size_t *count, char complaint[RULEVALUE_COMPLAINT_MAX]) {
    static bool (*const readers[])(struct reading *) = {
        [FACT_FORM_DIGEST] = read_digest,
        [FACT_FORM_SERIAL] = read_serial,
        [FACT_FORM_OID] = read_oid,
        [FACT_FORM_TEXT] = read_text,
        [FACT_FORM_ATTRIBUTE] = read_attribute,
        [FACT_FORM_MAIL] = read_mail,
        [FACT_FORM_URI] = read_uri,
        [FACT_FORM_SPIFFE] = read_spiffe,
        [FACT_FORM_DOMAIN] = read_domain,
        [FACT_FORM_NETWORK] = read_network,
        [FACT_FORM_WINDOW] = read_window,
        [FACT_FORM_PRESENCE] = read_presence,
        [FACT_FORM_METHOD] = read_method,
        [FACT_FORM_PATH] = read_path,
    };
    struct reading reading = {.fact = fact, .text = text, .arena = arena, .values = values, .complaint = complaint};
    if (text.len == 0)
        return complain(&reading, "nothing is given");
    if (text.len > COPY_MAX)
        return complain(&reading, "longer than 4096 bytes");
    bool done = readers[fact_row(fact)->form](&reading);
    *count = reading.count;
    return done;
}

static bool read_digest(struct reading *reading) {
    uint8_t digest[DIGEST_BYTES];
    size_t len = 0;
    bool is_hex = unhex(reading->text, digest, sizeof digest, &len);
    if (is_hex && len == DIGEST_BYTES)
        return add_exact(reading, slice_of(digest, sizeof digest));
    if (unbase64(reading->text, digest))
        return add_exact(reading, slice_of(digest, sizeof digest));
    if (is_hex && len == SHA1_DIGITS / 2)
        return complain(reading, "this is a SHA-1 digest; give the SHA-256 one of 64 hexadecimal digits");
    return complain(reading, "expected a SHA-256 digest: 64 hexadecimal digits, colons allowed, or base64");
}

static bool read_serial(struct reading *reading) {
    uint8_t bytes[SERIAL_DIGITS_MAX / 2], digits[SERIAL_DIGITS_MAX + 2];
    size_t len = 0, from = 0;
    /* An odd number of digits lacks the leading zero that unhex wants. */
    char padded[SERIAL_DIGITS_MAX + 64];
    struct slice text = reading->text;
    bool is_odd = slice_find(text, ':') < 0 && text.len % 2 != 0;
    if (text.len + 1 < sizeof padded) {
        padded[0] = '0';
        memcpy(padded + 1, text.data, text.len);
        text = slice_of(padded + !is_odd, text.len + is_odd);
    }
    if (!unhex(text, bytes, sizeof bytes, &len) || len == 0)
        return complain(reading, "expected a serial number in hexadecimal, colons allowed");
    while (from + 1 < len && bytes[from] == 0)
        from++;
    text_hex((char *)digits, slice_of(bytes + from, len - from));
    return add_exact(reading, slice_of(digits, 2 * (len - from)));
}

static bool read_oid(struct reading *reading) {
    if (!is_oid(reading->text))
        return complain(reading, "expected an object identifier such as \"1.3.6.1.4.1.99999.1\"");
    return add_exact(reading, reading->text);
}

static bool read_text(struct reading *reading) {
    return add_pattern(reading, reading->text, GLOB_NO_SEPARATOR);
}

static bool read_attribute(struct reading *reading) {
    ptrdiff_t equals = slice_find(reading->text, '=');
    if (equals < 0 || !is_oid(slice_sub(reading->text, 0, (size_t)equals)))
        return complain(reading, "expected an object identifier, \"=\" and a pattern, as in \"2.5.4.17=1010\"");
    return add_pattern(reading, reading->text, GLOB_NO_SEPARATOR);
}

static bool read_mail(struct reading *reading) {
    if (slice_find(reading->text, '@') < 0)
        return complain(reading, "expected a mail address such as \"alice@example.com\" or \"*@example.com\"");
    return add_pattern(reading, reading->text, GLOB_NO_SEPARATOR);
}

static bool read_uri(struct reading *reading) {
    if (slice_find(reading->text, ':') < 0)
        return complain(reading, "expected a URI such as \"https://example.com/clients/*\"");
    return add_pattern(reading, reading->text, '/');
}

/* Nobody's id has upper-case letters in its trust domain. */
static bool read_spiffe(struct reading *reading) {
    struct slice scheme = slice_text("spiffe://");
    if (!slice_starts(reading->text, scheme) || reading->text.len == scheme.len)
        return complain(reading, "expected a SPIFFE id such as \"spiffe://example.com/admin/*\"");
    for (size_t i = scheme.len; i < reading->text.len && reading->text.data[i] != '/'; i++) {
        if ((uint8_t)(reading->text.data[i] - 'A') < 26)
            return complain(reading, "the trust domain of a SPIFFE id has no upper-case letters");
    }
    if (reading->text.data[reading->text.len - 1] == '/')
        return complain(reading, "a SPIFFE id does not end with \"/\"; write \"/**\" for all below");
    return add_pattern(reading, reading->text, '/');
}

static bool read_domain(struct reading *reading) {
    struct slice text = reading->text;
    bool is_bracketed = text.data[0] == '[' && text.data[text.len - 1] == ']';
    if (text.data[text.len - 1] == '.')
        return complain(reading, "names are compared without a dot at their end");
    for (size_t i = 0; i < text.len && !is_bracketed; i++) {
        if (text.data[i] == ':')
            return complain(reading, "a name stands without a port and without a scheme");
        if (!is_domain_byte(text.data[i]))
            return complain(reading, "expected a name such as \"api.example.com\" or \"*.example.com\"");
    }
    return add_pattern(reading, text, '.');
}

static bool read_network(struct reading *reading) {
    struct rulevalue *value = &reading->values[0];
    value->kind = RULEVALUE_NETWORK;
    reading->count = 1;
    if (addr_net_parse(reading->text, &value->network))
        return true;
    return complain(reading,
                    "expected an address or a network such as \"10.0.0.0/8\", with no bits set beyond the prefix");
}

static bool read_window(struct reading *reading) {
    struct rulevalue *value = &reading->values[0];
    value->kind = RULEVALUE_WINDOW;
    reading->count = 1;
    if (window_parse(reading->text, &value->window))
        return true;
    return complain(reading, "expected days, hours, or both, and a fixed zone: \"mon-fri 08:00-18:00 +01:00\"");
}

static bool read_presence(struct reading *reading) {
    static const struct {
        const char *word;
        unsigned presence;
    } words[] = {
        {"none", RULEVALUE_NO_CERTIFICATE},
        {"presented", RULEVALUE_UNVERIFIED_CERTIFICATE | RULEVALUE_VERIFIED_CERTIFICATE},
        {"verified", RULEVALUE_VERIFIED_CERTIFICATE},
        {"unverified", RULEVALUE_UNVERIFIED_CERTIFICATE},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!slice_equal(reading->text, slice_text(words[i].word)))
            continue;
        reading->values[0] = (struct rulevalue){.kind = RULEVALUE_PRESENCE, .presence = words[i].presence};
        reading->count = 1;
        return true;
    }
    return complain(reading, "expected none, presented, verified or unverified");
}

static bool read_method(struct reading *reading) {
    for (size_t i = 0; i < reading->text.len; i++) {
        if (!is_method_byte(reading->text.data[i]))
            return complain(reading, "expected a method such as GET, in capital letters, without stars");
    }
    return add_exact(reading, reading->text);
}

/* "/admin" is itself and all below, "/admin/" all below, like a route's prefix; and "/admin/" followed by two stars at
 * the end includes "/admin". */
static bool read_path(struct reading *reading) {
    char below[COPY_MAX + 3];
    struct slice text = reading->text;
    struct slice stars = slice_text("/**");
    if (!check_path(reading))
        return false;
    if (glob_has_star(text)) {
        bool ends_below = slice_ends(text, stars) && text.len > stars.len;
        return add_pattern(reading, text, '/') &&
            (!ends_below || add_pattern(reading, slice_sub(text, 0, text.len - stars.len), '/'));
    }
    bool is_folder = text.data[text.len - 1] == '/';
    int len = snprintf(below, sizeof below, "%.*s%s", (int)text.len, (const char *)text.data, is_folder ? "**" : "/**");
    return (is_folder || add_pattern(reading, text, '/')) && add_pattern(reading, slice_of(below, (size_t)len), '/');
}

/* It is compared with the normal form of a path, so it has to look like one. */
static bool check_path(struct reading *reading) {
    struct slice text = reading->text;
    if (text.data[0] != '/')
        return complain(reading, "expected a path such as \"/admin\", which begins with \"/\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || strchr("%?#;\\", text.data[i]) != NULL)
            return complain(reading, "a path is written plainly: without a query, parameters, escapes or spaces");
    }
    if (has_part(text, "//") || has_part(text, "/./") || has_part(text, "/../") || slice_ends(text, slice_text("/.")) ||
        slice_ends(text, slice_text("/..")))
        return complain(reading, "a path has no empty, \".\" or \"..\" segments");
    return true;
}

static bool add_pattern(struct reading *reading, struct slice text, int separator) {
    uint8_t normal[COPY_MAX];
    normal_text(fact_row(reading->fact)->form, text, normal);
    text = slice_of(normal, text.len);
    if (!glob_has_star(text)) {
        struct slice literal = glob_literal(text, reading->arena, reading->complaint);
        return literal.data != NULL && add_exact(reading, literal);
    }
    const struct glob *glob = glob_read(text, separator, reading->arena, reading->complaint);
    reading->values[reading->count++] = (struct rulevalue){.kind = RULEVALUE_GLOB, .glob = glob};
    return glob != NULL;
}

static bool add_exact(struct reading *reading, struct slice text) {
    uint8_t *key = arena_alloc(reading->arena, text.len + 1);
    if (key == NULL)
        return complain(reading, "not enough memory");
    *key = (uint8_t)reading->fact;
    memcpy(key + 1, text.data, text.len);
    reading->values[reading->count++] = (struct rulevalue){.kind = RULEVALUE_EXACT, .key = slice_of(key, text.len + 1)};
    return true;
}

/* Pairs of digits, with or without a colon between two of them. */
static bool unhex(struct slice text, uint8_t *to, size_t most, size_t *len) {
    *len = 0;
    while (text.len > 0) {
        if (text.len < 2 || *len == most)
            return false;
        int high = hex_digit(text.data[0]), low = hex_digit(text.data[1]);
        if (high < 0 || low < 0)
            return false;
        to[(*len)++] = (uint8_t)(high << 4 | low);
        text = slice_sub(text, 2, text.len);
        if (text.len > 2 && text.data[0] == ':')
            text = slice_sub(text, 1, text.len);
    }
    return true;
}

static bool unbase64(struct slice text, uint8_t to[DIGEST_BYTES]) {
    struct buf bytes;
    buf_init(&bytes, 2 * DIGEST_BYTES);
    bool done =
        text.len == text_base64_len(DIGEST_BYTES) && text_unbase64(&bytes, text) && buf_len(&bytes) == DIGEST_BYTES;
    if (done)
        memcpy(to, buf_view(&bytes).data, DIGEST_BYTES);
    buf_fini(&bytes);
    return done;
}

static int hex_digit(uint8_t byte) {
    if ((uint8_t)(byte - '0') < 10)
        return byte - '0';
    uint8_t letter = (uint8_t)((byte | 0x20) - 'a');
    return letter < 6 ? letter + 10 : -1;
}

/* Numbers without leading zeros, two at least, split by dots. */
static bool is_oid(struct slice text) {
    size_t numbers = 0;
    for (;; numbers++) {
        ptrdiff_t dot = slice_find(text, '.');
        struct slice part = dot < 0 ? text : slice_sub(text, 0, (size_t)dot);
        uint64_t number;
        if (!slice_decimal(part, &number) || (part.len > 1 && part.data[0] == '0'))
            return false;
        if (dot < 0)
            return numbers > 0;
        text = slice_sub(text, (size_t)dot + 1, text.len);
    }
}

static bool is_domain_byte(uint8_t byte) {
    return (uint8_t)((byte | 0x20) - 'a') < 26 || (uint8_t)(byte - '0') < 10 || byte == '-' || byte == '_' ||
        byte == '.' || byte == '*' || byte == '\\';
}

static bool is_method_byte(uint8_t byte) {
    return (uint8_t)(byte - 'A') < 26 || (uint8_t)(byte - '0') < 10 || byte == '-' || byte == '_';
}

static bool has_part(struct slice text, const char *part) {
    return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

/* Always false, so that a reader can end with it. */
static bool complain(struct reading *reading, const char *sentence) {
    snprintf(reading->complaint, RULEVALUE_COMPLAINT_MAX, "%s", sentence);
    return false;
}
