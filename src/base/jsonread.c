#include "base/jsonread.h"

#include "base/text.h"

static bool has_more(struct jsonread *reading, char close);
static bool read_value(struct jsonread *reading, struct slice *value);
static struct slice after(struct slice text, size_t len);
static struct slice skip_space(struct slice text);
static bool take_byte(struct slice *rest, char byte);
static bool take_value(struct slice *rest, unsigned depth);
static bool take_nested(struct slice *rest, bool is_object, unsigned depth);
static bool take_string(struct slice *rest, struct slice *inside);
static size_t escape_len(struct slice text);
static bool take_number(struct slice *rest);
static size_t digits_len(struct slice text);
static bool take_word(struct slice *rest);
static bool append_escape(struct slice *inside, struct buf *to);
static bool read_unit(struct slice *inside, uint32_t *unit);
static bool append_utf8(uint32_t code, struct buf *to);
static int hex_digit(uint8_t letter);

void jsonread_begin(struct jsonread *reading, struct slice text) {
    *reading = (struct jsonread){.rest = skip_space(text)};
    reading->is_bad = !take_byte(&reading->rest, '{');
}

bool jsonread_next(struct jsonread *reading, struct slice *name, struct slice *value) {
    struct slice *rest = &reading->rest;
    if (!has_more(reading, '}'))
        return false;
    reading->is_bad = !take_string(rest, name);
    *rest = skip_space(*rest);
    reading->is_bad = reading->is_bad || !take_byte(rest, ':');
    return read_value(reading, value);
}

void jsonread_begin_list(struct jsonread *reading, struct slice text) {
    *reading = (struct jsonread){.rest = skip_space(text)};
    reading->is_bad = !take_byte(&reading->rest, '[');
}

bool jsonread_item(struct jsonread *reading, struct slice *value) {
    return has_more(reading, ']') && read_value(reading, value);
}

/* Passes over the comma before the next member. */
static bool has_more(struct jsonread *reading, char close) {
    struct slice *rest = &reading->rest;
    if (reading->is_bad || reading->is_over)
        return false;
    *rest = skip_space(*rest);
    if (take_byte(rest, close)) {
        reading->is_over = true;
        reading->is_bad = skip_space(*rest).len > 0;
        return false;
    }
    reading->is_bad = reading->is_begun && !take_byte(rest, ',');
    *rest = skip_space(*rest);
    return !reading->is_bad;
}

static bool read_value(struct jsonread *reading, struct slice *value) {
    struct slice *rest = &reading->rest;
    *rest = skip_space(*rest);
    struct slice from = *rest;
    reading->is_bad = reading->is_bad || !take_value(rest, 1);
    *value = slice_sub(from, 0, from.len - rest->len);
    reading->is_begun = true;
    return !reading->is_bad;
}

void jsonread_copy(struct slice value, char *to, size_t room) {
    struct buf text;
    buf_init(&text, JSONREAD_TEXT_BYTES_MAX);
    if (jsonread_text(value, &text)) {
        struct slice bytes = slice_sub(buf_view(&text), 0, room - 1);
        if (bytes.len > 0)
            memcpy(to, bytes.data, bytes.len);
        to[bytes.len] = '\0';
    }
    buf_fini(&text);
}

bool jsonread_text(struct slice value, struct buf *to) {
    struct slice inside;
    if (!take_string(&value, &inside) || value.len > 0)
        return false;
    while (inside.len > 0) {
        ptrdiff_t plain = slice_find(inside, '\\');
        size_t len = plain < 0 ? inside.len : (size_t)plain;
        if (!buf_append(to, slice_sub(inside, 0, len)))
            return false;
        inside = after(inside, len);
        if (inside.len > 0 && !append_escape(&inside, to))
            return false;
    }
    return true;
}

static struct slice after(struct slice text, size_t len) {
    return slice_sub(text, len, SIZE_MAX);
}

static struct slice skip_space(struct slice text) {
    size_t len = 0;
    while (len < text.len && memchr(" \t\r\n", text.data[len], 4))
        len++;
    return after(text, len);
}

static bool take_byte(struct slice *rest, char byte) {
    if (rest->len == 0 || rest->data[0] != (uint8_t)byte)
        return false;
    *rest = after(*rest, 1);
    return true;
}

static bool take_value(struct slice *rest, unsigned depth) {
    struct slice inside;
    if (depth > JSONREAD_DEPTH_MAX || rest->len == 0)
        return false;
    if (rest->data[0] == '"')
        return take_string(rest, &inside);
    if (rest->data[0] == '{' || rest->data[0] == '[')
        return take_nested(rest, rest->data[0] == '{', depth);
    return take_word(rest) || take_number(rest);
}

static bool take_nested(struct slice *rest, bool is_object, unsigned depth) {
    char close = is_object ? '}' : ']';
    struct slice name;
    *rest = skip_space(after(*rest, 1));
    if (take_byte(rest, close))
        return true;
    do {
        *rest = skip_space(*rest);
        if (is_object && !take_string(rest, &name))
            return false;
        *rest = skip_space(*rest);
        if (is_object && !take_byte(rest, ':'))
            return false;
        *rest = skip_space(*rest);
        if (!take_value(rest, depth + 1))
            return false;
        *rest = skip_space(*rest);
    } while (take_byte(rest, ','));
    return take_byte(rest, close);
}

/* *inside: between the quotes. */
static bool take_string(struct slice *rest, struct slice *inside) {
    if (!take_byte(rest, '"'))
        return false;
    size_t len = 0;
    while (len < rest->len && rest->data[len] != '"') {
        if (rest->data[len] < ' ')
            return false;
        size_t step = rest->data[len] == '\\' ? escape_len(after(*rest, len)) : 1;
        if (step == 0)
            return false;
        len += step;
    }
    *inside = slice_sub(*rest, 0, len);
    *rest = after(*rest, len);
    return text_utf8(*inside) && take_byte(rest, '"');
}

/* 0: none that JSON knows. */
static size_t escape_len(struct slice text) {
    if (text.len < 2)
        return 0;
    if (text.data[1] != 'u')
        return memchr("\"\\/bfnrt", text.data[1], 8) ? 2 : 0;
    for (size_t i = 2; i < 6; i++)
        if (i >= text.len || hex_digit(text.data[i]) < 0)
            return 0;
    return 6;
}

static bool take_number(struct slice *rest) {
    struct slice at = *rest;
    take_byte(&at, '-');
    size_t len = digits_len(at);
    if (len == 0 || (len > 1 && at.data[0] == '0'))
        return false;
    at = after(at, len);
    if (take_byte(&at, '.')) {
        len = digits_len(at);
        at = after(at, len);
    }
    if (len > 0 && (take_byte(&at, 'e') || take_byte(&at, 'E'))) {
        if (!take_byte(&at, '-'))
            take_byte(&at, '+');
        len = digits_len(at);
        at = after(at, len);
    }
    *rest = at;
    return len > 0;
}

static size_t digits_len(struct slice text) {
    size_t len = 0;
    while (len < text.len && text.data[len] >= '0' && text.data[len] <= '9')
        len++;
    return len;
}

static bool take_word(struct slice *rest) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!slice_starts(*rest, slice_text(words[i])))
            continue;
        *rest = after(*rest, strlen(words[i]));
        return true;
    }
    return false;
}

/* One escape at the beginning of `inside`, whose form was checked. */
static bool append_escape(struct slice *inside, struct buf *to) {
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    uint32_t code, low;
    if (inside->data[1] != 'u') {
        const char *found = memchr(letters, inside->data[1], sizeof letters - 1);
        *inside = after(*inside, 2);
        return found && buf_append_byte(to, (uint8_t)meanings[found - letters]);
    }
    if (!read_unit(inside, &code))
        return false;
    if (code >> 10 == 0x36) { /* the first half of a pair (RFC 8259 section 7) */
        if (!read_unit(inside, &low) || low >> 10 != 0x37)
            return false;
        code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
    }
    return code >> 10 != 0x37 && append_utf8(code, to);
}

static bool read_unit(struct slice *inside, uint32_t *unit) {
    if (escape_len(*inside) != 6)
        return false;
    *unit = 0;
    for (size_t i = 2; i < 6; i++)
        *unit = *unit << 4 | (uint32_t)hex_digit(inside->data[i]);
    *inside = after(*inside, 6);
    return true;
}

static bool append_utf8(uint32_t code, struct buf *to) {
    if (code < 0x80)
        return buf_append_byte(to, (uint8_t)code);
    if (code < 0x800)
        return buf_append_byte(to, (uint8_t)(0xc0 | code >> 6)) && buf_append_byte(to, (uint8_t)(0x80 | (code & 0x3f)));
    if (code < 0x10000)
        return buf_append_byte(to, (uint8_t)(0xe0 | code >> 12)) &&
            buf_append_byte(to, (uint8_t)(0x80 | (code >> 6 & 0x3f))) &&
            buf_append_byte(to, (uint8_t)(0x80 | (code & 0x3f)));
    return buf_append_byte(to, (uint8_t)(0xf0 | code >> 18)) &&
        buf_append_byte(to, (uint8_t)(0x80 | (code >> 12 & 0x3f))) &&
        buf_append_byte(to, (uint8_t)(0x80 | (code >> 6 & 0x3f))) &&
        buf_append_byte(to, (uint8_t)(0x80 | (code & 0x3f)));
}

static int hex_digit(uint8_t letter) {
    static const char digits[] = "0123456789abcdef";
    const char *found = memchr(digits, letter >= 'A' && letter <= 'F' ? letter | 0x20 : letter, 16);
    return found ? (int)(found - digits) : -1;
}
