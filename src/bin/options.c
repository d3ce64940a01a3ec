/* Reading of options. */
#include "bin/options.h"

#include <stdio.h>
#include <string.h>

static const struct options_row *find(const struct options_row *rows, const char *argument, const char **value);
static bool take(const struct options_row *row, const char *value, char *const **next);
static bool complain(const char *what, const char *argument);

bool options_read(char *const *arguments, const struct options_row *rows, const char **word) {
    while (*arguments) {
        const char *argument = *arguments++;
        const char *value = NULL;
        const struct options_row *row = find(rows, argument, &value);
        if (row && !take(row, value, &arguments))
            return false;
        if (row)
            continue;
        if (argument[0] == '-' || !word || *word)
            return complain("not understood", argument);
        *word = argument;
    }
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
