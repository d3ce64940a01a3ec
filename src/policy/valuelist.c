/* Line by line. What an editor shows as an ordinary line but is none is complained of: its value would never match. */
#include "policy/valuelist.h"

#include "base/text.h"

static struct slice next_line(struct slice *rest);
static const char *fault_of(struct slice line, struct slice text);
static bool has_control(struct slice text);

void valuelist_init(struct valuelist *list, struct slice bytes) {
    *list = (struct valuelist){.rest = bytes};
}

enum valuelist_status valuelist_next(struct valuelist *list, struct valuelist_value *value, const char **complaint) {
    while (list->rest.len > 0) {
        struct slice line = next_line(&list->rest);
        struct slice text = slice_trim(line);
        list->line++;
        *value = (struct valuelist_value){.text = text,
                                          .line = list->line,
                                          .column = text.len > 0 ? (unsigned)(text.data - line.data) + 1 : 1};
        *complaint = fault_of(line, text);
        if (*complaint != NULL)
            return VALUELIST_BAD;
        if (text.len > 0 && text.data[0] != '#')
            return VALUELIST_VALUE;
    }
    return VALUELIST_END;
}

/* Without its end, LF or CR LF. */
static struct slice next_line(struct slice *rest) {
    ptrdiff_t end = slice_find(*rest, '\n');
    struct slice line = end < 0 ? *rest : slice_sub(*rest, 0, (size_t)end);
    *rest = slice_sub(*rest, end < 0 ? rest->len : (size_t)end + 1, rest->len);
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
}

static const char *fault_of(struct slice line, struct slice text) {
    if (slice_starts(line, slice_text("\xef\xbb\xbf")))
        return "the line begins with a byte order mark: save the file without it";
    if (line.len > VALUELIST_VALUE_MAX)
        return "the line is longer than 4096 bytes";
    if (!text_utf8(line))
        return "the line is not UTF-8";
    return has_control(text) ? "the value has a control character or a tab" : NULL;
}

static bool has_control(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            return true;
    }
    return false;
}
