/* Byte sequences and lists of them: what is read has exactly one spelling, so writing it gives the text back. */
#include "http/structfield.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition);
static void try_item(struct slice text);
static void try_list(struct slice text);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    try_item(slice_of(data, size));
    try_list(slice_of(data, size));
    return 0;
}

static void require(bool condition) {
    if (!condition)
        abort();
}

static void try_item(struct slice text) {
    struct buf held;
    buf_init(&held, 65536);
    if (structfield_read_bytes(text, &held)) {
        char *again = malloc(structfield_bytes_len(buf_len(&held)));
        require(again != NULL);
        size_t len = structfield_write_bytes(again, buf_view(&held));
        while (text.len > 0 && text.data[0] == ' ')
            text = slice_sub(text, 1, text.len);
        require(slice_starts(text, slice_of(again, len)));
        free(again);
    } else {
        require(buf_len(&held) == 0);
    }
    buf_fini(&held);
}

static void try_list(struct slice text) {
    struct buf held;
    struct structfield_list list = {.rest = text};
    buf_init(&held, 65536);
    size_t members = 0;
    while (structfield_next_bytes(&list, &held) == STRUCTFIELD_NEXT)
        members++;
    require(members <= text.len);
    buf_fini(&held);
}
