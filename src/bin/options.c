/* Reading of options. */
#include "bin/options.h"

#include "base/slice.h"

#include <stdio.h>
#include <time.h>

static const struct options_row *find(const struct options_row *rows, const char *argument, const char **value);
static bool take(const struct options_row *row, const char *value, char *const **next);
static bool complain(const char *what, const char *argument);

bool options_read(char *const *arguments, const struct options_row *rows, const char **word) {
    struct options_list words = {.count = 0};
    if (!options_read_words(arguments, rows, &words))
        return false;
    size_t given = word && *word ? 1 : 0;
    if (words.count + given > (word ? 1 : 0))
        return complain("not understood", words.items[words.count - 1]);
    if (words.count > 0)
        *word = words.items[0];
    return true;
}

bool options_read_words(char *const *arguments, const struct options_row *rows, struct options_list *words) {
    while (*arguments) {
        const char *argument = *arguments++;
        const char *value = NULL;
        const struct options_row *row = find(rows, argument, &value);
        if (row && !take(row, value, &arguments))
            return false;
        if (row)
            continue;
        if (argument[0] == '-' || words->count == OPTIONS_LIST_MAX)
            return complain("not understood", argument);
        words->items[words->count++] = argument;
    }
    return true;
}

bool options_time(const char *word, int64_t *seconds) {
    struct tm calendar = {0};
    uint64_t number;
    if (!word)
        return true;
    if (slice_decimal(slice_text(word), &number) && number < INT64_MAX) {
        *seconds = (int64_t)number;
        return true;
    }
    const char *rest = strptime(word, "%Y-%m-%dT%H:%M:%S", &calendar);
    if (rest && *rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (!rest || (strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0))
        return false;
    *seconds = timegm(&calendar);
    return true;
}

/* *value: what follows '=', or NULL. */
static const struct options_row *find(const struct options_row *rows, const char *argument, const char **value) {
    const char *equals = strchr(argument, '=');
    size_t len = equals ? (size_t)(equals - argument) : strlen(argument);
    for (const struct options_row *row = rows; row->name; row++) {
        bool is_long = len == strlen(row->name) + 2 && strncmp(argument, "--", 2) == 0 &&
            strncmp(argument + 2, row->name, len - 2) == 0;
        bool is_short = argument[0] == '-' && row->letter != '\0' && argument[1] == row->letter && argument[2] == '\0';
        if (is_long && equals)
            *value = equals + 1;
        if (is_long || is_short)
            return row;
    }
    return NULL;
}

static bool take(const struct options_row *row, const char *value, char *const **next) {
    if (row->flag && value)
        return complain("takes no value", row->name);
    if (row->flag) {
        *row->flag = true;
        return true;
    }
    if (!value && **next)
        value = *(*next)++;
    if (!value)
        return complain("needs a value", row->name);
    if (row->text)
        *row->text = value;
    else if (row->list->count == OPTIONS_LIST_MAX)
        return complain("is given too often", row->name);
    else
        row->list->items[row->list->count++] = value;
    return true;
}

static bool complain(const char *what, const char *argument) {
    fprintf(stderr, "sallyport: %s: %s (see sallyport --help)\n", argument, what);
    return false;
}
