/* Classes of octets in HTTP messages, and scans over them. */
#include "http/octets.h"

/* Columns of the table below: VALUE (V), TARGET (T), URI (U), TOKEN (K), HOST (H), HEX (X). */
enum {
    V = OCTETS_VALUE,
    VT = V | OCTETS_TARGET,
    VTU = VT | OCTETS_URI,
    VTK = VT | OCTETS_TOKEN,
    VTUK = VTU | OCTETS_TOKEN,
    VTUKH = VTUK | OCTETS_HOST,
    VTUKHX = VTUKH | OCTETS_HEX,
};

const uint8_t octets_classes[256] = {
    ['\t'] = V,
    [' '] = V,
    ['!'] = VTUK,
    ['"'] = VT,
    ['#'] = VTK,
    ['$'] = VTUK,
    ['%'] = VTUK,
    ['&'] = VTUK,
    ['\''] = VTUK,
    ['('] = VTU,
    [')'] = VTU,
    ['*'] = VTUK,
    ['+'] = VTUK,
    [','] = VTU,
    ['-'] = VTUKH,
    ['.'] = VTUKH,
    ['/'] = VTU,
    ['0' ... '9'] = VTUKHX,
    [':'] = VTU,
    [';'] = VTU,
    ['<'] = VT,
    ['='] = VTU,
    ['>'] = VT,
    ['?'] = VTU,
    ['@'] = VTU,
    ['A' ... 'F'] = VTUKHX,
    ['G' ... 'Z'] = VTUKH,
    ['['] = VTU,
    ['\\'] = VT,
    [']'] = VTU,
    ['^'] = VTK,
    ['_'] = VTUKH,
    ['`'] = VTK,
    ['a' ... 'f'] = VTUKHX,
    ['g' ... 'z'] = VTUKH,
    ['{'] = VT,
    ['|'] = VTK,
    ['}'] = VT,
    ['~'] = VTUK,
    [0x80 ... 0xff] = VT,
};

static const uint64_t every_octet = 0x0101010101010101ULL;
static const uint64_t every_high_bit = 0x8080808080808080ULL;

static bool word_has_control(uint64_t word);

size_t octets_value_run(struct slice text) {
    size_t i = 0;
    for (;;) {
        uint64_t word;
        while (i + sizeof word <= text.len) {
            memcpy(&word, text.data + i, sizeof word);
            if (word_has_control(word))
                break;
            i += sizeof word;
        }
        size_t careful_end = text.len - i < sizeof word ? text.len : i + sizeof word;
        for (; i < careful_end; i++)
            if (!octets_is(text.data[i], OCTETS_VALUE))
                return i;
        if (i == text.len)
            return i;
    }
}

/* True when an octet of `word` is below 0x20 or is 0x7f; a tab counts as well and is looked at again by the caller. */
static bool word_has_control(uint64_t word) {
    uint64_t below_space = (word - every_octet * 0x20) & ~word;
    uint64_t delete_gone = word ^ (every_octet * 0x7f);
    uint64_t is_delete = (delete_gone - every_octet) & ~delete_gone;
    return ((below_space | is_delete) & every_high_bit) != 0;
}
