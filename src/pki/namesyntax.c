#include "pki/namesyntax.h"

enum { HOST_MAX = 253, LABEL_MAX = 63 };

static struct slice next_label(struct slice *rest);
static bool is_label(struct slice label, bool has_underscore);
static bool is_number(struct slice label);
static bool is_alphanumeric(uint8_t byte);
static bool is_printable(struct slice text);
static ptrdiff_t find_last(struct slice text, uint8_t byte);

bool namesyntax_is_host(struct slice text, bool has_underscore) {
    struct slice label = {0};
    if (text.len == 0 || text.len > HOST_MAX || text.data[text.len - 1] == '.')
        return false;
    while (text.len) {
        label = next_label(&text);
        if (!is_label(label, has_underscore))
            return false;
    }
    return !is_number(label);
}

bool namesyntax_is_pattern(struct slice text, bool has_underscore) {
    if (!slice_starts(text, slice_text("*.")))
        return namesyntax_is_host(text, has_underscore);
    struct slice rest = slice_sub(text, 2, text.len);
    return text.len <= HOST_MAX && namesyntax_is_host(rest, has_underscore) && slice_find(rest, '.') > 0;
}

bool namesyntax_split_mail(struct slice text, struct slice *local, struct slice *host) {
    ptrdiff_t at = find_last(text, '@');
    if (at <= 0 || !is_printable(text))
        return false;
    *local = slice_sub(text, 0, (size_t)at);
    *host = slice_sub(text, (size_t)at + 1, text.len);
    bool is_quoted = local->len >= 2 && local->data[0] == '"' && local->data[local->len - 1] == '"';
    return namesyntax_is_host(*host, false) && (is_quoted || slice_find(*local, '@') < 0);
}

bool namesyntax_is_uri(struct slice text) {
    ptrdiff_t colon = slice_find(text, ':');
    if (colon <= 0 || (size_t)colon + 1 == text.len || !is_printable(text) || slice_find(text, ' ') >= 0)
        return false;
    for (ptrdiff_t i = 0; i < colon; i++) {
        uint8_t byte = text.data[i];
        bool is_good = is_alphanumeric(byte) || (i > 0 && (byte == '+' || byte == '-' || byte == '.'));
        if (!is_good || (i == 0 && byte >= '0' && byte <= '9'))
            return false;
    }
    return true;
}

bool namesyntax_uri_host(struct slice uri, struct slice *host) {
    ptrdiff_t colon = slice_find(uri, ':');
    if (colon <= 0 || !slice_starts(slice_sub(uri, (size_t)colon, uri.len), slice_text("://")))
        return false;
    struct slice authority = slice_sub(uri, (size_t)colon + 3, uri.len);
    for (const char *end = "/?#"; *end; end++) {
        ptrdiff_t at = slice_find(authority, (uint8_t)*end);
        authority = at >= 0 ? slice_sub(authority, 0, (size_t)at) : authority;
    }
    ptrdiff_t user = find_last(authority, '@');
    authority = slice_sub(authority, (size_t)(user + 1), authority.len);
    ptrdiff_t port = slice_find(authority, ':');
    *host = port >= 0 ? slice_sub(authority, 0, (size_t)port) : authority;
    return namesyntax_is_host(*host, true);
}

bool namesyntax_is_within(struct slice host, struct slice domain) {
    if (host.len < domain.len)
        return false;
    struct slice end = slice_sub(host, host.len - domain.len, domain.len);
    return slice_equal_nocase(end, domain) && (host.len == domain.len || end.data[-1] == '.');
}

bool namesyntax_is_mask(struct slice mask) {
    bool is_over = false;
    for (size_t i = 0; i < 8 * mask.len; i++) {
        bool is_set = mask.data[i / 8] >> (7 - i % 8) & 1;
        if (is_set && is_over)
            return false;
        is_over = !is_set;
    }
    return true;
}

/* Takes the dot after it off `rest`, too. */
static struct slice next_label(struct slice *rest) {
    ptrdiff_t dot = slice_find(*rest, '.');
    size_t len = dot >= 0 ? (size_t)dot : rest->len;
    struct slice label = slice_sub(*rest, 0, len);
    *rest = slice_sub(*rest, dot >= 0 ? len + 1 : len, rest->len);
    return label;
}

static bool is_label(struct slice label, bool has_underscore) {
    if (label.len == 0 || label.len > LABEL_MAX || label.data[0] == '-' || label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        uint8_t byte = label.data[i];
        if (!is_alphanumeric(byte) && byte != '-' && !(byte == '_' && has_underscore))
            return false;
    }
    return true;
}

static bool is_number(struct slice label) {
    for (size_t i = 0; i < label.len; i++) {
        if (label.data[i] < '0' || label.data[i] > '9')
            return false;
    }
    return true;
}

static bool is_alphanumeric(uint8_t byte) {
    uint8_t lower = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z');
}

static bool is_printable(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    }
    return true;
}

static ptrdiff_t find_last(struct slice text, uint8_t byte) {
    for (size_t i = text.len; i > 0; i--) {
        if (text.data[i - 1] == byte)
            return (ptrdiff_t)i - 1;
    }
    return -1;
}
