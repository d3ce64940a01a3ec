/* One value of the file: text to what a row of config/schema keeps, and numbers back to text. Pure. */
#ifndef SALLYPORT_CONFIG_VALUE_H
#define SALLYPORT_CONFIG_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "config/schema.h"

/* Longest text of any value (a path's own limit); longest sentence about a bad one. */
enum { VALUE_TEXT_MAX = 4096, VALUE_COMPLAINT_MAX = 400 };

/* What a value needs besides its text: the arena for what is kept, and the directory that relative paths start from. */
struct value_context {
    struct arena *arena;
    struct slice directory;
};

/* Reads `text` (zero-terminated) into `to`, the row's member or list element; of a FILE only the path. Not for
 * STRUCT. False, and a complaint for a person that says what was expected, when it is not of the row's kind or
 * outside of its bounds. */
[[nodiscard]] bool value_parse(const struct schema_field *field, struct slice text, const struct value_context *context,
                               void *to, char complaint[VALUE_COMPLAINT_MAX]);

/* Writes the kind's wording with an example: "a duration such as \"10s\"". */
const char *value_expected(enum schema_kind kind);

/* Appends a number as it would be written: a DURATION in milliseconds as "1m30s", a SIZE in bytes as "32KB", a COUNT
 * as digits. */
[[nodiscard]] bool value_print(struct buf *to, enum schema_kind kind, uint64_t number);

/* Reads "10s", "1m30s", "500ms", "8h", "1d" (largest unit first, each at most once) or "0" as milliseconds. */
[[nodiscard]] bool value_duration(struct slice text, uint64_t *milliseconds);

/* Reads "32KB", "16MiB", "1GB" (1024-based, case ignored), "512B" or bare digits as bytes. */
[[nodiscard]] bool value_size(struct slice text, uint64_t *bytes);

#endif
