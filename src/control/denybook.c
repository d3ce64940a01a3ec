/* Entries are found by their keys. A line's check depends on the line before, so that the file is whole or damaged. */
#include "control/denybook.h"

#include "base/map.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

/* FIELDS: of a line. CHECK_DIGITS: hex. ROWS: entries that denybook_rewrite writes at a call. */
enum { FIELDS = 9, HEAD_FIELDS = 4, CHECK_DIGITS = 16, TIME_DIGITS = 24, ROWS = 256, ROOM = 64 };

/* An entry with its texts behind it. at: where it is in the book's array. */
struct kept {
    struct denybook_entry entry;
    size_t at;
    char texts[];
};

/* owners: entries of kinds that name owners. lines: in the file. number, check: of the last line. rewriting: what check
 * will be when the file was written anew. */
struct denybook {
    struct denybook_kinds kinds;
    struct map keys;
    struct kept **entries;
    size_t count;
    size_t room;
    size_t owners;
    size_t lines;
    uint64_t number;
    uint64_t check;
    uint64_t rewriting;
    char refusal[DENYBOOK_REASON_MAX];
};

/* A file being read. snapshot: lines that still tell how things stood when it was written. */
struct reader {
    struct denybook *book;
    struct slice rest;
    uint64_t snapshot;
    const char *fault;
};

static const char *const verbs[DENYBOOK_VERBS] = {
    [DENYBOOK_REVOKE] = "revoke", [DENYBOOK_HOLD] = "hold", [DENYBOOK_RELEASE] = "release"};
static const char magic[] = "sallyport-denylist 1";

static bool read_head(struct reader *reader, struct slice line);
static bool read_line(struct reader *reader, struct slice line);
static bool read_change(struct reader *reader, const struct slice *fields, struct denybook_change *change);
static bool check_line(struct reader *reader, struct slice line, struct slice *fields, size_t count);
static bool split(struct slice line, struct slice *fields, size_t count);
static bool read_number(struct slice text, uint64_t max, uint64_t *number);
static bool read_time(struct slice text, int64_t *unix_ms);
static bool read_word(struct slice text, const char *const *words, size_t count, unsigned *found);
static bool read_kind(const struct denybook *book, struct slice text, uint8_t *kind);
static bool fail(struct reader *reader, const char *fault);
static bool apply(struct denybook *book, const struct denybook_change *change, uint64_t number);
static struct kept *find(const struct denybook *book, uint8_t kind, struct slice value);
static bool keep(struct denybook *book, const struct denybook_change *change, const uint8_t *key, uint64_t number);
static bool make_room(struct denybook *book);
static void drop(struct denybook *book, struct kept *kept);
static struct kept *make(const struct denybook_change *change, const uint8_t *key, uint64_t number);
static bool print_line(const struct denybook *book, const struct denybook_change *change, uint64_t number,
                       uint64_t *check, struct buf *to);
static bool print_check(uint64_t *check, size_t begin, struct buf *to);
static uint64_t chain_check(uint64_t before, struct slice line);
static bool is_over(const struct denybook_entry *entry, int64_t now_ms);
static bool is_clean(struct slice text);

struct denybook *denybook_new(const struct denybook_kinds *kinds, uint64_t seed) {
    struct denybook *book = calloc(1, sizeof(*book));
    if (!book)
        return NULL;
    book->kinds = *kinds;
    map_init(&book->keys, DENYBOOK_ENTRIES_MAX, seed);
    return book;
}

void denybook_free(struct denybook **book) {
    if (!*book)
        return;
    for (size_t i = 0; i < (*book)->count; i++)
        free((*book)->entries[i]);
    free((*book)->entries);
    map_fini(&(*book)->keys);
    free(*book);
    *book = NULL;
}

bool denybook_read(struct denybook *book, struct slice file, const char *name, size_t *used, struct error *error) {
    struct reader reader = {.book = book, .rest = file};
    unsigned lines = 0;
    ptrdiff_t end;
    while (!reader.fault && (end = slice_find(reader.rest, '\n')) >= 0) {
        struct slice line = slice_sub(reader.rest, 0, (size_t)end);
        bool good = lines++ == 0 ? read_head(&reader, line) : read_line(&reader, line);
        if (good)
            reader.rest = slice_sub(reader.rest, (size_t)end + 1, reader.rest.len);
    }
    *used = file.len - reader.rest.len;
    if (!reader.fault && reader.snapshot > 0) {
        lines++;
        fail(&reader, "lines are missing at the end");
    }
    book->lines = lines;
    if (reader.fault)
        error_set(error, (struct error_place){.file = name, .line = lines}, "The deny-list is damaged: %s.",
                  reader.fault);
    return !reader.fault;
}

const char *denybook_refuses(struct denybook *book, const struct denybook_change *change, int64_t now_ms) {
    const struct denybook_entry *entry = denybook_find(book, change->kind, change->value);
    bool stands = entry && !is_over(entry, now_ms);
    if (change->value.len >= DENYBOOK_VALUE_MAX || !book->kinds.is_value(change->kind, change->value))
        return "The value is none of its kind.";
    if (change->reason.len >= DENYBOOK_REASON_MAX || !is_clean(change->reason))
        return "The reason is too long, or has control characters.";
    if (change->verb == DENYBOOK_RELEASE)
        return stands ? NULL : "There is no such entry.";
    if (change->until_ms != 0 && change->until_ms <= now_ms)
        return "Its end is past already.";
    if (change->verb == DENYBOOK_HOLD && stands && !entry->is_hold)
        return "It is revoked already, which is more; release it first.";
    if (!entry && book->count >= DENYBOOK_ENTRIES_MAX)
        return "The deny-list is full.";
    if (!entry && book->kinds.is_of_owner(change->kind) && book->owners >= DENYBOOK_OWNERS_MAX)
        return "The deny-list has as many names of owners as it may have; use fingerprints or serial numbers.";
    return NULL;
}

bool denybook_line(const struct denybook *book, const struct denybook_change *change, struct buf *to) {
    uint64_t check = book->check;
    return print_line(book, change, book->number + 1, &check, to);
}

bool denybook_apply(struct denybook *book, const struct denybook_change *change) {
    struct buf line;
    buf_init(&line, DENYBOOK_LINE_MAX);
    bool good =
        print_line(book, change, book->number + 1, &book->check, &line) && apply(book, change, book->number + 1);
    buf_fini(&line);
    book->number++;
    book->lines++;
    return good;
}

uint64_t denybook_number(const struct denybook *book) {
    return book->number;
}

size_t denybook_count(const struct denybook *book) {
    return book->count;
}

const struct denybook_entry *denybook_at(const struct denybook *book, size_t index) {
    return &book->entries[index]->entry;
}

const struct denybook_entry *denybook_find(const struct denybook *book, uint8_t kind, struct slice value) {
    const struct kept *kept = find(book, kind, value);
    return kept ? &kept->entry : NULL;
}

void denybook_forget(struct denybook *book, int64_t now_ms) {
    for (size_t i = book->count; i-- > 0;)
        if (is_over(&book->entries[i]->entry, now_ms))
            drop(book, book->entries[i]);
}

bool denybook_is_long(const struct denybook *book) {
    return book->lines > 2 * book->count + DENYBOOK_SLACK;
}

bool denybook_rewrite(struct denybook *book, size_t *at, struct buf *to) {
    if (*at == 0) {
        book->rewriting = 0;
        if (!buf_printf(to, "%s\t%zu\t%" PRIu64, magic, book->count, book->number) ||
            !print_check(&book->rewriting, 0, to))
            return false;
    }
    size_t end = *at + ROWS < book->count ? *at + ROWS : book->count;
    bool good = true;
    for (; good && *at < end; (*at)++) {
        const struct denybook_entry *entry = &book->entries[*at]->entry;
        const struct denybook_change change = {
            .verb = entry->is_hold ? DENYBOOK_HOLD : DENYBOOK_REVOKE,
            .kind = entry->kind,
            .value = slice_text(entry->value),
            .reason = slice_text(entry->reason),
            .time_ms = entry->time_ms,
            .user = entry->user,
            .until_ms = entry->until_ms,
        };
        good = print_line(book, &change, entry->number, &book->rewriting, to);
    }
    return good;
}

void denybook_rewritten(struct denybook *book) {
    book->check = book->rewriting;
    book->lines = book->count + 1;
}

/* --- reading --- */

static bool read_head(struct reader *reader, struct slice line) {
    struct slice fields[HEAD_FIELDS];
    if (!slice_starts(line, slice_text(magic)))
        return fail(reader, "it does not begin as a deny-list of this version does");
    return check_line(reader, line, fields, HEAD_FIELDS) &&
        ((slice_equal(fields[0], slice_text(magic)) &&
          read_number(fields[1], DENYBOOK_ENTRIES_MAX, &reader->snapshot) &&
          read_number(fields[2], INT64_MAX, &reader->book->number)) ||
         fail(reader, "its first line cannot be understood"));
}

static bool read_line(struct reader *reader, struct slice line) {
    struct slice fields[FIELDS];
    struct denybook *book = reader->book;
    struct denybook_change change;
    uint64_t number;
    if (!check_line(reader, line, fields, FIELDS))
        return false;
    if (!read_number(fields[0], INT64_MAX, &number) || !read_change(reader, fields, &change))
        return fail(reader, "a field cannot be understood");
    bool is_next = reader->snapshot > 0 ? number <= book->number : number == book->number + 1;
    if (!is_next)
        return fail(reader, "the numbers of the lines do not follow each other");
    if (book->count >= DENYBOOK_ENTRIES_MAX && change.verb != DENYBOOK_RELEASE)
        return fail(reader, "it has too many entries");
    if (reader->snapshot > 0)
        reader->snapshot--;
    else
        book->number = number;
    return apply(book, &change, number) || fail(reader, "memory is short");
}

static bool read_change(struct reader *reader, const struct slice *fields, struct denybook_change *change) {
    uint64_t user;
    unsigned verb;
    *change = (struct denybook_change){.value = fields[5], .reason = fields[7]};
    if (!read_time(fields[1], &change->time_ms) || !read_number(fields[2], UINT32_MAX, &user) ||
        !read_word(fields[3], verbs, DENYBOOK_VERBS, &verb) || !read_kind(reader->book, fields[4], &change->kind) ||
        (!slice_equal(fields[6], slice_text("-")) && !read_time(fields[6], &change->until_ms)))
        return false;
    change->user = (uint32_t)user;
    change->verb = (enum denybook_verb)verb;
    return change->value.len < DENYBOOK_VALUE_MAX && change->reason.len < DENYBOOK_REASON_MAX &&
        is_clean(change->reason) && reader->book->kinds.is_value(change->kind, change->value);
}

/* The check is the last field; it is over everything before it, the tab included. */
static bool check_line(struct reader *reader, struct slice line, struct slice *fields, size_t count) {
    char digits[CHECK_DIGITS];
    if (line.len < CHECK_DIGITS || !split(line, fields, count) || fields[count - 1].len != CHECK_DIGITS)
        return fail(reader, "a line has too many or too few fields");
    uint64_t check = chain_check(reader->book->check, slice_sub(line, 0, line.len - CHECK_DIGITS));
    uint64_t big_endian = __builtin_bswap64(check);
    text_hex(digits, slice_of(&big_endian, sizeof(big_endian)));
    if (memcmp(digits, fields[count - 1].data, CHECK_DIGITS) != 0)
        return fail(reader, "a line was changed, or one before it is missing");
    reader->book->check = check;
    return true;
}

static bool split(struct slice line, struct slice *fields, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ptrdiff_t tab = slice_find(line, '\t');
        bool is_last = i + 1 == count;
        if (is_last != (tab < 0))
            return false;
        fields[i] = slice_sub(line, 0, is_last ? line.len : (size_t)tab);
        line = slice_sub(line, fields[i].len + 1, line.len);
    }
    return true;
}

static bool read_number(struct slice text, uint64_t max, uint64_t *number) {
    return slice_decimal(text, number) && *number <= max;
}

/* "2026-01-02T03:04:05.678Z" and nothing else: what is read has to print as it was. */
static bool read_time(struct slice text, int64_t *unix_ms) {
    char copy[TIME_DIGITS + 1];
    char printed[TIME_DIGITS];
    struct tm calendar = {0};
    if (text.len != TIME_DIGITS)
        return false;
    memcpy(copy, text.data, TIME_DIGITS);
    copy[TIME_DIGITS] = '\0';
    const char *rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &calendar);
    if (!rest || rest != copy + 19)
        return false;
    *unix_ms = (int64_t)timegm(&calendar) * 1000 + strtol(rest + 1, NULL, 10);
    text_time(printed, *unix_ms);
    return memcmp(printed, copy, TIME_DIGITS) == 0;
}

static bool read_word(struct slice text, const char *const *words, size_t count, unsigned *found) {
    for (*found = 0; *found < count; (*found)++)
        if (slice_equal(text, slice_text(words[*found])))
            return true;
    return false;
}

static bool read_kind(const struct denybook *book, struct slice text, uint8_t *kind) {
    for (*kind = 0; *kind < book->kinds.count; (*kind)++)
        if (slice_equal(text, slice_text(book->kinds.word(*kind))))
            return true;
    return false;
}

static bool fail(struct reader *reader, const char *fault) {
    reader->fault = fault;
    return false;
}

/* --- entries --- */

/* A line of the file is done as it stands: whether the change made sense was asked before it was written. */
static bool apply(struct denybook *book, const struct denybook_change *change, uint64_t number) {
    uint8_t key[DENYBOOK_KEY_BYTES];
    book->kinds.make_key(change->kind, change->value, key);
    struct kept *kept = map_get(&book->keys, slice_of(key, sizeof(key)));
    if (kept)
        drop(book, kept);
    return change->verb == DENYBOOK_RELEASE || keep(book, change, key, number);
}

static struct kept *find(const struct denybook *book, uint8_t kind, struct slice value) {
    uint8_t key[DENYBOOK_KEY_BYTES];
    book->kinds.make_key(kind, value, key);
    return map_get(&book->keys, slice_of(key, sizeof(key)));
}

static bool keep(struct denybook *book, const struct denybook_change *change, const uint8_t *key, uint64_t number) {
    struct kept *kept = make_room(book) ? make(change, key, number) : NULL;
    if (!kept)
        return false;
    if (!map_set(&book->keys, slice_of(kept->entry.key, sizeof(kept->entry.key)), kept)) {
        free(kept);
        return false;
    }
    kept->at = book->count;
    book->entries[book->count++] = kept;
    book->owners += book->kinds.is_of_owner(change->kind);
    return true;
}

static bool make_room(struct denybook *book) {
    if (book->count < book->room)
        return true;
    size_t room = book->room ? 2 * book->room : ROOM;
    struct kept **entries = realloc(book->entries, room * sizeof(*entries));
    if (!entries)
        return false;
    book->entries = entries;
    book->room = room;
    return true;
}

static void drop(struct denybook *book, struct kept *kept) {
    struct kept *last = book->entries[--book->count];
    map_remove(&book->keys, slice_of(kept->entry.key, sizeof(kept->entry.key)));
    book->entries[kept->at] = last;
    last->at = kept->at;
    book->owners -= book->kinds.is_of_owner(kept->entry.kind);
    free(kept);
}

static struct kept *make(const struct denybook_change *change, const uint8_t *key, uint64_t number) {
    struct kept *kept = calloc(1, sizeof(*kept) + change->value.len + change->reason.len + 2);
    if (!kept)
        return NULL;
    char *reason = kept->texts + change->value.len + 1;
    memcpy(kept->texts, change->value.data, change->value.len);
    if (change->reason.len > 0)
        memcpy(reason, change->reason.data, change->reason.len);
    kept->entry = (struct denybook_entry){
        .number = number,
        .time_ms = change->time_ms,
        .user = change->user,
        .kind = change->kind,
        .is_hold = change->verb == DENYBOOK_HOLD,
        .until_ms = change->until_ms,
        .value = kept->texts,
        .reason = reason,
    };
    memcpy(kept->entry.key, key, sizeof(kept->entry.key));
    return kept;
}

/* --- printing --- */

static bool print_line(const struct denybook *book, const struct denybook_change *change, uint64_t number,
                       uint64_t *check, struct buf *to) {
    size_t begin = buf_len(to);
    char time[TIME_DIGITS + 1] = "";
    char until[TIME_DIGITS + 1] = "-";
    text_time(time, change->time_ms);
    if (change->until_ms != 0)
        text_time(until, change->until_ms);
    return buf_printf(to, "%" PRIu64 "\t%s\t%" PRIu32 "\t%s\t%s\t", number, time, change->user, verbs[change->verb],
                      book->kinds.word(change->kind)) &&
        buf_append(to, change->value) && buf_printf(to, "\t%s\t", until) && buf_append(to, change->reason) &&
        print_check(check, begin, to);
}

/* Ends the line that began at `begin` with its check, which becomes the one to go on from. */
static bool print_check(uint64_t *check, size_t begin, struct buf *to) {
    char digits[CHECK_DIGITS + 1] = "";
    if (!buf_append_byte(to, '\t'))
        return false;
    struct slice line = slice_sub(buf_view(to), begin, SIZE_MAX);
    *check = chain_check(*check, line);
    uint64_t big_endian = __builtin_bswap64(*check);
    text_hex(digits, slice_of(&big_endian, sizeof(big_endian)));
    return buf_printf(to, "%s\n", digits);
}

/* FNV-1a, begun with the check of the line before. It finds what was damaged; who may write to the file can write a
 * good one. */
static uint64_t chain_check(uint64_t before, struct slice line) {
    uint64_t check = before ^ 0xcbf29ce484222325;
    for (size_t i = 0; i < line.len; i++)
        check = (check ^ line.data[i]) * 0x100000001b3;
    return check;
}

static bool is_over(const struct denybook_entry *entry, int64_t now_ms) {
    return entry->until_ms != 0 && entry->until_ms <= now_ms;
}

static bool is_clean(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        bool is_c1 = text.data[i] == 0xc2 && i + 1 < text.len && text.data[i + 1] < 0xa0;
        if (text.data[i] < ' ' || text.data[i] == 0x7f || is_c1)
            return false;
    }
    return text_utf8(text);
}
