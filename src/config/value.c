/* Reading values by kind. Each reader fills in what it keeps or leaves a complaint. */
#include "config/value.h"

#include "base/addr.h"
#include "base/text.h"
#include "base/url.h"
#include "config/hostname.h"
#include "config/settings.h"
#include "pki/pin.h"

#include <stdio.h>

enum { PREFIX_MAX_BYTES = 1024 };

struct unit {
    const char *name;
    uint64_t factor;
};

/* Largest first. */
static const struct unit duration_units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit size_units[] = {{"GiB", 1 << 30}, {"GB", 1 << 30}, {"MiB", 1 << 20}, {"MB", 1 << 20},
                                         {"KiB", 1 << 10}, {"KB", 1 << 10}, {"B", 1}};

enum { DURATION_UNITS = sizeof(duration_units) / sizeof(duration_units[0]) };
enum { SIZE_UNITS = sizeof(size_units) / sizeof(size_units[0]) };

/* Where a value comes from and goes to. */
struct reading {
    const struct schema_field *field;
    struct slice text;
    const struct value_context *context;
    void *to;
    char *complaint;
};

static bool read_text(const struct reading *reading);
static bool read_name(const struct reading *reading);
static bool read_host(const struct reading *reading);
static bool read_prefix(const struct reading *reading);
static bool read_path(const struct reading *reading);
static bool read_location(const struct reading *reading);
static bool read_file(const struct reading *reading);
static bool read_directory(const struct reading *reading);
static bool read_number(const struct reading *reading);
static bool read_bool(const struct reading *reading);
static bool read_choice(const struct reading *reading);
static bool read_address(const struct reading *reading);
static bool read_target(const struct reading *reading);
static bool split_target(struct slice text, struct slice *host, unsigned *port);
static bool read_network(const struct reading *reading);
static bool read_date(const struct reading *reading);
static bool read_digest(const struct reading *reading);
static bool read_oid(const struct reading *reading);
static bool read_match(const struct reading *reading);
static int64_t days_until(uint64_t year, uint64_t month, uint64_t day);
static bool parse_number(const struct reading *reading, uint64_t *number);
static bool keep_number(const struct reading *reading, uint64_t number);
static bool keep_text(const struct reading *reading, struct slice text);
static bool resolve(const struct reading *reading, struct slice path, struct buf *to);
static bool has_control(struct slice text);
static bool is_number(enum schema_kind kind);
static bool is_name_byte(uint8_t byte);
static size_t digits_at(struct slice text, size_t at, uint64_t *number);
static bool complain(const struct reading *reading);
static bool complain_of_words(const struct reading *reading);
static bool complain_of_bounds(const struct reading *reading);
[[gnu::format(printf, 2, 3)]] static bool complain_that(const struct reading *reading, const char *format, ...);

bool value_parse(const struct schema_field *field, struct slice text, const struct value_context *context, void *to,
                 char complaint[VALUE_COMPLAINT_MAX]) {
    static bool (*const readers[])(const struct reading *) = {
        [SCHEMA_TEXT] = read_text,         [SCHEMA_NAME] = read_name,     [SCHEMA_HOST] = read_host,
        [SCHEMA_PREFIX] = read_prefix,     [SCHEMA_PATH] = read_path,     [SCHEMA_FILE] = read_file,
        [SCHEMA_DURATION] = read_number,   [SCHEMA_SIZE] = read_number,   [SCHEMA_COUNT] = read_number,
        [SCHEMA_BOOL] = read_bool,         [SCHEMA_CHOICE] = read_choice, [SCHEMA_ADDRESS] = read_address,
        [SCHEMA_NETWORK] = read_network,   [SCHEMA_DATE] = read_date,     [SCHEMA_DIGEST] = read_digest,
        [SCHEMA_OID] = read_oid,           [SCHEMA_MATCH] = read_match,   [SCHEMA_DIRECTORY] = read_directory,
        [SCHEMA_LOCATION] = read_location, [SCHEMA_TARGET] = read_target,
    };
    struct reading reading = {.field = field, .text = text, .context = context, .to = to, .complaint = complaint};
    if (text.len == 0)
        return complain_that(&reading, "expected %s, found nothing", value_expected(field->kind));
    if (text.len > VALUE_TEXT_MAX)
        return complain_that(&reading, "longer than %d bytes", VALUE_TEXT_MAX);
    if (has_control(text))
        return complain_that(&reading, "contains a control character");
    return readers[field->kind](&reading);
}

const char *value_expected(enum schema_kind kind) {
    static const char *const wordings[] = {
        [SCHEMA_TEXT] = "a text",
        [SCHEMA_NAME] = "a name of letters, digits, \"-\", \"_\" and \".\", at most 63",
        [SCHEMA_HOST] = "a host name such as \"api.example.com\" or \"*.example.com\"",
        [SCHEMA_PREFIX] = "a path such as \"/admin/\"",
        [SCHEMA_PATH] = "a path",
        [SCHEMA_LOCATION] = "a path or an http or https URL",
        [SCHEMA_FILE] = "the path of a file",
        [SCHEMA_DIRECTORY] = "the path of a directory",
        [SCHEMA_DURATION] = "a duration such as \"10s\", \"1m30s\" or \"500ms\"",
        [SCHEMA_SIZE] = "a size such as \"32KB\" or \"16MiB\"",
        [SCHEMA_COUNT] = "a whole number",
        [SCHEMA_BOOL] = "true or false",
        [SCHEMA_CHOICE] = "a word",
        [SCHEMA_DATE] = "a date such as \"2027-03-31\"",
        [SCHEMA_DIGEST] =
            "a SHA-256 digest: 64 hexadecimal digits, with or without colons between pairs, or \"sha256/\" and base64",
        [SCHEMA_MATCH] = "a value, or \"@\" and the path of a list",
        [SCHEMA_OID] = "an object identifier in dotted numbers such as \"2.16.840.1.101.3.2.1.48.1\"",
        [SCHEMA_ADDRESS] =
            "an address such as \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/app.sock\" (names are not resolved)",
        [SCHEMA_TARGET] =
            "an address such as \"127.0.0.1:8080\", \"[::1]:8080\", \"app.internal:8080\" or \"unix:/run/app.sock\"",
        [SCHEMA_NETWORK] = "a network such as \"10.0.0.0/8\" or \"::1/128\", with no bits set beyond the prefix",
        [SCHEMA_STRUCT] = "a map of settings",
    };
    return wordings[kind];
}

bool value_print(struct buf *to, enum schema_kind kind, uint64_t number) {
    if (kind == SCHEMA_SIZE && number > 0) {
        const struct unit *unit = size_units;
        while (number % unit->factor != 0)
            unit++;
        const char *name = unit->factor == 1 ? "B" : unit[1].name; /* the short name follows the long one */
        return buf_printf(to, "%llu%s", (unsigned long long)(number / unit->factor), name);
    }
    if (kind != SCHEMA_DURATION || number == 0)
        return buf_printf(to, "%llu", (unsigned long long)number);
    for (size_t i = 0; i < DURATION_UNITS; i++) {
        uint64_t amount = number / duration_units[i].factor;
        number %= duration_units[i].factor;
        if (amount > 0 && !buf_printf(to, "%llu%s", (unsigned long long)amount, duration_units[i].name))
            return false;
    }
    return true;
}

bool value_duration(struct slice text, uint64_t *milliseconds) {
    if (slice_equal(text, slice_text("0"))) {
        *milliseconds = 0;
        return true;
    }
    uint64_t total = 0;
    size_t at = 0;
    for (size_t i = 0; i < DURATION_UNITS && at < text.len; i++) {
        uint64_t amount;
        size_t digits = digits_at(text, at, &amount);
        struct slice unit = slice_text(duration_units[i].name);
        struct slice rest = slice_sub(text, at + digits, text.len);
        bool is_minutes_of_ms = unit.len == 1 && unit.data[0] == 'm' && slice_starts(rest, slice_text("ms"));
        if (digits == 0 || !slice_starts(rest, unit) || is_minutes_of_ms)
            continue;
        if (__builtin_mul_overflow(amount, duration_units[i].factor, &amount) ||
            __builtin_add_overflow(total, amount, &total))
            return false;
        at += digits + unit.len;
    }
    if (at == 0 || at < text.len)
        return false;
    *milliseconds = total;
    return true;
}

bool value_size(struct slice text, uint64_t *bytes) {
    uint64_t amount;
    size_t digits = digits_at(text, 0, &amount);
    struct slice rest = slice_sub(text, digits, text.len);
    if (digits == 0)
        return false;
    if (rest.len == 0) {
        *bytes = amount;
        return true;
    }
    for (size_t i = 0; i < SIZE_UNITS; i++) {
        if (slice_equal_nocase(rest, slice_text(size_units[i].name)))
            return !__builtin_mul_overflow(amount, size_units[i].factor, bytes);
    }
    return false;
}

static bool read_text(const struct reading *reading) {
    return keep_text(reading, reading->text);
}

static bool read_name(const struct reading *reading) {
    for (size_t i = 0; i < reading->text.len; i++) {
        if (!is_name_byte(reading->text.data[i]))
            return complain(reading);
    }
    return reading->text.len <= SETTINGS_NAME_MAX ? keep_text(reading, reading->text) : complain(reading);
}

static bool read_host(const struct reading *reading) {
    char normal[HOSTNAME_ROOM];
    size_t len;
    if (!hostname_normal(reading->text, normal, &len) || !hostname_is_pattern(slice_of(normal, len)))
        return complain(reading);
    return keep_text(reading, slice_of(normal, len));
}

/* A prefix is written plainly, as the path is meant: nothing in it may be read in two ways. */
static bool read_prefix(const struct reading *reading) {
    struct slice text = reading->text;
    if (text.data[0] != '/' || text.len > PREFIX_MAX_BYTES)
        return complain(reading);
    for (const char *bad = "%?#;\\*"; *bad != '\0'; bad++) {
        if (slice_find(text, (uint8_t)*bad) >= 0)
            return complain_that(reading, "a path prefix is written plainly, without \"%c\"", *bad);
    }
    for (size_t at = 0; at < text.len; at++) {
        struct slice rest = slice_sub(text, at, text.len);
        if (slice_starts(rest, slice_text("//")) || slice_starts(rest, slice_text("/./")) ||
            slice_starts(rest, slice_text("/../")) || slice_equal(rest, slice_text("/.")) ||
            slice_equal(rest, slice_text("/..")))
            return complain_that(reading, "a path prefix has no empty, \".\" or \"..\" segments");
    }
    return keep_text(reading, text);
}

static bool read_path(const struct reading *reading) {
    if (schema_word(reading->field, (const char *)reading->text.data) >= 0)
        return keep_text(reading, reading->text);
    struct buf path;
    buf_init(&path, 2 * VALUE_TEXT_MAX);
    bool done = resolve(reading, reading->text, &path) && keep_text(reading, buf_view(&path));
    buf_fini(&path);
    return done;
}

static bool read_location(const struct reading *reading) {
    struct url url;
    if (!url_is(reading->text))
        return read_path(reading);
    if (!url_parse(reading->text, &url))
        return complain_that(reading,
                             "this URL is not dialled: a user, a fragment, an odd port or odd characters in it");
    return keep_text(reading, reading->text);
}

static bool read_file(const struct reading *reading) {
    struct settings_file *file = reading->to;
    struct reading path = *reading;
    path.to = &file->path;
    return read_path(&path);
}

static bool read_directory(const struct reading *reading) {
    struct settings_directory *directory = reading->to;
    struct reading path = *reading;
    path.to = &directory->path;
    return read_path(&path);
}

static bool read_number(const struct reading *reading) {
    const struct schema_field *field = reading->field;
    uint64_t number;
    if (field->words != NULL && schema_word(field, (const char *)reading->text.data) == 0)
        return keep_number(reading, 0);
    if (!parse_number(reading, &number))
        return complain(reading);
    if (number < field->min || number > field->max || (field->words != NULL && number == 0))
        return complain_of_bounds(reading);
    return keep_number(reading, number);
}

static bool read_bool(const struct reading *reading) {
    bool *to = reading->to;
    *to = slice_equal(reading->text, slice_text("true"));
    return *to || slice_equal(reading->text, slice_text("false")) || complain(reading);
}

static bool read_choice(const struct reading *reading) {
    int index = schema_word(reading->field, (const char *)reading->text.data);
    if (index < 0)
        return complain_of_words(reading);
    memcpy(reading->to, &index, sizeof(index));
    return true;
}

/* A Unix socket's path is relative to the file, like every path. */
static bool read_address(const struct reading *reading) {
    struct addr *addr = reading->to;
    struct slice local = slice_text("unix:");
    bool is_local = slice_starts(reading->text, local);
    if (!is_local) {
        if (!addr_parse(reading->text, addr))
            return complain(reading);
        return addr_ip_of(addr).port != 0 || complain_that(reading, "port 0 is not an address to use");
    }
    struct buf text;
    buf_init(&text, 2 * VALUE_TEXT_MAX);
    bool done = buf_append(&text, local) &&
        resolve(reading, slice_sub(reading->text, local.len, reading->text.len), &text) &&
        addr_parse(buf_view(&text), addr);
    buf_fini(&text);
    return done ||
        complain_that(reading, "the path of a Unix socket has 1 to %zu bytes", sizeof(addr->local.sun_path) - 1);
}

/* What looks like a malformed address is no name: nothing ends with a label of digits (RFC 3696 section 2). */
static bool read_target(const struct reading *reading) {
    struct settings_target *target = reading->to;
    struct reading part = *reading;
    char normal[HOSTNAME_ROOM];
    struct slice host;
    size_t len;
    *target = (struct settings_target){.host = NULL};
    part.to = &target->addr;
    if (!split_target(reading->text, &host, &target->port))
        return read_address(&part);
    bool is_name = hostname_is_pattern(host) && host.data[0] != '*' && hostname_normal(host, normal, &len);
    if (!is_name)
        return complain(reading);
    part.to = &target->host;
    return keep_text(&part, slice_of(normal, len));
}

/* "name:port"; false for everything else, addresses too. */
static bool split_target(struct slice text, struct slice *host, unsigned *port) {
    size_t at = text.len;
    struct addr ignored;
    if (addr_parse(text, &ignored) || slice_starts(text, slice_text("unix:")))
        return false;
    while (at > 0 && text.data[at - 1] != ':')
        at--;
    uint64_t number;
    size_t digits = digits_at(text, at, &number);
    if (at < 2 || digits == 0 || at + digits != text.len || number == 0 || number > UINT16_MAX)
        return false;
    size_t label = at - 1;
    while (label > 0 && text.data[label - 1] != '.')
        label--;
    *host = slice_sub(text, 0, at - 1);
    *port = (unsigned)number;
    return label + digits_at(text, label, &number) < at - 1;
}

static bool read_network(const struct reading *reading) {
    return addr_net_parse(reading->text, reading->to) || complain(reading);
}

/* Whether it is one that can match is judged by policy/rulevalue, when the rule is made. */
static bool read_match(const struct reading *reading) {
    struct settings_match *match = reading->to;
    struct reading part = *reading;
    if (reading->text.data[0] == '@') {
        part.to = &match->file.path;
        part.text = slice_sub(reading->text, 1, reading->text.len);
        return part.text.len > 0 ? read_path(&part) : complain(reading);
    }
    part.to = &match->text;
    return keep_text(&part, reading->text);
}

/* From 1970 on, which leaves 0 for "not given" but one day that nobody means. */
static bool read_date(const struct reading *reading) {
    static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct slice text = reading->text;
    uint64_t year, month, day;
    if (text.len != 10 || text.data[4] != '-' || text.data[7] != '-' || !slice_decimal(slice_sub(text, 0, 4), &year) ||
        !slice_decimal(slice_sub(text, 5, 2), &month) || !slice_decimal(slice_sub(text, 8, 2), &day) || year <= 1970 ||
        month < 1 || month > 12 || day < 1)
        return complain(reading);
    bool is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > month_days[month - 1] + (unsigned)(is_leap_year && month == 2))
        return complain_that(reading, "there is no such day");
    int64_t seconds = days_until(year, month, day) * 86400;
    memcpy(reading->to, &seconds, sizeof(seconds));
    return true;
}

/* Days from 1970-01-01 on, by the Gregorian calendar. Counted from March, so that the odd day is a year's last. */
static int64_t days_until(uint64_t year, uint64_t month, uint64_t day) {
    uint64_t years = month <= 2 ? year - 1 : year;
    uint64_t months = (month + 9) % 12;
    uint64_t leap_days = years / 4 - years / 100 + years / 400;
    return (int64_t)(years * 365 + leap_days + (153 * months + 2) / 5 + day - 1) - 719468;
}

static bool read_digest(const struct reading *reading) {
    return pin_parse(reading->text, reading->to) || complain(reading);
}

/* The first number is 0 to 2, the second below 40 unless the first is 2 (X.660); numbers have no leading zeros. */
static bool read_oid(const struct reading *reading) {
    enum { OID_LEN_MAX = 79, ARCS_MIN = 2 };
    size_t arcs = 0;
    uint64_t first = 0;
    for (size_t at = 0; at <= reading->text.len && reading->text.len <= OID_LEN_MAX; arcs++) {
        uint64_t number;
        size_t digits = digits_at(reading->text, at, &number);
        bool has_zeros = digits > 1 && reading->text.data[at] == '0';
        bool is_allowed = arcs == 0 ? number <= 2 : arcs > 1 || first == 2 || number < 40;
        bool is_ended = at + digits == reading->text.len;
        if (digits == 0 || has_zeros || !is_allowed || (!is_ended && reading->text.data[at + digits] != '.'))
            return complain(reading);
        first = arcs == 0 ? number : first;
        at += digits + 1;
    }
    return arcs >= ARCS_MIN ? keep_text(reading, reading->text) : complain(reading);
}

static bool parse_number(const struct reading *reading, uint64_t *number) {
    if (reading->field->kind == SCHEMA_DURATION)
        return value_duration(reading->text, number);
    if (reading->field->kind == SCHEMA_SIZE)
        return value_size(reading->text, number);
    return slice_decimal(reading->text, number);
}

/* DURATION and SIZE are 64 bits wide, COUNT is an unsigned: its row's max fits. */
static bool keep_number(const struct reading *reading, uint64_t number) {
    unsigned count = (unsigned)number;
    if (reading->field->kind == SCHEMA_COUNT)
        memcpy(reading->to, &count, sizeof(count));
    else
        memcpy(reading->to, &number, sizeof(number));
    return true;
}

static bool keep_text(const struct reading *reading, struct slice text) {
    const char *kept = arena_text(reading->context->arena, text);
    memcpy(reading->to, &kept, sizeof(kept));
    return kept != NULL || complain_that(reading, "not enough memory");
}

/* Appends `path`, after the directory when it is relative. */
static bool resolve(const struct reading *reading, struct slice path, struct buf *to) {
    bool absolute = path.len > 0 && path.data[0] == '/';
    if (path.len == 0)
        return false;
    return (absolute || (buf_append(to, reading->context->directory) && buf_append_byte(to, '/'))) &&
        buf_append(to, path);
}

static bool has_control(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            return true;
    }
    return false;
}

static bool is_number(enum schema_kind kind) {
    return kind == SCHEMA_COUNT || kind == SCHEMA_DURATION || kind == SCHEMA_SIZE;
}

static bool is_name_byte(uint8_t byte) {
    return (uint8_t)((byte | 0x20) - 'a') < 26 || (uint8_t)(byte - '0') < 10 || byte == '-' || byte == '_' ||
        byte == '.';
}

/* How many digits are at `at`, and their number; 0 when there are none or too many. */
static size_t digits_at(struct slice text, size_t at, uint64_t *number) {
    size_t end = at;
    while (end < text.len && (uint8_t)(text.data[end] - '0') < 10)
        end++;
    return slice_decimal(slice_sub(text, at, end - at), number) ? end - at : 0;
}

static bool complain(const struct reading *reading) {
    const char *word =
        is_number(reading->field->kind) && reading->field->words != NULL ? reading->field->words[0] : NULL;
    return complain_that(reading, "expected %s%s%s, found \"%.100s\"", value_expected(reading->field->kind),
                         word != NULL ? " or " : "", word != NULL ? word : "", (const char *)reading->text.data);
}

static bool complain_of_words(const struct reading *reading) {
    const struct schema_field *field = reading->field;
    size_t count = schema_word_count(field);
    struct buf words;
    buf_init(&words, VALUE_COMPLAINT_MAX);
    bool done = true;
    for (size_t i = 0; i < count && done; i++)
        done = buf_printf(&words, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", field->words[i]);
    done = done && buf_append_byte(&words, '\0');
    complain_that(reading, "expected %s, found \"%.100s\"", done ? (const char *)buf_view(&words).data : "a word",
                  (const char *)reading->text.data);
    buf_fini(&words);
    return false;
}

static bool complain_of_bounds(const struct reading *reading) {
    const struct schema_field *field = reading->field;
    uint64_t least = field->min == 0 && field->words != NULL ? 1 : field->min;
    struct buf bounds;
    buf_init(&bounds, VALUE_COMPLAINT_MAX);
    bool done = value_print(&bounds, field->kind, least) && buf_append_text(&bounds, " and ") &&
        value_print(&bounds, field->kind, field->max) && buf_append_byte(&bounds, '\0');
    complain_that(reading, "has to be between %s, found \"%.100s\"", done ? (const char *)buf_view(&bounds).data : "",
                  (const char *)reading->text.data);
    buf_fini(&bounds);
    return false;
}

static bool complain_that(const struct reading *reading, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->complaint, VALUE_COMPLAINT_MAX, format, arguments);
    va_end(arguments);
    return false;
}
