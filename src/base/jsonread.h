/* Reading a JSON object or list (RFC 8259) member by member, without making anything of it: for records, lines of cases
 * and bundles.
 * Strict: what is not JSON is bad, and so is what lies deeper than JSONREAD_DEPTH_MAX. Pure. */
#ifndef SALLYPORT_BASE_JSONREAD_H
#define SALLYPORT_BASE_JSONREAD_H

#include "base/buf.h"
#include "base/slice.h"

/* Our own records nest three deep. */
enum { JSONREAD_DEPTH_MAX = 16 };

/* Where the reading stands. is_bad: what was read is no JSON object (or list). */
struct jsonread {
    struct slice rest;
    bool is_begun;
    bool is_over;
    bool is_bad;
};

/* Begins with the text of an object, white space around it allowed. */
void jsonread_begin(struct jsonread *reading, struct slice text);

/* The next member: its name as it is written (without quotes, escapes kept), and its value as it is written. False at
 * the end, or when it is bad. */
[[nodiscard]] bool jsonread_next(struct jsonread *reading, struct slice *name, struct slice *value);

/* The same of a list: begins with its text; the next value as it is written. */
void jsonread_begin_list(struct jsonread *reading, struct slice text);
[[nodiscard]] bool jsonread_item(struct jsonread *reading, struct slice *value);

/* Copies the text that a value says to `to`, which has `room` bytes: cut to it and terminated. What is no text, or
 * longer than any of our records, leaves `to` as it is. */
enum { JSONREAD_TEXT_BYTES_MAX = 65536 };
void jsonread_copy(struct slice value, char *to, size_t room);

/* Appends the text that a value says; false when it is no string or names a lone surrogate, or `to` is full. */
[[nodiscard]] bool jsonread_text(struct slice value, struct buf *to);

#endif
