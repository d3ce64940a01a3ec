/* Classes of octets in HTTP messages, and scans over them. */
#include "http/octets.h"

#include <endian.h>

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

/* Octets looked at in one go; a comparison gives 0xff for each octet that it holds for. */
typedef uint8_t block __attribute__((vector_size(16)));
enum { BLOCK_BYTES = sizeof(block) };

static block load(const uint8_t *octets);
static size_t first_set(block mask);

size_t octets_value_run(struct slice text) {
    size_t i = 0;
    for (; i + BLOCK_BYTES <= text.len; i += BLOCK_BYTES) {
        block octets = load(text.data + i);
        size_t clean = first_set((block)(((octets < 0x20) & (octets != '\t')) | (octets == 0x7f)));
        if (clean < BLOCK_BYTES)
            return i + clean;
    }
    return i + octets_run(slice_sub(text, i, text.len), OCTETS_VALUE);
}

/* Letters, digits and '-' in one go; the table decides about what comes then. */
size_t octets_token_run(struct slice text) {
    size_t i = 0;
    for (; i + BLOCK_BYTES <= text.len; i += BLOCK_BYTES) {
        block octets = load(text.data + i);
        block is_letter = (block)((octets | 0x20) - 'a' < 26);
        block is_other = (block)((octets - '0' < 10) | (octets == '-'));
        size_t clean = first_set(~(is_letter | is_other));
        if (clean == BLOCK_BYTES)
            continue;
        i += clean;
        if (!octets_is(text.data[i], OCTETS_TOKEN))
            return i;
        break;
    }
    return i + octets_run(slice_sub(text, i, text.len), OCTETS_TOKEN);
}

static block load(const uint8_t *octets) {
    block loaded;
    memcpy(&loaded, octets, sizeof loaded);
    return loaded;
}

/* The place of the first octet that is set, or BLOCK_BYTES. */
static size_t first_set(block mask) {
    uint64_t halves[2];
    memcpy(halves, &mask, sizeof halves);
    if (halves[0] != 0)
        return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
    return halves[1] != 0 ? 8 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8 : (size_t)BLOCK_BYTES;
}
