/* Options of commands: "-c FILE", "--config FILE", "--config=FILE", "--json". Nothing is guessed: what is not in the
 * table is an error. */
#ifndef SALLYPORT_BIN_OPTIONS_H
#define SALLYPORT_BIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OPTIONS_LIST_MAX: nobody types more. */
enum { OPTIONS_LIST_MAX = 256 };

/* The values of an option that may be given several times, in order. */
struct options_list {
    const char *items[OPTIONS_LIST_MAX];
    size_t count;
};

/* One option. `letter` 0: none. Exactly one of `text` (it takes a value), `list` (a value, several times) and `flag`
 * is set; they are left alone when the option is not given. */
struct options_row {
    const char *name;
    char letter;
    const char **text;
    struct options_list *list;
    bool *flag;
};

/* Reads the arguments after the command's name (`arguments` ends with NULL) by the rows, which end with a NULL name.
 * One word that is no option goes to `word` if that is not NULL. False, with a line on stderr, when something is
 * wrong. */
[[nodiscard]] bool options_read(char *const *arguments, const struct options_row *rows, const char **word);

/* Reads a time: "2026-01-31T12:00:00Z", with a fraction, which is cut off, or "+00:00" for the Z; or seconds since
 * 1970. NULL leaves *seconds alone. False, without a line, when it is none. */
[[nodiscard]] bool options_time(const char *word, int64_t *seconds);

/* As options_read, with any number of words that are no options. */
[[nodiscard]] bool options_read_words(char *const *arguments, const struct options_row *rows,
                                      struct options_list *words);

#endif
