#include "pki/spiffeid.h"

static bool is_path(struct slice path);
static bool is_segment(struct slice segment);
static bool is_common(uint8_t byte);

bool spiffeid_split(struct slice id, struct slice *domain, struct slice *path) {
    struct slice scheme = slice_text("spiffe://");
    if (id.len > SPIFFEID_MAX || !slice_starts(id, scheme))
        return false;
    struct slice rest = slice_sub(id, scheme.len, id.len);
    ptrdiff_t slash = slice_find(rest, '/');
    size_t end = slash >= 0 ? (size_t)slash : rest.len;
    *domain = slice_sub(rest, 0, end);
    *path = slice_sub(rest, end, rest.len);
    return spiffeid_is_domain(*domain) && (path->len == 0 || is_path(*path));
}

bool spiffeid_is_domain(struct slice text) {
    if (text.len == 0 || text.len > SPIFFEID_DOMAIN_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_common(text.data[i]))
            return false;
    }
    return true;
}

static bool is_path(struct slice path) {
    while (path.len) {
        struct slice rest = slice_sub(path, 1, path.len);
        ptrdiff_t slash = slice_find(rest, '/');
        size_t end = slash >= 0 ? (size_t)slash : rest.len;
        if (!is_segment(slice_sub(rest, 0, end)))
            return false;
        path = slice_sub(rest, end, rest.len);
    }
    return true;
}

static bool is_segment(struct slice segment) {
    if (segment.len == 0 || slice_equal(segment, slice_text(".")) || slice_equal(segment, slice_text("..")))
        return false;
    for (size_t i = 0; i < segment.len; i++) {
        if (!is_common(segment.data[i]) && !(segment.data[i] >= 'A' && segment.data[i] <= 'Z'))
            return false;
    }
    return true;
}

static bool is_common(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_';
}
