/* Printing of the tables. */
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
static int print_setting(const char *key);
static int print_text(bool printed, struct buf *text);

int describe_command(char *const *arguments) {
    const char *key = NULL;
    static const struct {
        const char *option;
        bool (*print)(struct buf *to);
    } documents[] = {
        {"settings-md", describe_markdown},
        {"json-schema", describe_json_schema},
        {"reasons-md", reason_print_markdown},
        {"messages-md", catalog_print_markdown},
    };
    enum { DOCUMENTS = sizeof(documents) / sizeof(documents[0]) };
    bool wanted[DOCUMENTS] = {false};
    struct options_row rows[DOCUMENTS + 1] = {{0}};
    for (size_t i = 0; i < DOCUMENTS; i++)
        rows[i] = (struct options_row){.name = documents[i].option, .flag = &wanted[i]};
    if (!options_read(arguments, rows, &key))
        return 2;
    for (size_t i = 0; i < DOCUMENTS; i++)
        if (wanted[i])
            return print_document(documents[i].print);
    return print_setting(key ? key : "");
}

static int print_document(bool (*print)(struct buf *to)) {
    struct buf text;
    buf_init(&text, DOCUMENT_BYTES_MAX);
    return print_text(print(&text), &text);
}

static int print_setting(const char *key) {
    struct buf text;
    struct error error = {0};
    buf_init(&text, DOCUMENT_BYTES_MAX);
    bool printed = describe_key(slice_text(key), &text, &error);
    if (!printed)
        fprintf(stderr, "sallyport: %s\n", error.sentence);
    return print_text(printed, &text);
}

/* Frees the text. */
static int print_text(bool printed, struct buf *text) {
    struct slice view = buf_view(text);
    bool written = printed && fwrite(view.data, 1, view.len, stdout) == view.len;
    buf_fini(text);
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
