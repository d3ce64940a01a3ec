/* Text forms of any bytes: what is decoded has one spelling, what is encoded decodes again, and a JSON string is
 * always clean UTF-8. */
#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition);
static void try_base64(struct slice bytes);
static void try_json(struct slice bytes);
static void try_clean(struct slice bytes);
static bool has_control(struct slice text);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice bytes = slice_of(data, size);
    try_base64(bytes);
    try_json(bytes);
    try_clean(bytes);
    return 0;
}

static void require(bool condition) {
    if (!condition)
        abort();
}

static void try_base64(struct slice bytes) {
    struct buf decoded;
    buf_init(&decoded, 1 << 20);
    if (text_unbase64(&decoded, bytes)) {
        size_t len = text_base64_len(buf_len(&decoded));
        char *again = malloc(len + 1);
        require(again != NULL);
        text_base64(again, buf_view(&decoded));
        require(slice_equal(slice_of(again, len), bytes));
        free(again);
    }
    buf_fini(&decoded);
}

static void try_json(struct slice bytes) {
    struct buf json;
    buf_init(&json, 2 + bytes.len * 6);
    require(text_json(&json, bytes));
    struct slice text = buf_view(&json);
    require(text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"');
    require(text_utf8(text) && !has_control(text));
    for (size_t i = 1; i < text.len - 1; i++) {
        require(text.data[i] != '"');
        i += text.data[i] == '\\';
    }
    buf_fini(&json);
}

static void try_clean(struct slice bytes) {
    char *text = malloc(bytes.len + 1);
    require(text != NULL);
    if (bytes.len > 0)
        memcpy(text, bytes.data, bytes.len);
    text_clean(text, bytes.len);
    require(text_utf8(slice_of(text, bytes.len)) && !has_control(slice_of(text, bytes.len)));
    free(text);
}

static bool has_control(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            return true;
    }
    return false;
}
