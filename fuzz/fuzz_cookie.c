/* The first line is a name, the rest a Cookie field: what is found lies in the field, behind "name=". */
#include "http/cookie.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition);
static bool has_before(struct slice value, const uint8_t *found, struct slice name);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct http_field room[2];
    struct http_message request;
    struct slice whole = slice_of(data, size);
    ptrdiff_t line = slice_find(whole, '\n');
    struct slice name = slice_sub(whole, 0, line < 0 ? size : (size_t)line);
    struct slice value = slice_sub(whole, line < 0 ? size : (size_t)line + 1, size);
    http_message_init(&request, room, 2);
    require(http_message_add(&request, slice_text("cookie"), value, 0));
    struct slice found = cookie_find(&request, name);
    if (found.len == 0)
        return 0;
    require(found.data >= value.data && found.data + found.len <= value.data + value.len);
    require(slice_find(found, ';') < 0);
    require(has_before(value, found.data, name));
    return 0;
}

static void require(bool condition) {
    if (!condition)
        abort();
}

static bool has_before(struct slice value, const uint8_t *found, struct slice name) {
    struct slice before = slice_sub(value, 0, (size_t)(found - value.data));
    while (before.len > 0 && before.data[before.len - 1] != '=')
        before.len--;
    if (before.len > 0)
        before.len--;
    return slice_ends(slice_trim(before), name);
}
