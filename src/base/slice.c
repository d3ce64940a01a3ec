/* Comparing and cutting borrowed bytes. An empty slice may have a NULL pointer: no function here does arithmetic on
 * one. */
#include "base/slice.h"

static uint8_t lower(uint8_t byte);
static bool is_blank(uint8_t byte);

struct slice slice_sub(struct slice whole, size_t start, size_t len) {
    if (start >= whole.len)
        return slice_of(whole.data ? whole.data + whole.len : NULL, 0);
    size_t rest = whole.len - start;
    return slice_of(whole.data + start, len < rest ? len : rest);
}

bool slice_equal(struct slice a, struct slice b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool slice_equal_nocase(struct slice a, struct slice b) {
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (a.data[i] != b.data[i] && lower(a.data[i]) != lower(b.data[i]))
            return false;
    }
    return true;
}

bool slice_starts(struct slice whole, struct slice part) {
    return part.len <= whole.len && slice_equal(slice_sub(whole, 0, part.len), part);
}

bool slice_ends(struct slice whole, struct slice part) {
    return part.len <= whole.len && slice_equal(slice_sub(whole, whole.len - part.len, part.len), part);
}

ptrdiff_t slice_find(struct slice whole, uint8_t byte) {
    if (whole.len == 0)
        return -1;
    const uint8_t *found = memchr(whole.data, byte, whole.len);
    return found ? found - whole.data : -1;
}

struct slice slice_trim(struct slice whole) {
    while (whole.len > 0 && is_blank(whole.data[0])) {
        whole.data++;
        whole.len--;
    }
    while (whole.len > 0 && is_blank(whole.data[whole.len - 1]))
        whole.len--;
    return whole;
}

bool slice_decimal(struct slice text, uint64_t *number) {
    if (text.len == 0 || text.len > 19) /* 19 digits always fit into 64 bits */
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

static uint8_t lower(uint8_t byte) {
    return (uint8_t)(byte - 'A') < 26 ? byte | 0x20 : byte;
}

static bool is_blank(uint8_t byte) {
    return byte == ' ' || byte == '\t';
}
