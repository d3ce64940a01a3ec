/* "a=1; b=2": pairs between semicolons. HTTP/2 may bring each in a field of its own (RFC 9113 section 8.2.3). */
#include "http/cookie.h"

static struct slice cookie_unquote(struct slice value) {
    bool is_quoted = value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"';
    return is_quoted ? slice_sub(value, 1, value.len - 2) : value;
}

/* The pair before the next semicolon, which is taken off `rest` with it. */
static struct slice cookie_next(struct slice *rest) {
    ptrdiff_t end = slice_find(*rest, ';');
    struct slice pair = slice_sub(*rest, 0, end < 0 ? rest->len : (size_t)end);
    *rest = slice_sub(*rest, end < 0 ? rest->len : (size_t)end + 1, rest->len);
    return slice_trim(pair);
}

static bool cookie_find_in(struct slice field, struct slice name, struct slice *value) {
    while (field.len > 0) {
        struct slice pair = cookie_next(&field);
        ptrdiff_t equals = slice_find(pair, '=');
        if (equals < 0 || !slice_equal(slice_trim(slice_sub(pair, 0, (size_t)equals)), name))
            continue;
        *value = cookie_unquote(slice_trim(slice_sub(pair, (size_t)equals + 1, pair.len)));
        return true;
    }
    return false;
}

struct slice cookie_find(const struct http_message *request, struct slice name) {
    struct slice value = slice_of(NULL, 0);
    for (size_t i = 0; i < request->field_count; i++) {
        const struct http_field *field = &request->fields[i];
        if (slice_equal_nocase(field->name, slice_text("cookie")) && cookie_find_in(field->value, name, &value))
            break;
    }
    return value;
}
