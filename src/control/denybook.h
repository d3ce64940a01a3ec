/* The deny-list itself: what was revoked, put on hold and released, as it stands now, and the text file that keeps it
 * (docs/denylist.md). Text in, text out: whoever owns the book writes its lines to the file. What kinds of values there
 * are is the owner's business. */
#ifndef SALLYPORT_CONTROL_DENYBOOK_H
#define SALLYPORT_CONTROL_DENYBOOK_H

#include "base/buf.h"
#include "base/error.h"

/* ENTRIES_MAX: what the index holds. OWNERS_MAX: of entries that name an owner and not one certificate: each is a
 * name that a person thought of. VALUE, REASON: longest texts, with their terminators. LINE_MAX: longest line.
 * FILE_BYTES_MAX: a book that is kept short enough (denybook_is_long) stays far below. SLACK: lines beyond the entries
 * that a book may have before it is worth being written anew. */
enum {
    DENYBOOK_ENTRIES_MAX = 1000000,
    DENYBOOK_OWNERS_MAX = 10000,
    DENYBOOK_VALUE_MAX = 2100,
    DENYBOOK_REASON_MAX = 256,
    DENYBOOK_KEY_BYTES = 16,
    DENYBOOK_LINE_MAX = 4096,
    DENYBOOK_FILE_BYTES_MAX = 1 << 30,
    DENYBOOK_SLACK = 10000
};

enum denybook_verb { DENYBOOK_REVOKE, DENYBOOK_HOLD, DENYBOOK_RELEASE, DENYBOOK_VERBS };

/* One entry as it stands. number: of the line that made it. until_ms: when it stops to count (since 1970), 0: never.
 * key: what the owner made of kind and value. Texts belong to the book. */
struct denybook_entry {
    uint64_t number;
    int64_t time_ms;
    uint32_t user;
    uint8_t kind;
    bool is_hold;
    int64_t until_ms;
    uint8_t key[DENYBOOK_KEY_BYTES];
    const char *value;
    const char *reason;
};

/* A change. reason: UTF-8 without control characters, empty for none. */
struct denybook_change {
    enum denybook_verb verb;
    uint8_t kind;
    struct slice value;
    struct slice reason;
    int64_t time_ms;
    uint32_t user;
    int64_t until_ms;
};

/* What the owner knows of kinds: `count` of them. word: the name of one. is_of_owner: true for those under OWNERS_MAX.
 * is_value: true when `value` is one of the kind: printable ASCII. make_key: its key, which no other value has. */
struct denybook_kinds {
    uint8_t count;
    const char *(*word)(uint8_t kind);
    bool (*is_of_owner)(uint8_t kind);
    bool (*is_value)(uint8_t kind, struct slice value);
    void (*make_key)(uint8_t kind, struct slice value, uint8_t key[DENYBOOK_KEY_BYTES]);
};

struct denybook;

/* Makes an empty book; `kinds` is copied. NULL when memory is short. */
[[nodiscard]] struct denybook *denybook_new(const struct denybook_kinds *kinds, uint64_t seed);
void denybook_free(struct denybook **book);

/* Reads the whole file into an empty book. *used: bytes up to the last whole line; what follows is a line that a
 * crash cut, to be cut off before anything is appended. An empty file is good: begin it with denybook_rewrite. False
 * with file (`name`) and line when it is damaged. */
[[nodiscard]] bool denybook_read(struct denybook *book, struct slice file, const char *name, size_t *used,
                                 struct error *error);

/* NULL, or why the change cannot be made at `now_ms` (a sentence, borrowed until the next call). */
const char *denybook_refuses(struct denybook *book, const struct denybook_change *change, int64_t now_ms);

/* Appends the line of the next change to `to`; the book stays as it is. False when `to` is full. */
[[nodiscard]] bool denybook_line(const struct denybook *book, const struct denybook_change *change, struct buf *to);

/* Makes the change, whose line is in the file now. False when memory is short: then the book is no longer what its file
 * says, and its owner has to end. */
[[nodiscard]] bool denybook_apply(struct denybook *book, const struct denybook_change *change);

/* The number of the last line: counts changes, never goes back. */
uint64_t denybook_number(const struct denybook *book);

/* Entries, those whose time is over included until denybook_forget. */
size_t denybook_count(const struct denybook *book);

/* The entry at `index`, in no order, or the one of this kind and value, or NULL. Borrowed until the next change. */
const struct denybook_entry *denybook_at(const struct denybook *book, size_t index);
const struct denybook_entry *denybook_find(const struct denybook *book, uint8_t kind, struct slice value);

/* Forgets entries whose time is over. They no longer count anyway, so no line says it. */
void denybook_forget(struct denybook *book, int64_t now_ms);

/* True when the file has grown so long that it should be written anew. */
bool denybook_is_long(const struct denybook *book);

/* Writing the file anew: appends first the head and then a few entries at each call to `to`, from *at (0 at first)
 * on, which is denybook_count when all are there. False when `to` is full. denybook_rewritten: from now on lines
 * follow that file. No change may come between. */
[[nodiscard]] bool denybook_rewrite(struct denybook *book, size_t *at, struct buf *to);
void denybook_rewritten(struct denybook *book);

#endif
