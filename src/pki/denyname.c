/* One table of kinds; what is typed is first sorted into a kind, then brought into its form. */
#include "pki/denyname.h"

#include "base/text.h"
#include "pki/namesyntax.h"
#include "pki/nametext.h"
#include "pki/spiffeid.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>

enum { FINGERPRINT_DIGITS = 64, SHA1_DIGITS = 40, SERIAL_DIGITS_MAX = 2 * DENYNAME_SERIAL_BYTES + 2 };

/* A form being made; `fault` says why it cannot be. */
struct making {
    struct slice value;
    char *to;
    const char *fault;
};

static bool make_fingerprint(struct making *making);
static bool make_serial(struct making *making);
static bool make_subject(struct making *making);
static bool make_cn(struct making *making);
static bool make_mail(struct making *making);
static bool make_dns(struct making *making);
static bool make_uri(struct making *making);
static bool make_spiffe(struct making *making);
static bool make_address(struct making *making);
static bool read_kind(struct slice typed, struct denyname *name, struct error *error, bool *is_kind);
static bool read_issuer(struct slice typed, struct denyname *name, struct error *error);
static bool read_name(struct slice typed, struct denyname *name, struct error *error);
static bool read_word(struct slice typed, struct denyname *name, struct error *error);
static bool take(enum denyname_kind kind, struct slice value, struct denyname *name, struct error *error);
static struct slice trim(struct slice typed);
static size_t put_hex_digits(struct slice text, char *to, size_t room);
static bool is_hex(struct slice text);
static ptrdiff_t find_text(struct slice whole, const char *part);
static bool lower(struct making *making);
static bool is_printable(struct slice text);
static bool fail(struct making *making, const char *fault);

struct kind {
    const char *word;
    bool (*make)(struct making *making);
};

static const struct kind kinds[DENYNAME_KINDS] = {
    [DENYNAME_FINGERPRINT] = {"fingerprint", make_fingerprint},
    [DENYNAME_SERIAL] = {"serial", make_serial},
    [DENYNAME_SUBJECT] = {"subject", make_subject},
    [DENYNAME_CN] = {"cn", make_cn},
    [DENYNAME_MAIL] = {"mail", make_mail},
    [DENYNAME_DNS] = {"dns", make_dns},
    [DENYNAME_URI] = {"uri", make_uri},
    [DENYNAME_SPIFFE] = {"spiffe", make_spiffe},
    [DENYNAME_ADDRESS] = {"ip", make_address},
};

const char *denyname_word(enum denyname_kind kind) {
    return kinds[kind].word;
}

bool denyname_kind(struct slice word, enum denyname_kind *kind) {
    for (int i = 0; i < DENYNAME_KINDS; i++) {
        if (!slice_equal(word, slice_text(kinds[i].word)))
            continue;
        *kind = (enum denyname_kind)i;
        return true;
    }
    return false;
}

bool denyname_is_of_owner(enum denyname_kind kind) {
    return kind != DENYNAME_FINGERPRINT && kind != DENYNAME_SERIAL;
}

bool denyname_make(enum denyname_kind kind, struct slice value, struct denyname *name, const char **fault) {
    struct making making = {.value = value, .to = name->value, .fault = NULL};
    name->kind = kind;
    bool made = value.len < DENYNAME_VALUE_MAX ? kinds[kind].make(&making) : fail(&making, "it is too long");
    *fault = making.fault;
    return made;
}

bool denyname_is_made(enum denyname_kind kind, struct slice value) {
    struct denyname name;
    const char *fault;
    return denyname_make(kind, value, &name, &fault) && slice_equal(value, slice_text(name.value));
}

bool denyname_read(struct slice typed, struct denyname *name, struct error *error) {
    bool is_kind = false;
    typed = trim(typed);
    if (!is_printable(typed)) {
        error_set(error, (struct error_place){0},
                  "It is empty, or has other characters than printable ASCII; write "
                  "others as \\xx in a name (RFC 4514).");
        return false;
    }
    if (is_hex(typed) && put_hex_digits(typed, NULL, 0) == FINGERPRINT_DIGITS)
        return take(DENYNAME_FINGERPRINT, typed, name, error);
    bool done = read_kind(typed, name, error, &is_kind);
    if (is_kind)
        return done;
    if (find_text(typed, "issuer=") >= 0 && find_text(typed, "serial=") >= 0)
        return read_issuer(typed, name, error);
    ptrdiff_t scheme = find_text(typed, "://");
    ptrdiff_t equals = slice_find(typed, '=');
    if (scheme > 0 && (equals < 0 || equals > scheme))
        return take(DENYNAME_URI, typed, name, error);
    if (equals > 0)
        return read_name(typed, name, error);
    return read_word(typed, name, error);
}

/* A leading zero byte only says that the number is not negative. */
bool denyname_of_serial(struct slice integer, const char *issuer, char to[DENYNAME_VALUE_MAX]) {
    uint8_t magnitude[DENYNAME_SERIAL_BYTES + 1];
    bool is_negative = integer.len > 0 && integer.data[0] & 0x80;
    if (integer.len == 0 || integer.len > sizeof magnitude)
        return false;
    unsigned carry = 1;
    for (size_t i = integer.len; i-- > 0;) {
        unsigned byte = is_negative ? (uint8_t)~integer.data[i] + carry : integer.data[i];
        carry = byte >> 8;
        magnitude[i] = (uint8_t)byte;
    }
    struct slice bytes = slice_of(magnitude, integer.len);
    while (bytes.len > 1 && bytes.data[0] == 0)
        bytes = slice_sub(bytes, 1, bytes.len);
    char digits[2 * sizeof magnitude + 1] = "";
    text_hex(digits, bytes);
    int len = snprintf(to, DENYNAME_VALUE_MAX, "%s%s %s", is_negative ? "-" : "", digits, issuer);
    return len > 0 && len < DENYNAME_VALUE_MAX;
}

/* --- the forms --- */

static bool make_fingerprint(struct making *making) {
    size_t digits = put_hex_digits(making->value, NULL, 0);
    if (!is_hex(making->value) || digits != FINGERPRINT_DIGITS)
        return fail(making, "a fingerprint (SHA-256) has 64 hex digits");
    put_hex_digits(making->value, making->to, FINGERPRINT_DIGITS + 1);
    return true;
}

/* "-0a:1B  CN=…": digits up to the first space, then a name. */
static bool make_serial(struct making *making) {
    char digits[SERIAL_DIGITS_MAX + 1];
    char issuer[NAMETEXT_MAX];
    ptrdiff_t space = slice_find(making->value, ' ');
    struct slice number = slice_sub(making->value, 0, space < 0 ? 0 : (size_t)space);
    bool is_negative = number.len > 0 && number.data[0] == '-';
    number = slice_sub(number, is_negative, number.len);
    if (slice_starts(number, slice_text("0x")))
        number = slice_sub(number, 2, number.len);
    size_t count = put_hex_digits(number, digits, sizeof digits);
    if (!is_hex(number) || count == 0 || count > SERIAL_DIGITS_MAX)
        return fail(making, "a serial number is 1 to 40 hex digits");
    const char *first = digits;
    while (count > 2 && first[0] == '0' && (count % 2 || first[1] == '0')) {
        size_t gone = count % 2 ? 1 : 2;
        first += gone;
        count -= gone;
    }
    if (!nametext_canonical(slice_sub(making->value, (size_t)space + 1, SIZE_MAX), issuer, &making->fault))
        return false;
    snprintf(making->to, DENYNAME_VALUE_MAX, "%s%s%s %s", is_negative ? "-" : "", count % 2 ? "0" : "", first, issuer);
    return true;
}

static bool make_subject(struct making *making) {
    return nametext_canonical(making->value, making->to, &making->fault);
}

/* Folded as a part of a name is; it is kept with its escapes and without its type. */
static bool make_cn(struct making *making) {
    char typed[DENYNAME_VALUE_MAX + 4];
    char form[NAMETEXT_MAX];
    int len = snprintf(typed, sizeof typed, "cn=%.*s", (int)making->value.len, (const char *)making->value.data);
    if (!nametext_canonical(slice_of(typed, (size_t)len), form, &making->fault))
        return false;
    struct slice rest = slice_text(form);
    struct nametext_part part;
    if (!nametext_next(&rest, &part) || rest.len > 0 || part.value.len == 0)
        return fail(making, "a common name is one value; escape ',' and '+' in it by a '\\'");
    snprintf(making->to, DENYNAME_VALUE_MAX, "%s", form + 3);
    return true;
}

static bool make_mail(struct making *making) {
    struct slice local;
    struct slice host;
    if (!namesyntax_split_mail(making->value, &local, &host))
        return fail(making, "a mail address is user@host");
    return lower(making);
}

static bool make_dns(struct making *making) {
    if (slice_ends(making->value, slice_text(".")))
        making->value = slice_sub(making->value, 0, making->value.len - 1);
    if (!namesyntax_is_pattern(making->value, true))
        return fail(making, "a DNS name has letters, digits and hyphens between its dots");
    return lower(making);
}

static bool make_uri(struct making *making) {
    if (!namesyntax_is_uri(making->value) || slice_find(making->value, ' ') >= 0 || !is_printable(making->value))
        return fail(making, "a URI is scheme:something, without spaces");
    if (slice_starts(making->value, slice_text("spiffe:")))
        return fail(making, "this is a SPIFFE id: write spiffe:// and what follows, without a kind before it");
    snprintf(making->to, DENYNAME_VALUE_MAX, "%.*s", (int)making->value.len, (const char *)making->value.data);
    return true;
}

static bool make_spiffe(struct making *making) {
    struct slice domain;
    struct slice path;
    if (!spiffeid_split(making->value, &domain, &path))
        return fail(making, "this is no SPIFFE id: spiffe://trust-domain/path");
    snprintf(making->to, DENYNAME_VALUE_MAX, "%.*s", (int)making->value.len, (const char *)making->value.data);
    return true;
}

static bool make_address(struct making *making) {
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    int len = snprintf(text, sizeof text, "%.*s", (int)making->value.len, (const char *)making->value.data);
    int family = slice_find(making->value, ':') >= 0 ? AF_INET6 : AF_INET;
    if (len >= (int)sizeof text || inet_pton(family, text, bytes) != 1)
        return fail(making, "an address is IPv4 or IPv6, without a port");
    return inet_ntop(family, bytes, making->to, DENYNAME_VALUE_MAX) != NULL;
}

/* --- what was typed --- */

/* KIND:VALUE. An unknown word before the ':' leaves it to others: it may be a part of a name. */
static bool read_kind(struct slice typed, struct denyname *name, struct error *error, bool *is_kind) {
    enum denyname_kind kind;
    ptrdiff_t colon = slice_find(typed, ':');
    if (colon <= 0 || !denyname_kind(slice_sub(typed, 0, (size_t)colon), &kind))
        return false;
    struct slice value = slice_sub(typed, (size_t)colon + 1, typed.len);
    if (kind == DENYNAME_SPIFFE && slice_starts(value, slice_text("//")))
        value = typed;
    if (kind == DENYNAME_URI && slice_starts(value, slice_text("spiffe:")))
        kind = DENYNAME_SPIFFE;
    *is_kind = true;
    return take(kind, value, name, error);
}

/* The serial number is a word of its own, before or behind the name. */
static bool read_issuer(struct slice typed, struct denyname *name, struct error *error) {
    size_t issuer_at = (size_t)find_text(typed, "issuer=");
    size_t serial_at = (size_t)find_text(typed, "serial=");
    bool is_issuer_first = issuer_at < serial_at;
    struct slice issuer = slice_sub(typed, issuer_at + 7, is_issuer_first ? serial_at - issuer_at - 7 : typed.len);
    struct slice serial = slice_sub(typed, serial_at + 7, is_issuer_first ? typed.len : issuer_at - serial_at - 7);
    char both[DENYNAME_VALUE_MAX];
    serial = slice_trim(serial);
    issuer = slice_trim(issuer);
    int len = snprintf(both, sizeof both, "%.*s %.*s", (int)serial.len, (const char *)serial.data, (int)issuer.len,
                       (const char *)issuer.data);
    bool is_alone = (is_issuer_first ? issuer_at : serial_at) == 0 && slice_find(serial, ' ') < 0;
    if (is_alone && len < (int)sizeof both)
        return take(DENYNAME_SERIAL, slice_of(both, (size_t)len), name, error);
    error_set(error, (struct error_place){0}, "Write issuer=NAME serial=HEX and nothing else.");
    return false;
}

/* A single cn= is that common name, whatever else the subject has; another single part would be a whole subject, which
 * is hardly what is meant. */
static bool read_name(struct slice typed, struct denyname *name, struct error *error) {
    if (!take(DENYNAME_SUBJECT, typed, name, error))
        return false;
    struct nametext_part part;
    struct slice rest = slice_text(name->value);
    bool has_part = nametext_next(&rest, &part);
    if (!has_part || rest.len > 0)
        return has_part;
    if (slice_equal(part.type, slice_text("cn")) && !part.has_der) {
        char value[DENYNAME_VALUE_MAX];
        snprintf(value, sizeof value, "%s", name->value + 3);
        return take(DENYNAME_CN, slice_text(value), name, error);
    }
    error_set(error, (struct error_place){0},
              "Only a whole subject can be named by other parts than CN; write subject:%s if that is the whole.",
              name->value);
    return false;
}

static bool read_word(struct slice typed, struct denyname *name, struct error *error) {
    int len = (int)typed.len;
    const char *text = (const char *)typed.data;
    char address[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    snprintf(address, sizeof address, "%.*s", len, text);
    if (slice_find(typed, '@') > 0)
        return take(DENYNAME_MAIL, typed, name, error);
    if (inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1)
        error_set(error, (struct error_place){0},
                  "Write ip:%.*s if this is an address in certificates; where clients come from is not denied here.",
                  len, text);
    else if (is_hex(typed) && put_hex_digits(typed, NULL, 0) == SHA1_DIGITS)
        error_set(error, (struct error_place){0},
                  "This may be a SHA-1 fingerprint or a serial number; write the SHA-256 fingerprint (64 hex digits), "
                  "or issuer=NAME serial=%.*s.",
                  len, text);
    else if (slice_find(typed, '.') > 0)
        error_set(error, (struct error_place){0}, "Write dns:%.*s or cn=%.*s: it could be either.", len, text, len,
                  text);
    else
        error_set(error, (struct error_place){0},
                  "\"%.*s\" could be many things; write cn=%.*s if it is a common name.", len, text, len, text);
    return false;
}

static bool take(enum denyname_kind kind, struct slice value, struct denyname *name, struct error *error) {
    const char *fault;
    if (kind == DENYNAME_URI && slice_starts(value, slice_text("spiffe://")))
        kind = DENYNAME_SPIFFE;
    if (denyname_make(kind, value, name, &fault))
        return true;
    error_set(error, (struct error_place){0}, "Not understood as %s: %s.", kinds[kind].word, fault);
    return false;
}

/* --- text --- */

/* A space behind a '\\' belongs to the name. */
static struct slice trim(struct slice typed) {
    struct slice trimmed = slice_trim(typed);
    bool is_escape = trimmed.len > 0 && trimmed.data[trimmed.len - 1] == '\\';
    bool has_more = trimmed.data + trimmed.len < typed.data + typed.len;
    return is_escape && has_more ? slice_of(trimmed.data, trimmed.len + 1) : trimmed;
}

/* How many hex digits there are; as many as fit go to `to` (which may be NULL), in lower case and terminated. */
static size_t put_hex_digits(struct slice text, char *to, size_t room) {
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!isxdigit(text.data[i]))
            continue;
        if (digits + 1 < room)
            to[digits] = (char)tolower(text.data[i]);
        digits++;
    }
    if (room > 0)
        to[digits < room ? digits : room - 1] = '\0';
    return digits;
}

/* Digits, and colons between them. */
static bool is_hex(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        bool is_between = text.data[i] == ':' && i > 0 && i + 1 < text.len && text.data[i - 1] != ':';
        if (!isxdigit(text.data[i]) && !is_between)
            return false;
    }
    return text.len > 0;
}

/* At the beginning of a word only. */
static ptrdiff_t find_text(struct slice whole, const char *part) {
    struct slice wanted = slice_text(part);
    bool is_word = part[0] != ':';
    for (size_t i = 0; i + wanted.len <= whole.len; i++) {
        bool begins = !is_word || i == 0 || whole.data[i - 1] == ' ';
        if (begins && slice_equal(slice_sub(whole, i, wanted.len), wanted))
            return (ptrdiff_t)i;
    }
    return -1;
}

static bool lower(struct making *making) {
    for (size_t i = 0; i < making->value.len; i++)
        making->to[i] = (char)tolower(making->value.data[i]);
    making->to[making->value.len] = '\0';
    return true;
}

static bool is_printable(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return text.len > 0;
}

static bool fail(struct making *making, const char *fault) {
    making->fault = fault;
    return false;
}
