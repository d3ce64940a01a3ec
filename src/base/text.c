/* Text forms of bytes. The encoders on the hot path (JSON, decimal, time) use neither locale nor libc formatting. */
#include "base/text.h"

/* Words longer than this are never a misspelling of a setting. */
enum { WORD_MAX = 64, DISTANCE_MAX = 255 };

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789abcdef";

static bool unbase64_group(struct slice text, size_t at, uint8_t *out, size_t *out_len);
static int base64_value(uint8_t digit);
static bool json_escaped(struct buf *to, struct slice text);
static size_t json_piece(struct slice rest, struct slice *piece, char *scratch);
static struct slice json_escape(uint8_t code, char *scratch);
static size_t plain_run(struct slice text);
static bool is_plain(uint8_t byte);
static size_t utf8_sequence(struct slice text);
static size_t utf8_len(uint8_t first);
static bool is_control(const uint8_t *sequence, size_t len);
static size_t decimal_len(uint64_t number);
static inline void put_pair(char *to, unsigned number);
static uint8_t lower(uint8_t byte);
static unsigned least(unsigned a, unsigned b, unsigned c);

void text_base64(char *to, struct slice bytes) {
    const uint8_t *from = bytes.data;
    size_t left = bytes.len;
    for (; left >= 3; left -= 3, from += 3, to += 4) {
        uint32_t group = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        to[0] = base64_digits[group >> 18];
        to[1] = base64_digits[group >> 12 & 63];
        to[2] = base64_digits[group >> 6 & 63];
        to[3] = base64_digits[group & 63];
    }
    if (left == 0)
        return;
    uint32_t group = (uint32_t)from[0] << 16 | (left == 2 ? (uint32_t)from[1] << 8 : 0);
    to[0] = base64_digits[group >> 18];
    to[1] = base64_digits[group >> 12 & 63];
    to[2] = left == 2 ? base64_digits[group >> 6 & 63] : '=';
    to[3] = '=';
}

bool text_unbase64(struct buf *to, struct slice text) {
    if (text.len % 4 != 0)
        return false;
    uint8_t *out = buf_reserve(to, text.len / 4 * 3);
    if (out == NULL)
        return text.len == 0;
    size_t total = 0;
    for (size_t at = 0; at < text.len; at += 4) {
        size_t len;
        if (!unbase64_group(text, at, out + total, &len))
            return false;
        total += len;
    }
    buf_commit(to, total);
    return true;
}

void text_hex(char *to, struct slice bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        *to++ = hex_digits[bytes.data[i] >> 4];
        *to++ = hex_digits[bytes.data[i] & 15];
    }
}

bool text_json(struct buf *to, struct slice text) {
    uint8_t *out = buf_reserve(to, text.len < SIZE_MAX - 2 ? text.len + 2 : SIZE_MAX);
    if (out == NULL)
        return false;
    if (plain_run(text) < text.len) {
        size_t before = buf_len(to);
        bool done = json_escaped(to, text);
        if (!done)
            buf_truncate(to, before);
        return done;
    }
    out[0] = '"';
    if (text.len > 0)
        memcpy(out + 1, text.data, text.len);
    out[text.len + 1] = '"';
    buf_commit(to, text.len + 2);
    return true;
}

size_t text_decimal(char *to, uint64_t number) {
    size_t len = decimal_len(number), at = len;
    for (; number >= 100; number /= 100)
        put_pair(to + (at -= 2), (unsigned)(number % 100));
    if (at == 2)
        put_pair(to, (unsigned)number);
    else
        to[0] = (char)('0' + number);
    return len;
}

/* Days are counted from 0000-03-01, so that the leap day is the last of its year and months have a regular pattern
 * (153 days in five). */
void text_time(char *to, int64_t unix_ms) {
    static const int64_t year_0_ms = -62167219200000, year_9999_end_ms = 253402300799999;
    unix_ms = unix_ms < year_0_ms ? year_0_ms : unix_ms > year_9999_end_ms ? year_9999_end_ms : unix_ms;
    uint64_t since_ms = (uint64_t)(unix_ms - year_0_ms);
    unsigned ms = (unsigned)(since_ms % 86400000);
    unsigned days = (unsigned)(since_ms / 86400000) + 146097 - 60; /* one 400-year cycle earlier: stays positive */
    unsigned cycle = days / 146097, day_of_cycle = days % 146097;
    unsigned year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
    unsigned day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    unsigned month_from_march = (5 * day_of_year + 2) / 153;
    unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    unsigned year = cycle * 400 + year_of_cycle - 400 + (month <= 2);
    memcpy(to, "yyyy-mm-ddThh:mm:ss.mmmZ", 24);
    put_pair(to, year / 100);
    put_pair(to + 2, year % 100);
    put_pair(to + 5, month);
    put_pair(to + 8, day);
    put_pair(to + 11, ms / 3600000);
    put_pair(to + 14, ms / 60000 % 60);
    put_pair(to + 17, ms / 1000 % 60);
    put_pair(to + 20, ms / 10 % 100);
    to[22] = (char)('0' + ms % 10);
}

/* Levenshtein's distance with one row of the table; `diagonal` is the field up and left of the current one. */
unsigned text_distance(struct slice a, struct slice b) {
    if (a.len > WORD_MAX || b.len > WORD_MAX)
        return DISTANCE_MAX;
    unsigned row[WORD_MAX + 1];
    for (unsigned i = 0; i <= b.len; i++)
        row[i] = i;
    for (size_t i = 0; i < a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t n = 0; n < b.len; n++) {
            unsigned change = diagonal + (lower(a.data[i]) != lower(b.data[n]));
            diagonal = row[n + 1];
            row[n + 1] = least(change, row[n] + 1, row[n + 1] + 1);
        }
    }
    return row[b.len];
}

bool text_utf8(struct slice text) {
    size_t at = 0;
    while (at < text.len) {
        size_t len = utf8_sequence(slice_sub(text, at, 4));
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

void text_clean(char *text, size_t len) {
    struct slice all = slice_of(text, len);
    for (size_t at = 0; at < len;) {
        size_t sequence = utf8_sequence(slice_sub(all, at, 4));
        if (sequence == 0) {
            text[at++] = '?';
            continue;
        }
        if (is_control(all.data + at, sequence))
            memset(text + at, '?', sequence);
        at += sequence;
    }
}

void text_wipe(void *secret, size_t len) {
    explicit_bzero(secret, len);
}

/* Decodes the four digits at `at` into one to three bytes. Padding is for the last group only, and the bits it
 * leaves over are zero. */
static bool unbase64_group(struct slice text, size_t at, uint8_t *out, size_t *out_len) {
    const uint8_t *digits = text.data + at;
    bool last = at + 4 == text.len;
    unsigned padding = last && digits[3] == '=' ? (digits[2] == '=' ? 2 : 1) : 0;
    uint32_t group = 0;
    for (unsigned i = 0; i < 4; i++) {
        int value = i < 4 - padding ? base64_value(digits[i]) : 0;
        if (value < 0)
            return false;
        group = group << 6 | (uint32_t)value;
    }
    if ((group & ((1u << 8 * padding) - 1)) != 0)
        return false;
    *out_len = 3 - padding;
    for (unsigned i = 0; i < *out_len; i++)
        out[i] = (uint8_t)(group >> (16 - 8 * i));
    return true;
}

static int base64_value(uint8_t digit) {
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

/* The way for text that is not plain: runs of plain bytes and single escapes in turn. */
static bool json_escaped(struct buf *to, struct slice text) {
    if (!buf_append_byte(to, '"'))
        return false;
    while (text.len > 0) {
        char scratch[8];
        struct slice piece;
        size_t taken = json_piece(text, &piece, scratch);
        if (!buf_append(to, piece))
            return false;
        text = slice_sub(text, taken, text.len);
    }
    return buf_append_byte(to, '"');
}

/* The JSON form of the first bytes of `rest`, which is not empty: returns how many of them `piece` stands for. */
static size_t json_piece(struct slice rest, struct slice *piece, char *scratch) {
    size_t run = plain_run(rest);
    if (run > 0) {
        *piece = slice_of(rest.data, run);
        return run;
    }
    size_t sequence = utf8_sequence(slice_sub(rest, 0, 4));
    if (sequence == 0) {
        *piece = slice_text("\xef\xbf\xbd"); /* U+FFFD */
        return 1;
    }
    if (sequence == 1 || is_control(rest.data, sequence))
        *piece = json_escape(rest.data[sequence - 1], scratch); /* the second byte of a C1 control is its code point */
    else
        *piece = slice_of(rest.data, sequence);
    return sequence;
}

/* A quote or backslash after a backslash; a control character as \u00XX. */
static struct slice json_escape(uint8_t code, char *scratch) {
    bool control = code != '"' && code != '\\';
    memcpy(scratch, "\\u00", 4);
    if (!control)
        scratch[1] = (char)code;
    else
        text_hex(scratch + 4, slice_of(&code, 1));
    return slice_of(scratch, control ? 6 : 2);
}

/* How many bytes from the start are printable ASCII without quote and backslash. Looks at eight at a time: in each
 * of them, the top bit is set when the byte is below 0x20, is one of the two, is DEL, or has its top bit set itself. */
static size_t plain_run(struct slice text) {
    static const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
    size_t at = 0;
    for (; at + 8 <= text.len; at += 8) {
        uint64_t word;
        memcpy(&word, text.data + at, 8);
        uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\', del = word ^ ones * 0x7f;
        uint64_t below = (word - ones * 0x20) | (quote - ones) | (backslash - ones) | (del - ones);
        if (((below | word) & tops) != 0)
            break;
    }
    while (at < text.len && is_plain(text.data[at]))
        at++;
    return at;
}

static bool is_plain(uint8_t byte) {
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Length of the well-formed sequence at the start of `text` (RFC 3629 section 4), 0 when there is none. */
static size_t utf8_sequence(struct slice text) {
    size_t len = text.len > 0 ? utf8_len(text.data[0]) : 0;
    if (len == 0 || len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return 0;
    }
    uint8_t first = text.data[0], second = len > 1 ? text.data[1] : 0;
    bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    bool surrogate = first == 0xed && second >= 0xa0;
    bool too_high = first == 0xf4 && second >= 0x90;
    return overlong || surrogate || too_high ? 0 : len;
}

static size_t utf8_len(uint8_t first) {
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* True for U+0000–001F, U+007F and U+0080–009F. */
static bool is_control(const uint8_t *sequence, size_t len) {
    if (len == 1)
        return sequence[0] < 0x20 || sequence[0] == 0x7f;
    return len == 2 && sequence[0] == 0xc2 && sequence[1] < 0xa0;
}

static size_t decimal_len(uint64_t number) {
    size_t len = 1;
    for (; number >= 10000; number /= 10000)
        len += 4;
    return len + (number >= 10) + (number >= 100) + (number >= 1000);
}

/* Two digits of a number below 100. */
static inline void put_pair(char *to, unsigned number) {
    to[0] = (char)('0' + number / 10);
    to[1] = (char)('0' + number % 10);
}

static uint8_t lower(uint8_t byte) {
    return (uint8_t)(byte - 'A') < 26 ? byte | 0x20 : byte;
}

static unsigned least(unsigned a, unsigned b, unsigned c) {
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}
