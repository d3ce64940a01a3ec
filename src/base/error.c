/* Errors for a person, collected and printed in the form that editors and compilers have made familiar. */
#include "base/error.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

[[gnu::format(printf, 3, 0)]] static void set(struct error *error, struct error_place place, const char *format,
                                              va_list arguments);
static struct error *next_item(struct error_list *list);

void error_set(struct error *error, struct error_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set(error, place, format, arguments);
    va_end(arguments);
}

bool error_print(const struct error *error, struct buf *to) {
    size_t before = buf_len(to);
    bool done = true;
    if (error->file[0] != '\0') {
        done = buf_append_text(to, error->file) && (error->line == 0 || buf_printf(to, ":%u", error->line)) &&
            (error->line == 0 || error->column == 0 || buf_printf(to, ":%u", error->column)) &&
            buf_append_text(to, ": ");
    }
    done = done && buf_append_text(to, error->sentence) && buf_append_byte(to, '\n');
    if (!done)
        buf_truncate(to, before);
    return done;
}

void error_list_init(struct error_list *list) {
    *list = (struct error_list){.items = NULL};
}

void error_list_fini(struct error_list *list) {
    free(list->items);
    error_list_init(list);
}

bool error_add(struct error_list *list, struct error_place place, const char *format, ...) {
    list->total++;
    struct error *error = next_item(list);
    if (error == NULL)
        return false;
    va_list arguments;
    va_start(arguments, format);
    set(error, place, format, arguments);
    va_end(arguments);
    return false;
}

bool error_list_print(const struct error_list *list, struct buf *to) {
    for (size_t i = 0; i < list->count; i++) {
        if (!error_print(&list->items[i], to))
            return false;
    }
    return list->total == list->count || buf_printf(to, "… and %zu more\n", list->total - list->count);
}

static void set(struct error *error, struct error_place place, const char *format, va_list arguments) {
    *error = (struct error){.line = place.line, .column = place.column};
    if (place.file != NULL)
        snprintf(error->file, sizeof(error->file), "%s", place.file);
    vsnprintf(error->sentence, sizeof(error->sentence), format, arguments);
    text_clean(error->file, strlen(error->file));
    text_clean(error->sentence, strlen(error->sentence));
}

/* Room for one error more; NULL when the list is full or memory is short, and then the error is only counted. */
static struct error *next_item(struct error_list *list) {
    if (list->count == ERROR_LIST_MAX)
        return NULL;
    bool full = (list->count & (list->count - 1)) == 0; /* 0, 1, 2, 4, 8 …: the sizes allocated so far */
    if (full) {
        size_t room = list->count == 0 ? 1 : list->count * 2;
        struct error *items = reallocarray(list->items, room, sizeof(*items));
        if (items == NULL)
            return NULL;
        list->items = items;
    }
    return &list->items[list->count++];
}
