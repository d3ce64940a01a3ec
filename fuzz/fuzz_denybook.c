/* Any bytes as the file of a deny-list: refused with its line, or a book that reads the same after it was written anew.
 * So that most inputs get past the checks of their lines, the input is also taken as changes. */
#include "control/denybook.h"

#include "base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct denybook *read_file(struct slice file, bool must_be_good);
static struct denybook *make_book(void);
static void write_anew(struct denybook *book, struct buf *to);
static const char *word(uint8_t kind);
static bool is_of_owner(uint8_t kind);
static bool is_value(uint8_t kind, struct slice value);
static void make_key(uint8_t kind, struct slice value, uint8_t key[DENYBOOK_KEY_BYTES]);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buf file;
    struct slice input = slice_of(data, size);
    struct denybook *book = read_file(input, false);
    denybook_free(&book);
    buf_init(&file, 1 << 24);
    book = make_book();
    write_anew(book, &file);
    denybook_rewritten(book);
    for (; input.len > 4; input = slice_sub(input, 4 + input.data[3] % 32U, SIZE_MAX)) {
        struct denybook_change change = {.verb = input.data[0] % DENYBOOK_VERBS,
                                         .kind = input.data[1] % 2,
                                         .value = slice_sub(input, 4, input.data[3] % 32U),
                                         .reason = slice_sub(input, 4, input.data[2] % 32U)};
        if (!denybook_refuses(book, &change, 0) && denybook_line(book, &change, &file))
            bug_on(!denybook_apply(book, &change));
    }
    struct denybook *again = read_file(buf_view(&file), true);
    bug_on(denybook_count(again) != denybook_count(book) || denybook_number(again) != denybook_number(book));
    buf_consume(&file, buf_len(&file));
    write_anew(again, &file);
    struct denybook *third = read_file(buf_view(&file), true);
    bug_on(denybook_count(third) != denybook_count(book) || denybook_number(third) != denybook_number(book));
    denybook_free(&third);
    denybook_free(&again);
    denybook_free(&book);
    buf_fini(&file);
    return 0;
}

static struct denybook *read_file(struct slice file, bool must_be_good) {
    struct denybook *book = make_book();
    struct error error = {.line = 0};
    size_t used;
    bool is_good = denybook_read(book, file, "fuzz", &used, &error);
    bug_on(used > file.len || (must_be_good && (!is_good || used != file.len)));
    bug_on(!is_good && error.line == 0);
    return book;
}

static struct denybook *make_book(void) {
    static const struct denybook_kinds kinds = {
        .count = 2, .word = word, .is_of_owner = is_of_owner, .is_value = is_value, .make_key = make_key};
    struct denybook *book = denybook_new(&kinds, 1);
    bug_on(!book);
    return book;
}

static void write_anew(struct denybook *book, struct buf *to) {
    size_t at = 0;
    do
        bug_on(!denybook_rewrite(book, &at, to));
    while (at < denybook_count(book));
}

static const char *word(uint8_t kind) {
    return kind == 0 ? "cert" : "owner";
}

static bool is_of_owner(uint8_t kind) {
    return kind == 1;
}

/* As the values of the deny-list: printable ASCII. */
static bool is_value(uint8_t kind, struct slice value) {
    (void)kind;
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < ' ' || value.data[i] > '~')
            return false;
    return value.len > 0;
}

static void make_key(uint8_t kind, struct slice value, uint8_t key[DENYBOOK_KEY_BYTES]) {
    memset(key, kind, DENYBOOK_KEY_BYTES);
    for (size_t i = 0; i < value.len; i++)
        key[i % DENYBOOK_KEY_BYTES] = (uint8_t)(key[i % DENYBOOK_KEY_BYTES] * 31 + value.data[i]);
}
