/* Printing of the tables. */
#include "bin/describe.h"

#include "base/reason.h"
#include "bin/options.h"
#include "ipc/catalog.h"

#include <stdio.h>
#include <stdlib.h>

/* DOCUMENT_BYTES_MAX: the longest document is some 100 KB. */
enum { DOCUMENT_BYTES_MAX = 4 << 20 };

static int print_document(bool (*print)(struct buf *to));

int describe_command(char *const *arguments) {
    bool reasons = false;
    bool messages = false;
    const struct options_row rows[] = {
        {.name = "reasons-md", .flag = &reasons},
        {.name = "messages-md", .flag = &messages},
        {0},
    };
    if (!options_read(arguments, rows, NULL))
        return 2;
    if (messages)
        return print_document(catalog_print_markdown);
    return print_document(reason_print_markdown);
}

static int print_document(bool (*print)(struct buf *to)) {
    struct buf text;
    buf_init(&text, DOCUMENT_BYTES_MAX);
    bool printed = print(&text);
    struct slice view = buf_view(&text);
    if (printed)
        printed = fwrite(view.data, 1, view.len, stdout) == view.len;
    buf_fini(&text);
    return printed ? EXIT_SUCCESS : EXIT_FAILURE;
}
