/* Three ways of writing the same bytes. */
#include "pki/pin.h"

#include "base/text.h"

enum { HEX_LEN = 2 * VERIFY_PIN_BYTES, PAIRS_LEN = 3 * VERIFY_PIN_BYTES - 1 };

static bool read_hex(struct slice text, size_t step, uint8_t *to);
static int digit(uint8_t byte);
static bool read_base64(struct slice text, uint8_t *to);

bool pin_parse(struct slice text, uint8_t to[VERIFY_PIN_BYTES]) {
    struct slice word = slice_text("sha256/");
    if (slice_starts(text, word)) {
        struct slice rest = slice_sub(text, word.len, text.len);
        bool has_second = rest.len > 0 && rest.data[0] == '/' && rest.len != text_base64_len(VERIFY_PIN_BYTES);
        return read_base64(slice_sub(rest, has_second, rest.len), to);
    }
    if (text.len == HEX_LEN)
        return read_hex(text, 2, to);
    return text.len == PAIRS_LEN && read_hex(text, 3, to);
}

/* step: 2, or 3 with a colon behind each pair but the last. */
static bool read_hex(struct slice text, size_t step, uint8_t *to) {
    for (size_t i = 0; i < VERIFY_PIN_BYTES; i++) {
        const uint8_t *pair = text.data + i * step;
        int high = digit(pair[0]);
        int low = digit(pair[1]);
        bool has_colon = step == 2 || i + 1 == VERIFY_PIN_BYTES || pair[2] == ':';
        if (high < 0 || low < 0 || !has_colon)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static int digit(uint8_t byte) {
    uint8_t lower = byte | 0x20;
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool read_base64(struct slice text, uint8_t *to) {
    struct buf bytes;
    buf_init(&bytes, 2 * VERIFY_PIN_BYTES);
    bool is_good = text_unbase64(&bytes, text) && buf_len(&bytes) == VERIFY_PIN_BYTES;
    if (is_good)
        memcpy(to, buf_view(&bytes).data, VERIFY_PIN_BYTES);
    buf_fini(&bytes);
    return is_good;
}
