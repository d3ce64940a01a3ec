#include "bin/story.h"

#include "base/jsonread.h"
#include "base/text.h"

/* MEMBERS: more than two records have. */
enum { MEMBERS_MAX = 128, TEXT_BYTES_MAX = 65536 };

/* All members of the records, in the order in which they are first named. */
struct story {
    struct slice names[MEMBERS_MAX];
    struct slice values[MEMBERS_MAX];
    size_t count;
};

/* Told in the headline, in their own words. */
static const char *const headline[] = {"reason", "sentence", "remedy", "config", "id"};

static bool read_line(struct story *story, struct slice line);
static struct slice value_of(const struct story *story, const char *name);
static bool print_headline(const struct story *story, struct buf *to);
static bool print_rest(const struct story *story, struct buf *to);
static bool print_end(const struct story *story, struct buf *to);
static bool is_in_headline(struct slice name);
static bool print_member(struct slice name, struct slice value, int indent, struct buf *to);
static bool print_inside(struct slice object, int indent, struct buf *to);
static bool print_value(struct slice value, struct buf *to);

bool story_print(struct slice lines, struct buf *to) {
    struct story story = {.count = 0};
    while (lines.len > 0) {
        ptrdiff_t end = slice_find(lines, '\n');
        struct slice line = slice_sub(lines, 0, end < 0 ? lines.len : (size_t)end);
        lines = slice_sub(lines, line.len + 1, SIZE_MAX);
        if (!read_line(&story, line))
            return false;
    }
    return print_headline(&story, to) && print_rest(&story, to) && print_end(&story, to);
}

static bool read_line(struct story *story, struct slice line) {
    struct jsonread reading;
    struct slice name, value;
    jsonread_begin(&reading, line);
    while (jsonread_next(&reading, &name, &value)) {
        bool is_known = false;
        for (size_t i = 0; i < story->count; i++)
            is_known = is_known || slice_equal(story->names[i], name);
        if (is_known || story->count == MEMBERS_MAX)
            continue;
        story->names[story->count] = name;
        story->values[story->count++] = value;
    }
    return !reading.is_bad;
}

/* Empty when there is none. */
static struct slice value_of(const struct story *story, const char *name) {
    for (size_t i = 0; i < story->count; i++)
        if (slice_equal(story->names[i], slice_text(name)))
            return story->values[i];
    return slice_of(NULL, 0);
}

static bool print_headline(const struct story *story, struct buf *to) {
    struct slice reason = value_of(story, "reason");
    struct slice sentence = value_of(story, "sentence");
    if (!reason.data)
        return buf_append_text(to, "allowed\n");
    return buf_append_text(to, "refused: ") && print_value(reason, to) && buf_append_text(to, "\n") &&
        (!sentence.data || (buf_append_text(to, "  ") && print_value(sentence, to) && buf_append_text(to, "\n")));
}

static bool print_rest(const struct story *story, struct buf *to) {
    bool fits = true;
    for (size_t i = 0; i < story->count; i++)
        if (!is_in_headline(story->names[i]))
            fits = fits && print_member(story->names[i], story->values[i], 2, to);
    return fits;
}

/* What decided, and what to do about it. */
static bool print_end(const struct story *story, struct buf *to) {
    static const char *const members[][2] = {{"id", "  id: "}, {"config", "  decided by "}, {"remedy", "  remedy: "}};
    bool fits = true;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct slice value = value_of(story, members[i][0]);
        if (value.data)
            fits = fits && buf_append_text(to, members[i][1]) && print_value(value, to) && buf_append_text(to, "\n");
    }
    return fits;
}

static bool is_in_headline(struct slice name) {
    for (size_t i = 0; i < sizeof headline / sizeof headline[0]; i++)
        if (slice_equal(name, slice_text(headline[i])))
            return true;
    return false;
}

static bool print_member(struct slice name, struct slice value, int indent, struct buf *to) {
    if (!buf_printf(to, "%*s", indent, ""))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!buf_append_byte(to, name.data[i] == '_' ? ' ' : name.data[i]))
            return false;
    if (value.data[0] == '{')
        return buf_append_text(to, ":\n") && print_inside(value, indent + 2, to);
    return buf_append_text(to, ": ") && print_value(value, to) && buf_append_text(to, "\n");
}

static bool print_inside(struct slice object, int indent, struct buf *to) {
    struct jsonread reading;
    struct slice name, value;
    bool fits = true;
    jsonread_begin(&reading, object);
    while (fits && jsonread_next(&reading, &name, &value))
        fits = print_member(name, value, indent, to);
    return fits;
}

/* A text without its quotes and without what could drive a terminal; everything else as it is written. */
static bool print_value(struct slice value, struct buf *to) {
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    bool is_text = jsonread_text(value, &text);
    if (is_text && buf_len(&text) > 0)
        text_clean((char *)text.data + (buf_view(&text).data - text.data), buf_len(&text));
    bool fits = buf_append(to, is_text ? buf_view(&text) : value);
    buf_fini(&text);
    return fits;
}
