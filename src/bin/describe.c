/* Printing of the tables, and of one key. */
#include "bin/describe.h"

#include "base/reason.h"
#include "bin/options.h"
#include "config/describe.h"
#include "ipc/catalog.h"

#include <stdio.h>
#include <stdlib.h>

/* DOCUMENT_BYTES_MAX: the longest document is some 100 KB. */
enum { DOCUMENT_BYTES_MAX = 4 << 20 };

static int print_document(bool (*print)(struct buf *to));
static int print_key(const char *key);
static bool print_text(struct buf *text);

int describe_command(char *const *arguments) {
    bool settings = false;
    bool schema = false;
    bool reasons = false;
    bool messages = false;
    const char *key = NULL;
    const struct options_row rows[] = {
        {.name = "settings-md", .flag = &settings},
        {.name = "json-schema", .flag = &schema},
        {.name = "reasons-md", .flag = &reasons},
        {.name = "messages-md", .flag = &messages},
        {0},
    };
    if (!options_read(arguments, rows, &key))
        return 2;
    if (settings)
        return print_document(describe_markdown);
    if (schema)
        return print_document(describe_json_schema);
    if (reasons)
        return print_document(reason_print_markdown);
    if (messages)
        return print_document(catalog_print_markdown);
    return print_key(key);
}

static int print_document(bool (*print)(struct buf *to)) {
    struct buf text;
    buf_init(&text, DOCUMENT_BYTES_MAX);
    bool printed = print(&text) && print_text(&text);
    buf_fini(&text);
    return printed ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* One key, or all of them when it is NULL. */
static int print_key(const char *key) {
    struct buf text;
    struct error error;
    buf_init(&text, DOCUMENT_BYTES_MAX);
    bool known = describe_key(slice_text(key), &text, &error);
    bool printed = known && print_text(&text);
    if (!known)
        fprintf(stderr, "sallyport describe: %s\n", error.sentence);
    buf_fini(&text);
    return printed ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool print_text(struct buf *text) {
    struct slice view = buf_view(text);
    return fwrite(view.data, 1, view.len, stdout) == view.len;
}
