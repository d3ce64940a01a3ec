/* Any bytes as a JSON object: members lie within them, texts are clean UTF-8, and what is read can be written and read
 * again to the same. */
#include "base/json.h"
#include "base/jsonread.h"
#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition);
static void try_value(struct slice value);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct jsonread reading;
    struct slice name, value;
    jsonread_begin(&reading, slice_of(data, size));
    while (jsonread_next(&reading, &name, &value)) {
        require(name.data >= data && name.data + name.len <= data + size);
        require(value.data >= data && value.data + value.len <= data + size && value.len > 0);
        try_value(value);
    }
    return 0;
}

static void require(bool condition) {
    if (!condition)
        abort();
}

static void try_value(struct slice value) {
    struct buf text, written, again;
    buf_init(&text, 1 << 20);
    buf_init(&written, 8 << 20);
    buf_init(&again, 1 << 20);
    if (jsonread_text(value, &text)) {
        require(text_utf8(buf_view(&text)));
        require(text_json(&written, buf_view(&text)) && jsonread_text(buf_view(&written), &again));
        require(slice_equal(buf_view(&text), buf_view(&again)));
    }
    buf_fini(&text);
    buf_fini(&written);
    buf_fini(&again);
}
