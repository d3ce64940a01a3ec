#include "bin/breaks.h"

#include "base/jsonread.h"
#include "base/text.h"
#include "bin/options.h"

#include <stdlib.h>

/* LINES: more than a gateway keeps. */
enum { LINES_MAX = 20000, TEXT_BYTES_MAX = 65536, DAY_S = 86400 };

/* One identity; expires: seconds since 1970, INT64_MAX when unknown. */
struct row {
    struct slice line;
    int64_t expires;
};

static size_t read_rows(struct slice lines, struct row *rows);
static int64_t expiry_of(struct slice line);
static int compare(const void *a, const void *b);
static bool print_row(const struct row *row, int64_t now, struct buf *to);
static bool print_expiry(const struct row *row, int64_t now, struct buf *to);
static bool print_reasons(struct slice object, struct buf *to);
static struct slice member(struct slice line, const char *name);
static bool print_text(struct slice value, struct buf *to);

bool breaks_print(struct slice lines, int64_t now, bool as_json, struct buf *to) {
    struct row *rows = calloc(LINES_MAX, sizeof(*rows));
    bool fits = rows != NULL;
    size_t count = fits ? read_rows(lines, rows) : 0;
    if (count > 0)
        qsort(rows, count, sizeof(*rows), compare);
    for (size_t i = 0; i < count; i++)
        fits = fits &&
            (as_json ? buf_append(to, rows[i].line) && buf_append_byte(to, '\n') : print_row(&rows[i], now, to));
    if (count == 0 && !as_json)
        fits = fits && buf_append_text(to, "nobody who was seen of late\n");
    free(rows);
    return fits;
}

static size_t read_rows(struct slice lines, struct row *rows) {
    size_t count = 0;
    while (lines.len > 0 && count < LINES_MAX) {
        ptrdiff_t end = slice_find(lines, '\n');
        struct slice line = slice_sub(lines, 0, end < 0 ? lines.len : (size_t)end);
        lines = slice_sub(lines, line.len + 1, SIZE_MAX);
        rows[count++] = (struct row){.line = line, .expires = expiry_of(line)};
    }
    return count;
}

static int64_t expiry_of(struct slice line) {
    struct buf text;
    int64_t seconds = INT64_MAX;
    buf_init(&text, TEXT_BYTES_MAX);
    if (jsonread_text(member(line, "not_after"), &text) && buf_append_byte(&text, '\0') &&
        !options_time((const char *)buf_view(&text).data, &seconds))
        seconds = INT64_MAX;
    buf_fini(&text);
    return seconds;
}

static int compare(const void *a, const void *b) {
    int64_t left = ((const struct row *)a)->expires;
    int64_t right = ((const struct row *)b)->expires;
    return (left > right) - (left < right);
}

/* Who, then what breaks, then how it is known. */
static bool print_row(const struct row *row, int64_t now, struct buf *to) {
    struct slice name = member(row->line, "name");
    struct slice times = member(row->line, "times");
    return print_text(member(row->line, "subject"), to) &&
        (!name.data || (buf_append_text(to, ", ") && print_text(name, to))) && print_expiry(row, now, to) &&
        print_reasons(member(row->line, "would_refuse"), to) && buf_append_text(to, "\n  seen ") &&
        buf_append(to, times) && buf_append_text(to, " times, last ") &&
        print_text(member(row->line, "last_seen"), to) && buf_append_text(to, " at ") &&
        print_text(member(row->line, "listener"), to) && buf_append_text(to, ", sha256 ") &&
        print_text(member(row->line, "fingerprint"), to) && buf_append_text(to, "\n");
}

static bool print_expiry(const struct row *row, int64_t now, struct buf *to) {
    int64_t days = (row->expires - now) / DAY_S;
    if (row->expires == INT64_MAX)
        return true;
    return buf_append_text(to, "\n  expires ") && print_text(member(row->line, "not_after"), to) &&
        (row->expires < now ? buf_append_text(to, ", which is past")
                            : buf_printf(to, ", in %lld days", (long long)days));
}

static bool print_reasons(struct slice object, struct buf *to) {
    struct jsonread reading;
    struct slice name, value;
    bool fits = true;
    jsonread_begin(&reading, object);
    while (fits && jsonread_next(&reading, &name, &value))
        fits = buf_printf(to, "\n  would be refused %.*s times: %.*s", (int)value.len, (const char *)value.data,
                          (int)name.len, (const char *)name.data);
    return fits;
}

/* Without data when there is none. */
static struct slice member(struct slice line, const char *name) {
    struct jsonread reading;
    struct slice found, value;
    jsonread_begin(&reading, line);
    while (jsonread_next(&reading, &found, &value))
        if (slice_equal(found, slice_text(name)))
            return value;
    return slice_of(NULL, 0);
}

/* Without what could drive a terminal. */
static bool print_text(struct slice value, struct buf *to) {
    size_t before = buf_len(to);
    if (!jsonread_text(value, to))
        return buf_append_text(to, "?");
    struct slice all = buf_view(to);
    text_clean((char *)(uintptr_t)all.data + before, all.len - before);
    return true;
}
