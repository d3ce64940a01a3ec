/* "revoke KIND VALUE UNTIL REASON FORM": words between single spaces; in VALUE and REASON everything but letters,
 * digits and a few more is %XX; UNTIL in milliseconds since 1970; FORM is text or json. */
#include "bin/denywire.h"

#include "pki/denyname.h"

#include <ctype.h>
#include <inttypes.h>

enum { WORDS = 6 };

static const char *const verbs[DENYBOOK_VERBS] = {
    [DENYBOOK_REVOKE] = "revoke", [DENYBOOK_HOLD] = "hold", [DENYBOOK_RELEASE] = "release"};

static bool put_text(const char *text, struct buf *to);
static bool get_text(struct slice word, char *to, size_t room);
static int hex_digit(uint8_t byte);
static size_t split(struct slice line, struct slice words[WORDS]);

bool denywire_print(const struct denywire *wire, struct buf *to) {
    return buf_printf(to, "%s %s ", verbs[wire->verb], denyname_word((enum denyname_kind)wire->kind)) &&
        put_text(wire->value, to) && buf_printf(to, " %" PRId64 " ", wire->until_ms) && put_text(wire->reason, to) &&
        buf_append_text(to, wire->as_json ? " json" : " text");
}

bool denywire_parse(struct slice line, struct denywire *wire, bool *is_change) {
    struct slice words[WORDS];
    enum denyname_kind kind;
    uint64_t until_ms;
    size_t count = split(line, words);
    *is_change = false;
    for (int i = 0; i < DENYBOOK_VERBS; i++) {
        if (!slice_equal(words[0], slice_text(verbs[i])))
            continue;
        *is_change = true;
        wire->verb = (enum denybook_verb)i;
    }
    if (!*is_change || count != WORDS || !denyname_kind(words[1], &kind) || !slice_decimal(words[3], &until_ms) ||
        until_ms > INT64_MAX)
        return false;
    wire->kind = (uint8_t)kind;
    wire->until_ms = (int64_t)until_ms;
    wire->as_json = slice_equal(words[5], slice_text("json"));
    return get_text(words[2], wire->value, sizeof(wire->value)) &&
        get_text(words[4], wire->reason, sizeof(wire->reason)) &&
        (wire->as_json || slice_equal(words[5], slice_text("text")));
}

static bool put_text(const char *text, struct buf *to) {
    bool fits = true;
    for (; fits && *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool is_plain = byte < 0x80 && (isalnum(byte) || strchr("-._~:/@=,", byte));
        fits = is_plain ? buf_append_byte(to, byte) : buf_printf(to, "%%%02X", byte);
    }
    return fits;
}

static bool get_text(struct slice word, char *to, size_t room) {
    size_t len = 0;
    for (size_t i = 0; i < word.len; i++, len++) {
        int byte = word.data[i];
        if (byte == '%') {
            int high = i + 2 < word.len ? hex_digit(word.data[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(word.data[i + 2]) : -1;
            byte = low >= 0 ? high << 4 | low : 0;
            i += 2;
        }
        if (byte == 0 || len + 1 >= room)
            return false;
        to[len] = (char)byte;
    }
    to[len] = '\0';
    return true;
}

static int hex_digit(uint8_t byte) {
    if (!isxdigit(byte))
        return -1;
    return isdigit(byte) ? byte - '0' : toupper(byte) - 'A' + 10;
}

/* More words than WORDS are counted, too. */
static size_t split(struct slice line, struct slice words[WORDS]) {
    size_t count = 0;
    for (bool has_more = true; has_more; count++) {
        ptrdiff_t space = slice_find(line, ' ');
        has_more = space >= 0;
        if (count < WORDS)
            words[count] = slice_sub(line, 0, has_more ? (size_t)space : line.len);
        line = slice_sub(line, has_more ? (size_t)space + 1 : line.len, line.len);
    }
    return count;
}
