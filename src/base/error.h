/* Load-time errors for a person: one sentence with the place it is about. Lists of them, so that all are reported at
 * once. */
#ifndef SALLYPORT_BASE_ERROR_H
#define SALLYPORT_BASE_ERROR_H

#include "base/buf.h"

#include <stdbool.h>

/* Where in the operator's text: line and column count from 1; 0 means unknown. `file` is borrowed and may be NULL. */
struct error_place {
    const char *file;
    unsigned line;
    unsigned column;
};

/* ERROR_LIST_MAX: a person does not read more, and a hostile file must not fill the memory. */
enum { ERROR_LIST_MAX = 100, ERROR_SENTENCE_MAX = 512 };

/* One error; `sentence` is complete, without the place and without a line end. */
struct error {
    char file[256];
    unsigned line;
    unsigned column;
    char sentence[ERROR_SENTENCE_MAX];
};

/* Errors in the order found; `total` counts those beyond the maximum as well. */
struct error_list {
    struct error *items;
    size_t count;
    size_t total;
};

/* Sets one error. Control characters in the formatted sentence are replaced by '?', so that hostile text cannot
 * forge lines. */
[[gnu::format(printf, 3, 4)]] void error_set(struct error *error, struct error_place place, const char *format, ...);

/* Appends "file:line:column: sentence\n", unknown parts left out; false (and nothing appended) when `to` is full. */
[[nodiscard]] bool error_print(const struct error *error, struct buf *to);

/* Makes an empty list. */
void error_list_init(struct error_list *list);

/* Frees the list's memory. */
void error_list_fini(struct error_list *list);

/* Adds one error, counted but not kept beyond ERROR_LIST_MAX. Always returns false, so that a check can end with
 * `return error_add(…)`. */
[[gnu::format(printf, 3, 4)]] bool error_add(struct error_list *list, struct error_place place, const char *format,
                                             ...);

/* Appends "file:line:column: sentence\n" for every error (unknown parts left out), and "… and N more" when some were
 * not kept. */
[[nodiscard]] bool error_list_print(const struct error_list *list, struct buf *to);

#endif
