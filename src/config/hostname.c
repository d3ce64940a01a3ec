/* Normal form, validity and parts of host names. */
#include "config/hostname.h"

#include "base/addr.h"

enum { LABEL_MAX = 63 };

static bool is_label(struct slice label);
static bool is_label_byte(uint8_t byte);
static bool are_labels(struct slice name, size_t least);
static bool is_bracketed_v6(struct slice name);

bool hostname_normal(struct slice name, char to[HOSTNAME_ROOM], size_t *len) {
    if (name.len > 1 && name.data[name.len - 1] == '.')
        name.len--;
    if (name.len == 0 || name.len > HOSTNAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = name.data[i];
        to[i] = (char)((uint8_t)(byte - 'A') < 26 ? byte | 0x20 : byte);
    }
    to[name.len] = '\0';
    *len = name.len;
    return true;
}

bool hostname_is_pattern(struct slice name) {
    if (name.len == 0 || name.len > HOSTNAME_MAX)
        return false;
    struct slice suffix = hostname_wildcard_suffix(name);
    if (suffix.len > 0)
        return are_labels(slice_sub(suffix, 1, suffix.len), 2);
    return are_labels(name, 1) || is_bracketed_v6(name);
}

struct slice hostname_wildcard_suffix(struct slice pattern) {
    if (slice_starts(pattern, slice_text("*.")))
        return slice_sub(pattern, 1, pattern.len);
    return slice_of(pattern.data, 0);
}

struct slice hostname_suffix(struct slice name) {
    ptrdiff_t dot = slice_find(name, '.');
    return dot > 0 ? slice_sub(name, (size_t)dot, name.len) : slice_of(name.data, 0);
}

static bool are_labels(struct slice name, size_t least) {
    size_t labels = 0;
    for (;;) {
        ptrdiff_t dot = slice_find(name, '.');
        struct slice label = dot < 0 ? name : slice_sub(name, 0, (size_t)dot);
        if (!is_label(label))
            return false;
        labels++;
        if (dot < 0)
            return labels >= least;
        name = slice_sub(name, (size_t)dot + 1, name.len);
    }
}

static bool is_label(struct slice label) {
    if (label.len == 0 || label.len > LABEL_MAX || label.data[0] == '-' || label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_label_byte(label.data[i]))
            return false;
    }
    return true;
}

static bool is_label_byte(uint8_t byte) {
    return (uint8_t)((byte | 0x20) - 'a') < 26 || (uint8_t)(byte - '0') < 10 || byte == '-' || byte == '_';
}

static bool is_bracketed_v6(struct slice name) {
    struct addr_net net;
    return name.len > 2 && name.data[0] == '[' && name.data[name.len - 1] == ']' && slice_find(name, '/') < 0 &&
        slice_find(name, ':') >= 0 && addr_net_parse(slice_sub(name, 1, name.len - 2), &net);
}
