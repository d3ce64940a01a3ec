/* Fuzzes policy/glob: the matcher agrees with a plain table of all pairs of positions. The input is a separator (or
 * none), a pattern, a line end and a text. */
#include "base/bug.h"
#include "policy/glob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATTERN_MAX = 64, TEXT_MAX = 256 };

struct table {
    int separator;
    struct slice pattern;
    struct slice text;
};

/* Bytes that the piece at the beginning of the pattern takes: an escape, one or two stars, a byte. */
static size_t piece_len(struct slice pattern) {
    bool is_pair = pattern.len > 1 && (pattern.data[0] == '\\' || (pattern.data[0] == '*' && pattern.data[1] == '*'));
    return is_pair ? 2 : 1;
}

/* Cell by cell from the ends: does pattern[p…] match text[t…]? */
static bool table_says(const struct table *table) {
    static bool cells[PATTERN_MAX + 3][TEXT_MAX + 2];
    memset(cells, 0, sizeof(cells));
    cells[table->pattern.len][table->text.len] = true;
    for (size_t p = table->pattern.len; p-- > 0;) {
        struct slice rest = slice_sub(table->pattern, p, table->pattern.len);
        size_t len = piece_len(rest);
        for (size_t t = table->text.len + 1; t-- > 0;) {
            bool has_byte = t < table->text.len;
            uint8_t byte = has_byte ? table->text.data[t] : 0;
            bool may_cross = len == 2 || (has_byte && byte != table->separator);
            if (rest.data[0] == '*')
                cells[p][t] = cells[p + len][t] || (has_byte && may_cross && cells[p][t + 1]);
            else
                cells[p][t] = has_byte && byte == rest.data[len - 1] && cells[p + len][t + 1];
        }
    }
    return cells[0][0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char complaint[GLOB_COMPLAINT_MAX];
    struct slice input = slice_sub(slice_of(data, size), 1, size);
    ptrdiff_t end = slice_find(input, '\n');
    if (size == 0 || end < 0 || end > PATTERN_MAX || (size_t)(input.len - (size_t)end) > TEXT_MAX)
        return 0;
    struct table table = {.separator = data[0] == ' ' ? GLOB_NO_SEPARATOR : data[0],
                          .pattern = slice_sub(input, 0, (size_t)end),
                          .text = slice_sub(input, (size_t)end + 1, input.len)};
    struct arena arena;
    arena_init(&arena, 4096, 1 << 20);
    const struct glob *glob = glob_read(table.pattern, table.separator, &arena, complaint);
    if (glob != NULL)
        bug_on(glob_matches(glob, table.text) != table_says(&table));
    if (glob != NULL && !glob_has_star(table.pattern)) {
        struct slice literal = glob_literal(table.pattern, &arena, complaint);
        bug_on(literal.data == NULL || glob_matches(glob, table.text) != slice_equal(literal, table.text));
    }
    arena_fini(&arena);
    return 0;
}
