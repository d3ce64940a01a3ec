/* Fuzzes plan/bundle: what is read is written again, and that is read as the same. The input is what follows the
 * header. */
#include "base/bug.h"
#include "plan/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The header that belongs to so many bytes behind it: that of a real bundle, with another length. */
static void put_header(struct buf *to, size_t size) {
    struct settings nothing = {.place = {.file = "f.yaml"}};
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)((BUNDLE_HEADER_BYTES + size) >> (8 * i));
    bug_on(!bundle_write(&nothing, to));
    buf_truncate(to, BUNDLE_HEADER_BYTES - sizeof(length));
    bug_on(!buf_append(to, slice_of(length, sizeof(length))));
}

static void check_round_trip(const struct settings *settings, struct arena *arena) {
    struct buf first, second;
    struct error error;
    buf_init(&first, BUNDLE_BYTES_MAX);
    buf_init(&second, BUNDLE_BYTES_MAX);
    bug_on(!bundle_write(settings, &first));
    const struct settings *again = bundle_read(buf_view(&first), arena, &error);
    bug_on(again == NULL || !bundle_write(again, &second));
    bug_on(!slice_equal(buf_view(&first), buf_view(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena;
    struct buf bundle;
    struct error error;
    arena_init(&arena, 16 << 10, 64 << 20);
    buf_init(&bundle, BUNDLE_BYTES_MAX);
    put_header(&bundle, size);
    bug_on(!buf_append(&bundle, slice_of(data, size)));
    const struct settings *settings = bundle_read(buf_view(&bundle), &arena, &error);
    if (settings != NULL)
        check_round_trip(settings, &arena);
    buf_fini(&bundle);
    arena_fini(&arena);
    return 0;
}
