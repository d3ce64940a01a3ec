/* Structured field values: byte sequences and lists of them. */
#include "http/structfield.h"

#include "base/text.h"

static bool read_member(struct slice *rest, struct buf *to);
static struct slice skip(struct slice text, bool also_tabs);

size_t structfield_bytes_len(size_t bytes) {
    return text_base64_len(bytes) + 2;
}

size_t structfield_write_bytes(char *to, struct slice bytes) {
    size_t len = structfield_bytes_len(bytes.len);
    to[0] = ':';
    text_base64(to + 1, bytes);
    to[len - 1] = ':';
    return len;
}

bool structfield_read_bytes(struct slice text, struct buf *to) {
    struct slice rest = skip(text, false);
    size_t before = buf_len(to);
    if (!read_member(&rest, to))
        return false;
    if (skip(rest, false).len == 0)
        return true;
    buf_truncate(to, before);
    return false;
}

enum structfield_status structfield_next_bytes(struct structfield_list *list, struct buf *to) {
    struct slice rest = skip(list->rest, list->has_begun);
    if (rest.len == 0)
        return STRUCTFIELD_END;
    if (list->has_begun) {
        if (rest.data[0] != ',')
            return STRUCTFIELD_BAD;
        rest = skip(slice_sub(rest, 1, rest.len), true);
    }
    if (!read_member(&rest, to))
        return STRUCTFIELD_BAD;
    /* Tabs may stand before a comma, but not at the end of the field. */
    if (skip(rest, true).len == 0 && skip(rest, false).len > 0)
        return STRUCTFIELD_BAD;
    list->rest = rest;
    list->has_begun = true;
    return STRUCTFIELD_NEXT;
}

/* Reads ":base64:" at the start of `rest` and moves behind it. */
static bool read_member(struct slice *rest, struct buf *to) {
    if (rest->len == 0 || rest->data[0] != ':')
        return false;
    struct slice after = slice_sub(*rest, 1, rest->len);
    ptrdiff_t len = slice_find(after, ':');
    if (len < 0 || !text_unbase64(to, slice_sub(after, 0, (size_t)len)))
        return false;
    *rest = slice_sub(after, (size_t)len + 1, after.len);
    return true;
}

static struct slice skip(struct slice text, bool also_tabs) {
    size_t i = 0;
    while (i < text.len && (text.data[i] == ' ' || (also_tabs && text.data[i] == '\t')))
        i++;
    return slice_sub(text, i, text.len);
}
